# SPDX-License-Identifier: ISC
# What is said when the mail system is down, and to wrong requests.

setup()
{
	mkdir conf queue
	printf '%s\n' "queue_directory = $PWD/queue" "$@" >conf/main.cf
}

POSTQUEUE=$OBJTOP/sbin/postqueue/postqueue

atf_test_case down
down_body()
{
	setup
	for opt in -p -j; do
		atf_check -s exit:69 -e inline:'postqueue: fatal: Queue report unavailable - mail system is down\n' \
		    "$POSTQUEUE" -c conf $opt
	done
	for opt in -f '-i B18CCA768C3'; do
		atf_check -s exit:69 -e inline:'postqueue: fatal: Cannot flush mail queue - mail system is down\n' \
		    "$POSTQUEUE" -c conf $opt
	done
	ln -s "$POSTQUEUE" mailq
	atf_check -s exit:69 -e match:'Queue report unavailable' ./mailq -c conf
}

atf_test_case wrong
wrong_body()
{
	setup
	for args in '' '-p -j' '-f -p' '-p x' '-z' '-i' '-s'; do
		# shellcheck disable=SC2086
		atf_check -s exit:64 -e match:'usage: postqueue' \
		    "$POSTQUEUE" -c conf $args
	done
	for id in 'BADID!' '' '../x' 'ALL'; do
		atf_check -s exit:64 -e match:'invalid queue id' \
		    "$POSTQUEUE" -c conf -i "$id"
	done
	atf_check -s exit:69 -e match:'there is no flush service' \
	    "$POSTQUEUE" -c conf -s example.test
	atf_check -s exit:69 -e match:'nowhere/main.cf' \
	    "$POSTQUEUE" -c nowhere -p
}

atf_test_case users
users_head()
{
	atf_set require.user root
}
users_body()
{
	setup 'authorized_mailq_users = !nobody, static:all' \
	    'authorized_flush_users = root'
	chmod 755 . conf
	cp "$POSTQUEUE" pq
	for i in '-p:view' '-f:flush'; do
		atf_check -s exit:77 -e match:"User nobody\\([0-9]+\\) is not allowed to ${i#*:} the mail queue" \
		    setpriv --reuid nobody --clear-groups ./pq -c conf "${i%:*}"
	done
	# Who is on the list gets as far as to the mail system.
	atf_check -s exit:69 -e not-match:'not allowed' \
	    setpriv --reuid daemon --clear-groups ./pq -c conf -p
}

atf_init_test_cases()
{
	atf_add_test_case down
	atf_add_test_case wrong
	atf_add_test_case users
}

# SPDX-License-Identifier: ISC
# What is said when the mail system is down, and to wrong requests.

setup()
{
	mkdir conf queue
	echo "queue_directory = $PWD/queue" >conf/main.cf
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
	for opt in -f '-i B18CCA768C3' '-s example.test' '-s [192.0.2.1]'; do
		atf_check -s exit:69 -e inline:'postqueue: fatal: Cannot flush mail queue - mail system is down\n' \
		    "$POSTQUEUE" -c conf $opt
	done
	ln -s "$OBJTOP/sbin/sendmail/sendmail" mailq
	ln -s "$POSTQUEUE" postqueue
	echo "command_directory = $PWD" >>conf/main.cf
	atf_check -s exit:69 -e match:'Queue report unavailable' \
	    ./mailq -C "$PWD/conf"
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
	for site in '' 'a b' '../x' '[1.2.3'; do
		atf_check -s exit:64 -e match:'flush mail queue - invalid destination' \
		    "$POSTQUEUE" -c conf -s "$site"
	done
	atf_check -s exit:69 -e match:'nowhere/main.cf' \
	    "$POSTQUEUE" -c nowhere -p
}

atf_init_test_cases()
{
	atf_add_test_case down
	atf_add_test_case wrong
}

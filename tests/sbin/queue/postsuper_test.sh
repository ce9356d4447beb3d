# SPDX-License-Identifier: ISC
# postsuper(1): each action, each form of a queue id, and what root must not do.

# shellcheck disable=SC1091
. "$(atf_get_srcdir)/common.subr"

# tc NAME 'description': all of them need root, for the users.
tc()
{
	eval "$1_head() { atf_set descr '$2'
		atf_set require.user root; atf_set require.progs unshare; }"
}

tc delete '-d: ids, standard input, ALL with and without a queue; the logs go too'
delete_body()
{
	queue_setup 'hash_queue_names ='
	a=$(put incoming r@x.test) b=$(put hold r@x.test)
	c=$(put active r@x.test) d=$(put deferred r@x.test)
	e=$(put corrupt r@x.test)
	"$QUEUEFILE" log "$PWD/queue" bounce "$a" r@x.test
	"$QUEUEFILE" log "$PWD/queue" defer "$a" r@x.test
	"$QUEUEFILE" log "$PWD/queue" defer "$d" r@x.test
	chown 60002 queue/bounce/* queue/defer/*
	atf_check -e inline:"postsuper: $a: removed
postsuper: Deleted: 1 message
" postsuper -d "$a"
	test ! -e "queue/incoming/$a" -a ! -e "queue/bounce/$a" \
	    -a ! -e "queue/defer/$a" || atf_fail 'not removed'
	test -e "queue/defer/$d" || atf_fail 'log of another message'
	printf '%s\n\n../%s\n %s \n' "$b" "$c" "$c" >ids
	atf_check -e inline:"postsuper: warning: invalid mail queue id: ../$c
postsuper: $b: removed
postsuper: $c: removed
postsuper: Deleted: 2 messages
" -x 'postsuper -d - <ids'
	b=$(put hold r@x.test) c=$(put active r@x.test)
	atf_check -e inline:'postsuper: Deleted: 1 message
' postsuper -d ALL hold
	test -e "queue/active/$c" || atf_fail 'another queue'
	atf_check -e inline:'postsuper: Deleted: 2 messages
' postsuper -d ALL
	test -e "queue/corrupt/$e" || atf_fail 'corrupt is not a default'
	atf_check postsuper -d ALL
	atf_check postsuper -d "$a"
	atf_check -e match:'Deleted: 1 message$' postsuper -d "$e" corrupt
}

tc hold '-h, -H, -r: the file goes where it should, due at once'
hold_body()
{
	queue_setup 'hash_queue_names = deferred defer' 'hash_queue_depth = 2'
	a=$(put incoming r@x.test)
	atf_check -e inline:"postsuper: $a: placed on hold
postsuper: Placed on hold: 1 message
" postsuper -h "$a"
	test -e "queue/hold/$a" || atf_fail 'not on hold'
	atf_check postsuper -h "$a"
	touch -d '2030-01-01' "queue/hold/$a"
	atf_check -e inline:"postsuper: $a: released from hold
postsuper: Released from hold: 1 message
" postsuper -H "$a"
	file=queue/deferred/$(echo "$a" | sed 's,^\(.\)\(.\),\1/\2/\1\2,')
	test -e "$file" || atf_fail "$file is not there"
	test "$(find "$file" ! -newermt 2029-01-01)" || atf_fail 'not due'
	atf_check -o inline:'2750 60001 60005
' stat -c '%a %u %g' "queue/deferred/$(echo "$a" | cut -c1)"
	atf_check -e inline:"postsuper: $a: requeued
postsuper: Requeued: 1 message
" postsuper -r "$a"
	test ! -e "$file" || atf_fail 'still deferred'
	# As pickup's own, and complete: no user can make such a file.
	atf_check -o inline:'744 60003
' stat -c '%a %u' queue/maildrop/*
	rm queue/maildrop/*
	put active r@x.test >/dev/null
	b=$(put active r@x.test)
	atf_check -e inline:'postsuper: Placed on hold: 2 messages
' postsuper -h ALL
	atf_check -e inline:'postsuper: Requeued: 2 messages
' postsuper -r ALL
	test ! -e "queue/hold/$b" || atf_fail 'not all'
	test "$(find queue/maildrop -type f | wc -l)" -eq 2 || atf_fail 'not both'
}

tc expire '-e, -f: the mark is set, -f releases; a damaged file is refused'
expire_body()
{
	queue_setup 'hash_queue_names ='
	a=$(put deferred r@x.test) b=$(put hold r@x.test)
	atf_check -e inline:"postsuper: $a: expired
postsuper: Force-expired: 1 message
" postsuper -e "$a"
	atf_check -e inline:"postsuper: $b: expired
postsuper: Force-expired: 1 message
" postsuper -e "$b"
	test -e "queue/hold/$b" || atf_fail 'released'
	atf_check -e match:'Force-expired: 1 message' postsuper -f "$b"
	test -e "queue/deferred/$b" || atf_fail 'not released'
	printf X | dd of="queue/deferred/$b" bs=1 seek=120 conv=notrunc \
	    2>/dev/null
	atf_check -e match:"warning: expire file deferred/$b: " \
	    postsuper -e "$b"
}

tc writing 'a message that is being written is left alone; -p removes it later'
writing_body()
{
	queue_setup 'hash_queue_names ='
	a=$(put incoming r@x.test)
	chmod 600 "queue/incoming/$a"
	for act in -d -h -r -e; do
		atf_check postsuper $act "$a"
		atf_check postsuper $act ALL
	done
	touch queue/incoming/123456.789 queue/incoming/other
	chown 60001 queue/incoming/*
	b=$(put incoming r@x.test)
	atf_check postsuper -p
	test ! -e "queue/incoming/$a" || atf_fail 'not purged'
	test ! -e queue/incoming/123456.789 || atf_fail 'temporary file'
	test -e "queue/incoming/$b" -a -e queue/incoming/other ||
	    atf_fail 'purged too much'
}

tc structure '-s: names that fit the inodes, places that fit the hashing'
structure_body()
{
	queue_setup 'hash_queue_names = deferred defer'
	a=$(put deferred a@x.test) b=$(put deferred b@x.test)
	# As a restore can do: each has the name that is the other's.
	mv "queue/deferred/$a" tmp
	mv "queue/deferred/$b" "queue/deferred/$a"
	mv tmp "queue/deferred/$b"
	"$QUEUEFILE" log "$PWD/queue" bounce "$a" b@x.test
	"$QUEUEFILE" log "$PWD/queue" bounce "$b" a@x.test
	mkdir -p queue/active/A/B queue/active/3
	c=$(put active c@x.test)
	mv "queue/active/$c" "queue/active/3/$c"
	chown -R 60001 queue/active/A queue/active/3
	touch queue/hold/strange
	atf_check -e inline:"postsuper: warning: bogus file name: hold/strange
postsuper: Renamed to match inode number: 2 messages
" postsuper -s
	atf_check postsuper -s active deferred
	test -e "queue/active/$c" -a ! -e queue/active/A \
	    -a ! -e queue/active/3 || atf_fail 'active'
	atf_check -o inline:'2
' -x 'find queue/deferred -type f | wc -l'
	for f in queue/deferred/*/*; do
		id=$(basename "$f")
		test "$(printf %X "$(stat -c %i "$f")")" = \
		    "$(echo "$id" | cut -c6-)" || atf_fail "$f: inode"
		who=$(grep -ao '[ab]@x.test' "$f" | head -1)
		grep -q "recipient=$who" "queue/bounce/$id" ||
		    atf_fail "$f: the log is another's"
	done
}

tc links 'a role cannot lead root anywhere'
links_body()
{
	queue_setup 'hash_queue_names ='
	mkdir victim && a=$(put active r@x.test)
	cp "queue/active/$a" "victim/$a" && chmod 660 "victim/$a"
	chmod 777 victim
	rmdir queue/hold && ln -s ../victim queue/hold
	mkdir queue/deferred/0 && chown 60001 queue/deferred/0
	ln -s ../../../victim queue/deferred/1
	atf_check -e match:'open directory hold: Not a directory|open directory hold: Too many' \
	    postsuper -d ALL hold
	atf_check -e ignore postsuper -d "$a" hold
	atf_check -e ignore postsuper -ps
	test -e "victim/$a" || atf_fail 'root followed a link'
}

tc usage 'bad options, bad names, not root'
usage_body()
{
	queue_setup
	atf_check -s exit:1 -e match:'^postsuper: fatal: usage: postsuper' \
	    -e match:'invalid option' postsuper -x
	atf_check -s exit:1 -e inline:'postsuper: fatal: invalid directory name: private
' postsuper -d ALL private
	atf_check -e match:'warning: invalid mail queue id: nonsense' \
	    postsuper -d nonsense
	cp "$OBJTOP/sbin/postsuper/postsuper" . && chmod 755 postsuper
	atf_check -s exit:1 -e inline:'postsuper: fatal: use of this command is reserved for the superuser
' setpriv --reuid 65534 ./postsuper -c "$PWD/conf" -d ALL
}

atf_init_test_cases()
{
	for t in delete hold expire writing structure links usage; do
		atf_add_test_case $t
	done
}

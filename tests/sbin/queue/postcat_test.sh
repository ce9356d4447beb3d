# SPDX-License-Identifier: ISC
# postcat(1): all of a queue file, its parts, and files that are none.

# shellcheck disable=SC1091
. "$(atf_get_srcdir)/common.subr"

tc()
{
	eval "$1_head() { atf_set descr '$2'
		atf_set require.user root; atf_set require.progs unshare; }"
}

tc whole 'envelope, content and extracted records'
whole_body()
{
	queue_setup 'hash_queue_names = deferred'
	a=$(put deferred r@x.test s@x.test)
	d=$(echo "$a" | cut -c1)
	mkdir "queue/deferred/$d" && mv "queue/deferred/$a" "queue/deferred/$d"
	cat >want <<EOF
*** ENVELOPE RECORDS deferred/$d/$a ***
message_size:              35             336               2               0              35               0
message_arrival_time: Mon Nov 24 16:00:00 2025
sender_fullname: Sen?der
sender: sender@example.test
named_attribute: log_client_address=192.0.2.1
named_attribute: encoding=7bit
original_recipient: orig@example.test
recipient: r@x.test
original_recipient: orig@example.test
recipient: s@x.test
*** MESSAGE CONTENTS deferred/$d/$a ***
Subject: test
X: y

body line
more
*** HEADER EXTRACTED deferred/$d/$a ***
named_attribute: message_id=<1@example.test>
*** MESSAGE FILE END deferred/$d/$a ***
EOF
	postcat -q "$a" >got || atf_fail "exit $?"
	sed -E 's/^(message_size: +[0-9]+ +)[0-9]+/\1N/' want >want2
	sed -E 's/^(message_size: +[0-9]+ +)[0-9]+/\1N/' got >got2
	atf_check diff -u want2 got2
}

tc parts '-b, -h, -e, -d, -f, -o and a file by its name'
parts_body()
{
	queue_setup
	a=$(put active r@x.test s@x.test)
	"$QUEUEFILE" mark "$PWD/queue" active "$a" 0
	atf_check -o inline:'
body line
more
' postcat -bq "$a"
	atf_check -o inline:'Subject: test
X: y
' postcat -hq "$a"
	atf_check -o inline:'Subject: test
X: y

body line
more
' postcat -bhq "$a"
	atf_check -o match:'^recipient: s@x.test$' \
	    -o match:'^done_recipient: r@x.test$' -o not-match:'body|Subject' \
	    postcat -eq "$a"
	cp "queue/active/$a" file && chmod 660 file
	atf_check -o match:'^file: +[0-9]+  +17 sender: sender@example.test$' \
	    -o match:'^file: +[0-9]+ +78 body line$' postcat -dfo file
	atf_check -o match:'^\*\*\* ENVELOPE RECORDS stdin' \
	    -x "$OBJTOP/sbin/postcat/postcat <file"
}

tc refused 'no queue file, a changed one, no such message'
refused_body()
{
	queue_setup
	a=$(put active r@x.test)
	atf_check -s exit:1 -e match:'fatal: open queue file 00000FFFF' \
	    -e match:'No such file' -x \
	    "$OBJTOP/sbin/postcat/postcat -c conf -q 00000FFFF"
	atf_check -s exit:1 -e match:'bad mail queue ID: ../x' postcat -q ../x
	echo text >file && chmod 660 file
	atf_check -s exit:1 \
	    -e match:'file: input is not a valid queue file: ' postcat file
	atf_check -s exit:1 -e match:'open missing' postcat missing
	at=$(grep -abo 'body line' "queue/active/$a" | cut -d: -f1)
	printf X | dd of="queue/active/$a" bs=1 seek="$at" conv=notrunc \
	    2>/dev/null
	atf_check -s exit:1 -o match:Xody \
	    -e match:'content does not match its digest' postcat -q "$a"
	printf X | dd of="queue/active/$a" bs=1 seek=60 conv=notrunc \
	    2>/dev/null
	atf_check -s exit:1 -e match:'the seal is wrong' postcat -q "$a"
}

atf_init_test_cases()
{
	atf_add_test_case whole
	atf_add_test_case parts
	atf_add_test_case refused
}

# SPDX-License-Identifier: ISC
# postconf_test - what postconf(1) shows and changes, to the byte: scripts of
# others read it.
#
# $name is a parameter here, no variable of the shell.
# shellcheck disable=SC2016

pc="$OBJTOP/sbin/postconf/postconf"

# A configuration directory "c", with a comment within a value.
setup() {
	mkdir c
	cat >c/main.cf <<-'EOF'
	# head
	compatibility_level = 3.6
	myhostname = mx.example
	my_param = hello
	my_other = ${my_param} world
	smtpd_banner = $myhostname ESMTP $my_other

	# list
	relay_domains = a,
	# within
	  b,

	  c
	virtual_maps = x
	# tail
	EOF
	cat >c/master.cf <<-'EOF'
	# head
	smtp      inet  n       -       n       -       -       smtpd
	submission inet n       -       n       -       -       smtpd
	  -o syslog_name=postfix/submission
	#  -o commented=out
	  -o { smtpd_banner = $myhostname two words }
	relay     unix  -       -       n       -       -       smtp
	maildrop  unix  -       n       n       -       -       pipe
	  flags=DRhu user=vmail argv=/usr/bin/maildrop -d ${recipient}
	postlog   unix-dgram n  -       n       -       1       postlogd
	EOF
}

atf_test_case show
show_body() {
	setup
	atf_check -o inline:'my_param = hello\nmyhostname = mx.example\n' \
	    "$pc" -c c my_param myhostname
	atf_check -o inline:'hello\n' "$pc" -c c -h my_param
	atf_check -o inline:'my_param\n' "$pc" -c c -H my_param
	atf_check -o inline:'my_other = hello world\n' "$pc" -c c -x my_other
	atf_check -o inline:'bye world\n' \
	    "$pc" -c c -o my_param=bye -hx my_other
	atf_check -o inline:'mydomain = example\n' "$pc" -c c mydomain
	atf_check -o inline:'relayhost =\n' "$pc" -c c relayhost
	atf_check -o inline:'relay_domains = a,  b,  c\n' \
	    "$pc" -c c relay_domains
	atf_check -o inline:'{"my_param": "hello"}\n' "$pc" -c c -j my_param
	atf_check -o inline:'hopcount_limit = 50\nqueue_run_delay = 300s\n' \
	    "$pc" -c c -d hopcount_limit queue_run_delay
	atf_check -o inline:'smtpd_banner = $myhostname ESMTP $mail_name\n' \
	    "$pc" -c c -d smtpd_banner
	atf_check -o inline:'x\n' -e ignore "$pc" -c c -hx virtual_alias_maps
}

atf_test_case only_set
only_set_body() {
	setup
	cat >want <<-'EOF'
	compatibility_level = 3.6
	config_directory = c
	my_other = ${my_param} world
	my_param = hello
	myhostname = mx.example
	relay_domains = a,  b,  c
	smtpd_banner = $myhostname ESMTP $my_other
	virtual_maps = x
	EOF
	atf_check -o file:want "$pc" -c c -n
	atf_check -o inline:'my_other = ${my_param} world\nmy_param = hello\n' \
	    "$pc" -c c -n -C user my_other my_param myhostname
}

atf_test_case sorted
sorted_body() {
	setup
	"$pc" -c c >all || atf_fail "postconf"
	LC_ALL=C sort -c all || atf_fail "not sorted"
	test "$(wc -l <all)" -gt 950 || atf_fail "too few"
	atf_check -o ignore grep '^maildrop_recipient_limit = ' all
	atf_check -o inline:'maildrop_time_limit = $command_time_limit\n' \
	    grep maildrop_time all
}

atf_test_case warnings
warnings_body() {
	setup
	atf_check -e inline:'postconf: warning: nothing: unknown parameter\n' \
	    "$pc" -c c nothing
	cat >>c/main.cf <<-'EOF'
	unused = 1
	myhostname = two.example
	mail_name = $undefined $$x
	EOF
	printf 'x unix - - n - - smtp\n -o odd=1\n' >>c/master.cf
	cat >want <<-'EOF'
	postconf: warning: c/main.cf, line 17: overriding earlier entry: myhostname=mx.example
	postconf: warning: c/main.cf: undefined parameter: undefined
	postconf: warning: c/main.cf: unused parameter: unused=1
	postconf: warning: c/master.cf: unused parameter: odd=1
	EOF
	atf_check -o ignore -e file:want "$pc" -c c -n
	atf_check -o inline:'two.example\n' -e match:'overriding' \
	    -e not-match:'unused' "$pc" -c c -q -h myhostname
}

atf_test_case fold
fold_body() {
	setup
	cat >want <<-'EOF'
	propagate_unmatched_extensions = canonical, virtual
	smtpd_tls_fingerprint_digest = ${{$compatibility_level} <level {3.6} ? {md5} :
	    {sha256}}
	EOF
	atf_check -o file:want "$pc" -c c -f propagate_unmatched_extensions \
	    smtpd_tls_fingerprint_digest
}

atf_test_case edit
edit_body() {
	setup
	chmod 640 c/main.cf
	atf_check "$pc" -c c -e 'my_param = bye' new=1 relay_domains=z empty=
	cat >want <<-'EOF'
	# head
	compatibility_level = 3.6
	myhostname = mx.example
	my_param = bye
	my_other = ${my_param} world
	smtpd_banner = $myhostname ESMTP $my_other

	# list
	relay_domains = z
	# within

	virtual_maps = x
	# tail
	new = 1
	empty =
	EOF
	atf_check -o file:want cat c/main.cf
	atf_check -o inline:'640\n' stat -c %a c/main.cf
	atf_check -o inline:'main.cf\nmaster.cf\n' ls -A c
}

atf_test_case comment_and_drop
comment_and_drop_body() {
	setup
	atf_check "$pc" -c c -# relay_domains
	atf_check "$pc" -c c -X my_param nothing
	cat >want <<-'EOF'
	# head
	compatibility_level = 3.6
	myhostname = mx.example
	my_other = ${my_param} world
	smtpd_banner = $myhostname ESMTP $my_other

	# list
	#relay_domains = a,
	# within
	#  b,

	#  c
	virtual_maps = x
	# tail
	EOF
	atf_check -o file:want cat c/main.cf
}

atf_test_case repeated
repeated_body() {
	mkdir c
	printf 'a = 1\nb = 2\na = 3\n# end' >c/main.cf
	atf_check "$pc" -c c -e a=4 a=5
	atf_check -o inline:'a = 5\nb = 2\n# end\n' cat c/main.cf
	ln -s ../c/main.cf link
	mkdir d
	ln -s ../c/main.cf d/main.cf
	atf_check "$pc" -c d -e b=6
	test -L d/main.cf || atf_fail "the link is gone"
	atf_check -o inline:'a = 5\nb = 6\n# end\n' cat c/main.cf
}

atf_test_case edit_refused
edit_refused_body() {
	setup
	cp c/main.cf before
	atf_check -s exit:1 -e match:"missing '=' after attribute name" \
	    "$pc" -c c -e nonsense
	atf_check -s exit:1 -e match:'no multi-line input' \
	    "$pc" -c c -e 'a=b
	c'
	atf_check -s exit:1 -e match:'missing parameter argument' \
	    "$pc" -c c -e
	atf_check -s exit:1 -e match:'specify one of -e, -X and -#' \
	    "$pc" -c c -e -X a=b
	atf_check -s exit:1 -e match:'open nowhere/main.cf: No such file' \
	    "$pc" -c nowhere -e a=b
	atf_check -o file:before cat c/main.cf
}

atf_test_case master
master_body() {
	setup
	cat >want <<-'EOF'
	smtp       inet  n       -       n       -       -       smtpd
	submission inet  n       -       n       -       -       smtpd -o syslog_name=postfix/submission -o {smtpd_banner=$myhostname two words}
	relay      unix  -       -       n       -       -       smtp
	maildrop   unix  -       n       n       -       -       pipe flags=DRhu user=vmail argv=/usr/bin/maildrop -d ${recipient}
	postlog    unix-dgram n  -       n       -       1       postlogd
	EOF
	atf_check -o file:want "$pc" -c c -M
	cat >want <<-'EOF'
	submission inet  n       -       n       -       -       smtpd
	    -o syslog_name=postfix/submission
	    -o {smtpd_banner=$myhostname two words}
	maildrop   unix  -       n       n       -       -       pipe flags=DRhu
	    user=vmail argv=/usr/bin/maildrop -d ${recipient}
	EOF
	atf_check -o file:want "$pc" -c c -Mf submission/inet maildrop
	atf_check -o inline:'{"smtp/inet": "smtp inet n - n - - smtpd"}\n' \
	    "$pc" -c c -jM smtp
	atf_check -e inline:'postconf: warning: unmatched request: "x/inet"\n' \
	    "$pc" -c c -M x/inet
}

atf_test_case fields
fields_body() {
	setup
	cat >want <<-'EOF'
	relay/unix/service = relay
	relay/unix/type = unix
	relay/unix/private = -
	relay/unix/unprivileged = -
	relay/unix/chroot = n
	relay/unix/wakeup = -
	relay/unix/process_limit = -
	relay/unix/command = smtp
	EOF
	atf_check -o file:want "$pc" -c c -F relay
	atf_check -o inline:'n\n' "$pc" -c c -hF relay/unix/chroot
	cat >want <<-'EOF'
	submission/inet/syslog_name = postfix/submission
	submission/inet/smtpd_banner = mx.example two words
	EOF
	atf_check -o file:want "$pc" -c c -xP
	atf_check -o inline:'postfix/submission\n' \
	    "$pc" -c c -hP '*/inet/syslog_name'
}

atf_test_case edit_master
edit_master_body() {
	setup
	atf_check "$pc" -c c -Me \
	    '10029/inet=10029 inet n - n - - smtpd -o smtpd_banner=new.one'
	atf_check "$pc" -c c -Fe 10029/inet/process_limit=7 \
	    smtp/inet/chroot=y
	atf_check "$pc" -c c -Pe 10029/inet/smtpd_banner=newer.one \
	    'maildrop/unix/x=y z' relay/unix/syslog_name=r
	atf_check "$pc" -c c -PX submission/inet/smtpd_banner
	cat >want <<-'EOF'
	# head
	smtp       inet  n       -       y       -       -       smtpd
	submission inet  n       -       n       -       -       smtpd
	    -o syslog_name=postfix/submission
	#  -o commented=out
	relay      unix  -       -       n       -       -       smtp
	    -o syslog_name=r
	maildrop   unix  -       n       n       -       -       pipe
	    -o {x=y z}
	    flags=DRhu user=vmail argv=/usr/bin/maildrop -d ${recipient}
	postlog   unix-dgram n  -       n       -       1       postlogd
	10029      inet  n       -       n       -       7       smtpd
	    -o smtpd_banner=newer.one
	EOF
	atf_check -o file:want cat c/master.cf
	atf_check "$pc" -c c -MX 10029/inet relay/unix
	atf_check "$pc" -c c -M# submission/inet
	atf_check -o not-match:'10029|^relay|^submission' \
	    -o match:'^#submission inet' -o match:'^#    -o syslog_name' \
	    cat c/master.cf
}

atf_test_case edit_master_refused
edit_master_refused_body() {
	setup
	cp c/master.cf before
	atf_check -s exit:1 -e match:'an entry of 8 fields for a/inet' \
	    "$pc" -c c -Me 'a/inet=b inet n - n - - smtpd'
	atf_check -s exit:1 -e match:'an entry of 8 fields for a/inet' \
	    "$pc" -c c -Me 'a/inet=a inet n - n'
	atf_check -s exit:1 -e match:'expected service/type' \
	    "$pc" -c c -Me 'a=a inet n - n - - smtpd'
	atf_check -s exit:1 -e match:'expected a field' \
	    "$pc" -c c -Fe smtp/inet/colour=red
	atf_check -s exit:1 -e match:'expected one word for chroot' \
	    "$pc" -c c -Fe 'smtp/inet/chroot=y n'
	atf_check -s exit:1 -e match:'expected a type' \
	    "$pc" -c c -MX smtp/tcp
	atf_check -s exit:1 -e match:'missing service argument' \
	    "$pc" -c c -MX
	atf_check -o file:before cat c/master.cf
}

atf_test_case broken
broken_body() {
	setup
	printf 'broken   inet  n  -  n\n' >>c/master.cf
	atf_check -s exit:1 -e inline:"postconf: fatal: file c/master.cf: line \
11: bad field count: expected 8 fields, found 5
" "$pc" -c c -M
	# main.cf is shown all the same, and good lines can be changed.
	atf_check -o inline:'hello\n' -e match:'line 11' \
	    "$pc" -c c -h my_param
	atf_check "$pc" -c c -Fe relay/unix/process_limit=3
	atf_check -o match:'^broken   inet  n  -  n$' cat c/master.cf
	echo 'nonsense' >>c/main.cf
	atf_check -s exit:1 -e match:"c/main.cf, line 16: missing '='" \
	    "$pc" -c c mail_name
	atf_check -s exit:1 -e match:'No such file' "$pc" -c nowhere mail_name
	atf_check -o inline:'Postern\n' "$pc" -c nowhere -dh mail_name
}

atf_test_case lists
lists_body() {
	atf_check -o match:'^dovecot$' "$pc" -a
	atf_check -o match:'^dovecot$' "$pc" -A
	atf_check -o inline:'flock\nfcntl\ndotlock\n' "$pc" -l
	for type in cdb cidr inline pcre regexp static texthash; do
		atf_check -o match:"^$type\$" "$pc" -m
	done
	atf_check -s exit:1 -e match:'^usage: ' "$pc" -Z
}

atf_init_test_cases() {
	atf_add_test_case show
	atf_add_test_case only_set
	atf_add_test_case sorted
	atf_add_test_case warnings
	atf_add_test_case fold
	atf_add_test_case edit
	atf_add_test_case comment_and_drop
	atf_add_test_case repeated
	atf_add_test_case edit_refused
	atf_add_test_case master
	atf_add_test_case fields
	atf_add_test_case edit_master
	atf_add_test_case edit_master_refused
	atf_add_test_case broken
	atf_add_test_case lists
}

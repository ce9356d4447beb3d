# SPDX-License-Identifier: ISC
# The relay path as a whole: see cases.py, which does the work.

# e2e NAME "what" [PROGRAM ...]: a case, with the programs that it is about.
e2e() {
	name=$1 what=$2
	shift 2
	eval "atf_test_case $name cleanup
	    ${name}_head() { head_of '$what'; }
	    ${name}_body() { run $name $*; }
	    ${name}_cleanup() { clean; }"
}

head_of() {
	atf_set descr "$1"
	atf_set require.user root
	atf_set require.progs "python3 ip"
	atf_set timeout 180
}

run() {
	name=$1
	shift 1
	for p; do
		test -x "$OBJTOP/$p/${p#*/}" || atf_skip "$p is not built yet"
	done
	export SRCTOP OBJTOP
	atf_check -o ignore -e ignore python3 -B \
	    "$SRCTOP/tests/e2e/cases.py" "$name"
}

# What a case that was killed has left, by its place in the file system.
clean() {
	for p in /proc/[0-9]*; do
		case $(readlink "$p/exe" 2>/dev/null) in
		"$PWD"/prefix/*) kill -9 "${p#/proc/}" 2>/dev/null || : ;;
		esac
	done
}

e2e relay_ipv4 "a message over IPv4, with all lines in the log"
e2e relay_ipv6 "a message over IPv6"
e2e unknown_domain "a domain that does not exist: a bounce" libexec/bounce
e2e deferred_and_flushed "4xx now, postqueue -f, then sent" sbin/postqueue
e2e queue_listing "postqueue -p" sbin/postqueue libexec/showq
e2e reload_under_load "reload while mail comes in: no session fails"
e2e stop_and_start "stop leaves no process; the queue stays"
e2e log_file "maillog_file, postlog, logrotate" sbin/postlog

atf_init_test_cases() {
	for c in relay_ipv4 relay_ipv6 unknown_domain deferred_and_flushed \
	    queue_listing reload_under_load stop_and_start log_file; do
		atf_add_test_case $c
	done
}

# SPDX-License-Identifier: ISC
# Mail for users of the host: see local_cases.py, which does the work.

# shellcheck disable=SC2034 # case.subr reads it
CASES=e2e/local_cases.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e aliases "aliases: lists, commands, files, owners" libexec/local
e2e forward ".forward: self, others, a command, bad modes" libexec/local
e2e transports "mailbox_transport, fallback_transport, luser_relay" libexec/local
e2e loops "a loop by two hosts, unknown users" libexec/local
e2e failures "several failures of one list; the status filter" libexec/local
e2e confined "what a command of a user can reach" libexec/local
e2e environment "the environment of commands" libexec/local

atf_test_case programs cleanup
programs_head()
{
	atf_set descr "real procmail and maildrop"
	atf_set require.user root
	atf_set require.progs "python3 ip procmail maildrop"
	atf_set timeout 180
}
programs_body()
{
	run programs libexec/local
}
programs_cleanup()
{
	clean
}
names="$names programs"

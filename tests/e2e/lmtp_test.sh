# SPDX-License-Identifier: ISC
# Mail to mail stores: see lmtp_cases.py, which does the work.

# shellcheck disable=SC2034 # case.subr reads it
CASES=e2e/lmtp_cases.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e tcp "over TCP, an answer for each recipient" libexec/lmtp
e2e unix_sockets "the sockets that parameters and tables name" libexec/lmtp

atf_test_case dovecot cleanup
dovecot_head()
{
	atf_set descr "a real Dovecot"
	atf_set require.user root
	atf_set require.progs "python3 ip dovecot /usr/lib/dovecot/lmtp"
	atf_set timeout 180
}
dovecot_body()
{
	run dovecot libexec/lmtp
}
dovecot_cleanup()
{
	clean
}
names="$names dovecot"

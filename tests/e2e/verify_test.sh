# SPDX-License-Identifier: ISC
# Tests of addresses, and reports: see verify.py, which does the work.

# shellcheck disable=SC2034 # case.subr reads it
CASES=e2e/verify.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e recipients "reject_unverified_recipient; a restart keeps results" libexec/verify
e2e senders "reject_unverified_sender, the null sender, probe senders" libexec/verify
e2e waits "a test that takes longer than the client waits" libexec/verify
e2e crash "verify dies while a test is under way" libexec/verify
e2e damaged "a damaged cache is put aside" libexec/verify
e2e negative "address_verify_negative_cache, expiry and cleanup" libexec/verify
e2e target "smtp_address_verify_target, aliases, other agents" libexec/verify
e2e reports "sendmail -bv and -v" sbin/sendmail
e2e verp "XVERP, sendmail -XV, bounces of them" sbin/sendmail
e2e notices "transcripts of sessions, by notify_classes" libexec/smtpd
e2e delays "a delay, its end, threads" libexec/bounce

# SPDX-License-Identifier: ISC
# Mail that waits for a site: see flush_cases.py, which does the work.

# shellcheck disable=SC2034 # case.subr reads it
CASES=e2e/flush_cases.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e etrn "a site asks for its mail, and gets no other" libexec/flush
e2e restrictions "smtpd_etrn_restrictions; no flush service" libexec/flush
e2e commands "postqueue -s and -i, sendmail -qR and -qI" libexec/flush
e2e crash "flush dies with a list half sent" libexec/flush
e2e requeue "postsuper -r: in again as new mail" sbin/postsuper
e2e refresh "what has waited for long is sent" libexec/flush

# SPDX-License-Identifier: ISC
# The relay path as a whole: see cases.py, which does the work.

# shellcheck disable=SC2034 # case.subr reads it
CASES=e2e/cases.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e relay_ipv4 "a message over IPv4, with all lines in the log"
e2e relay_ipv6 "a message over IPv6"
e2e confined "what /proc says of each process while mail passes"
e2e unknown_domain "a domain that does not exist: a bounce" libexec/bounce
e2e deferred_and_flushed "4xx now, postqueue -f, then sent" sbin/postqueue
e2e queue_listing "postqueue -p" sbin/postqueue libexec/showq
e2e reload_under_load "reload while mail comes in: no session fails"
e2e stop_and_start "stop leaves no process; the queue stays"
e2e log_file "maillog_file, postlog, logrotate" sbin/postlog
e2e no_relay_barrier "smtpd refuses to run as an open relay, per client"
e2e content_filter "an after-queue filter, by main.cf and by an access table"
e2e notices "notices of success, and those to the postmaster" libexec/bounce

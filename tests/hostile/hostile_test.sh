# SPDX-License-Identifier: ISC
# Peers that mean no good, or do not know better: see cases.py, which does the
# work.
# shellcheck disable=SC2034 # case.subr reads it
CASES=hostile/cases.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e client_noise "a client that sends noise, and lines without end"
e2e client_crowd "a client with 10,000 recipients"
e2e client_leaves "a client that closes at every byte of a dialogue"
e2e client_idle "more idle clients than there are processes"
e2e servers "servers that answer noise, slowly, never, or too much"
e2e relay_ipv6 "a message in and out over ::1"

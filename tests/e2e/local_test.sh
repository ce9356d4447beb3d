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

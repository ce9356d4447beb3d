# SPDX-License-Identifier: ISC
# Commands that talk to clients: see spawn_cases.py, which does the work.

# shellcheck disable=SC2034 # case.subr reads it
CASES=e2e/spawn_cases.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e command "who it runs as, with what; one at a time" libexec/spawn
e2e time_limit "a command that takes too long, and its children" libexec/spawn
e2e refused "root, roles, no user" libexec/spawn
e2e unix "a socket that a parameter names" libexec/spawn libexec/lmtp

# SPDX-License-Identifier: ISC
# Each step of a queue file's life: see cases.py. Programs that can be told to
# kill themselves are of another build: MODE=fault.
# shellcheck disable=SC2034 # case.subr reads it
CASES=crash/cases.py
# shellcheck disable=SC2034
OBJTOP=$SRCTOP/build/fault
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e steps_cleanup "cleanup dies at each step of a file" libexec/cleanup
e2e steps_qmgr "qmgr dies at each step of a file" libexec/qmgr
e2e steps_agents "smtp and bounce die at each step" libexec/bounce
e2e steps_local "local dies between its deliveries, and before the mark" libexec/local
e2e steps_virtual "virtual dies between delivery and mark" libexec/virtual

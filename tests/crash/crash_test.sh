# SPDX-License-Identifier: ISC
# Whatever is killed, at whatever moment: see cases.py, which does the work.
CASES=crash/cases.py
. "$SRCTOP/tests/e2e/case.subr"

# The cases about steps need programs that can be told to kill themselves.
with_faults() {
	test -x "$SRCTOP/build/fault/libexec/qmgr/qmgr" ||
	    atf_skip "there is no build with MODE=fault"
	OBJTOP=$SRCTOP/build/fault
}

e2e killed_roles "kill -9 of each role in a stream of messages" libexec/bounce
e2e killed_supervisors "kill -9 of supervisors alone, their workers are busy"
e2e killed_master "kill -9 of master: no process is left, it starts again"
e2e killed_warden "kill -9 of warden: no process is left, it starts again"

# SPDX-License-Identifier: ISC
# Whatever is killed, at whatever moment: see cases.py, which does the work.
# shellcheck disable=SC2034 # case.subr reads it
CASES=crash/cases.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e killed_roles "kill -9 of each role in a stream of messages" libexec/bounce
e2e killed_supervisors "kill -9 of supervisors alone, their workers are busy"
e2e killed_master "kill -9 of master: no process is left, it starts again"
e2e killed_warden "kill -9 of warden: no process is left, it starts again"
e2e killed_launcher "kill -9 of launcher: no process is left, it starts again"
e2e killed_mda "kill -9 of an mda: nothing half-written" libexec/mda
e2e removed_service "no process is left of a service that is removed"
e2e disk_full "452 before the data or at its end, nothing half-written"
e2e damaged_files "bits, tails, owners and names: corrupt/, and a line"

# SPDX-License-Identifier: ISC
# The power fails at any moment: see power.py, which does the work.
# shellcheck disable=SC2034 # case.subr reads it
CASES=crash/power.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e cut_power "each 250 is on stable storage before it is said"
e2e lying "a disk that lies about its flushes: the loss is seen"

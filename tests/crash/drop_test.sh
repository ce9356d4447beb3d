# SPDX-License-Identifier: ISC
# Each step of a file in maildrop: see drop.py. Programs of the fault build.
# shellcheck disable=SC2034 # case.subr reads it
CASES=crash/drop.py
# shellcheck disable=SC2034
OBJTOP=$SRCTOP/build/fault
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e pickup "pickup dies at each step of a file in maildrop" libexec/pickup
e2e postdrop "postdrop dies at each step of its file" sbin/postdrop

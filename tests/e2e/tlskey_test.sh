# SPDX-License-Identifier: ISC
# Private keys: see tlskey_cases.py, which does the work.

# shellcheck disable=SC2034 # case.subr reads it
CASES=e2e/tlskey_cases.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e memory "the bytes of a key are in tlskey alone" libexec/tlskey
e2e renewed "a new pair is used at once, a bad one is refused" libexec/tlskey
e2e first "a bad pair at the start; its service has no TLS" libexec/tlskey
e2e status "postern status tells when certificates end" libexec/tlskey

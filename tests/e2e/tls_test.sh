# SPDX-License-Identifier: ISC
# TLS in the SMTP server: see tls_cases.py, which does the work.

# shellcheck disable=SC2034 # case.subr reads it
CASES=e2e/tls_cases.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e starttls "STARTTLS with openssl and swaks; the log, Received:" \
    libexec/tlsproxy
e2e levels "none, may, encrypt; no certificate; state forgotten" \
    libexec/tlsproxy
e2e wrapper "TLS from the first byte" libexec/tlsproxy
e2e injection "what was said in the clear is not obeyed" libexec/tlsproxy
e2e certificates "certificates of clients" libexec/tlsproxy
e2e floor "old protocols and excluded ciphers are refused" libexec/tlsproxy
e2e hang "a client that hangs in the handshake" libexec/tlsproxy
e2e killed "the TLS process is killed in mid-message" libexec/tlsproxy
e2e bulk "25 MiB of mail through TLS" libexec/tlsproxy
e2e names "other certificates for other names" libexec/tlsproxy
e2e room "what tlsproxy has, and smtpd has not" libexec/tlsproxy

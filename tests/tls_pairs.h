/* SPDX-License-Identifier: ISC */
/* tls_pairs - keys and self-signed certificates for tests. */
#ifndef POSTERN_TESTS_TLS_PAIRS_H
#define POSTERN_TESTS_TLS_PAIRS_H

/*
 * Make a key ("rsa", "p256", "p384", "p521", "ed25519", "rsa4096") and its
 * certificate, as PEM files NAME.key and NAME.crt; both in NAME.pem, the key
 * first. fatal ends the test.
 */
void	make_pair(const char *type, const char *name);

#endif

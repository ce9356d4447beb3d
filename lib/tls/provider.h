/* SPDX-License-Identifier: ISC */
/* provider - keys whose private part is elsewhere; private to lib/tls. */
#ifndef POSTERN_TLS_PROVIDER_H
#define POSTERN_TLS_PROVIDER_H

#include <openssl/evp.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"
#include "proto/tlskey.h"

/* Load libcrypto's default provider and ours; false if it cannot be. */
bool	provider_load(void);

/* A key of ours with this public part; NULL if it is of a type we have not. */
EVP_PKEY *provider_key(const EVP_PKEY *pub);

/*
 * tls_key.c: have "tbs" signed by the key with this identity. The signature
 * goes to "out", which has room for *n bytes; *n is its length.
 */
bool	tls_key_sign(const uint8_t id[TLSKEY_ID_LEN], uint32_t scheme,
	    struct view tbs, unsigned char *out, size_t *n);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * tbs - what is to be signed: is it a TLS handshake, and of which side?
 *
 * No input but the bytes. What is signed here proves to somebody that a
 * service is there, now, in a handshake with him; it must not be good for
 * anything else.
 */
#ifndef POSTERN_TLSKEY_TBS_H
#define POSTERN_TLSKEY_TBS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

enum key_type {
	KEY_RSA = 1, KEY_P256 = 2, KEY_P384 = 4, KEY_P521 = 8, KEY_ED25519 = 16
};

struct scheme {			/* SignatureScheme of RFC 8446, 4.2.3 */
	uint16_t	 number;
	unsigned	 tls13, tls12;	/* enum key_type that may use it */
	const char	*digest;	/* NULL: the algorithm has its own */
	bool		 pss;
};

/* NULL: none that is ever used (SHA-1, bare digests). */
const struct scheme *scheme_find(uint32_t number);

/*
 * NULL if a key of that type may sign it as that side of a handshake with
 * that scheme; else why not:
 *
 * TLS 1.3	RFC 8446, 4.4.3: 64 blanks, the context string of the side, a
 *		NUL, the hash of the transcript;
 * TLS 1.2	of a server RFC 8422, 5.4: both randoms, a named group, a point
 *		of its length (finite-field parameters are not offered);
 *		of a client RFC 5246, 7.4.8: all messages up to its
 *		CertificateVerify, in their order. These can be long, as
 *		the server lists authorities in them: TLSKEY_TRANSCRIPT_MAX.
 */
const char	*tbs_check(struct view tbs, enum key_type type, bool client,
		    const struct scheme *scheme);

#endif

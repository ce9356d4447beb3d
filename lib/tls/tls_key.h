/* SPDX-License-Identifier: ISC */
/*
 * tls_key - certificates whose private keys are in tlskey(8).
 *
 * An OpenSSL provider of this program: an EVP_PKEY of it has the public part
 * of a key and asks tlskey(8), over a channel, to sign. It cannot decrypt and
 * signs no bare digest, so the cipher suites of a server must be without kRSA
 * (nothing can decrypt); tlskey(8) refuses the parameters of kDHE and what
 * TLS before 1.2 signs: leave these out as well ("!kRSA:!kDHE", at least
 * TLS1_2_VERSION). Only libcrypto is used here.
 *
 *	prepare()	tls_key_prepare();
 *	init()		ch = role_dial("tlskey");
 *			keys = tls_keys_get(ch, "smtp/inet", TLSKEY_SERVER, t);
 *			for each: SSL_CTX_use_cert_and_key(ctx, k->leaf,
 *			    k->key, k->others, 1);
 *	session()	ch = role_dial("tlskey");
 *			rc = tls_key_use(ch, "smtp/inet", TLSKEY_SERVER, keys,
 *			    t);
 *			if (rc == 0) use tls_keys_get() on that channel, make
 *			    another SSL_CTX, and role_outdated();
 *			role_forget("tlskey"); then read the stranger's bytes
 */
#ifndef POSTERN_TLS_KEY_H
#define POSTERN_TLS_KEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stddef.h>

#include "broker/chan.h"

struct tls_key {
	X509		*leaf;
	STACK_OF(X509)	*others;	/* never NULL, may be empty */
	EVP_PKEY	*key;		/* public part, and a way to sign */
};

struct tls_keys {
	size_t		 n;		/* 0: there is no certificate */
	uint8_t		 serial[TLSKEY_ID_LEN];
	struct tls_key	 keys[];
};

/*
 * Once, before the door: libcrypto without its configuration file, its default
 * provider and ours. fatal() if it cannot be.
 */
void	tls_key_prepare(void);

/*
 * What tlskey(8) has for a service ("smtp/inet"), checked by it. The channel
 * is new, or was opened for the same. NULL with errno; EPROTO for what cannot
 * be used. Given back with tls_keys_free().
 */
struct tls_keys	*tls_keys_get(struct chan *ch, const char *service,
		    enum tlskey_purpose purpose, struct mono deadline);

/*
 * A server name that a client asked for, on a channel in use: the chains of
 * tls_server_sni_maps for it, n == 0 if there are none. As above.
 */
struct tls_keys	*tls_keys_of_name(struct chan *ch, const char *name,
		    struct mono deadline);

void		 tls_keys_free(struct tls_keys **kp);

/*
 * In a worker: signatures are asked for over this channel from now on, each
 * within "timeout". 1: tlskey(8) has what "have" is (NULL: nothing); 0: it has
 * other certificates, "have" will not work; -1 with errno. The channel must
 * outlive the session.
 */
int		 tls_key_use(struct chan *ch, const char *service,
		    enum tlskey_purpose purpose, const struct tls_keys *have,
		    struct mono deadline) __attribute__((warn_unused_result));

/* How long a signature may take; 10 seconds unless told. */
void		 tls_key_timeout(struct span timeout);

#endif

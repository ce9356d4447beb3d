/* SPDX-License-Identifier: ISC */
/* tlskey - what the files of tlskey(8) say to each other. */
#ifndef POSTERN_TLSKEY_H
#define POSTERN_TLSKEY_H

#include <openssl/evp.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "broker/role.h"
#include "proto/tlskey.h"
#include "tbs.h"

struct pair {			/* a key and its certificates */
	EVP_PKEY	*key;
	enum key_type	 type;
	uint8_t		 id[TLSKEY_ID_LEN];
	struct buf	 certs;		/* DER, the leaf first */
	bool		 told;		/* is in the log */
};

/* pair.c: text that holds a key and certificates. */

/*
 * Take all pairs of a PEM text: each key is followed by its chain. "where" is
 * for the log. How many went to out[], which has room for "room"; -1: one of
 * them is not good, a line says why, and none is left.
 */
int		 pairs_read(struct view text, const char *where,
		    struct pair **out, size_t room);
/* A key, and a chain in another text. NULL, a line says why. */
struct pair	*pair_read(struct view key, const char *keywhere,
		    struct view certs, const char *certwhere);
void		 pair_free(struct pair **p);
/* The signature of "tbs"; false if libcrypto fails. */
bool		 pair_sign(const struct pair *p, const struct scheme *scheme,
		    struct view tbs, unsigned char *out, size_t *n);

/* store.c: pairs by service and purpose. */

struct set {			/* what parameters of one service name */
	const char	*name;		/* for the log */
	struct pair	*pairs[TLSKEY_CHAINS_MAX];
	size_t		 n;
	uint8_t		 serial[TLSKEY_ID_LEN];
	/* Signatures that may be made now; see client.c. */
	double		 tokens;
	struct mono	 counted;
};

/* Read all files; the number of pairs that were refused. */
size_t		 store_load(void);
/* Wipe all keys. */
void		 store_wipe(void);
bool		 store_has_rsa(void);
/* "smtp/inet"; never NULL, may be empty. */
struct set	*store_find(const char *service, enum tlskey_purpose purpose);
void		 set_number(struct set *s);	/* makes the serial */

/* sni.c: tls_server_sni_maps. */

void		 sni_open(void);
/* NULL: the tables have nothing for it. Until the next call. */
struct set	*sni_find(const char *name);
void		 sni_wipe(void);

/* client.c: channels. */

void		 client_new(struct loop *l, struct chan *ch);
/* How many processes share the work: each has its part of the rate. */
void		 client_share(unsigned processes);
/* Call "done" when there is no client any more. */
void		 client_drain(void (*done)(void));

#endif

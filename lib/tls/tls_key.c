/* SPDX-License-Identifier: ISC */
/*
 * tls_key - the channel to tlskey(8).
 *
 * Trusts what tlskey(8) sends to be meant well, and parses it with care: it
 * has read files, which others may have written.
 */
#include <openssl/crypto.h>
#include <openssl/err.h>

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"

#include "provider.h"
#include "tls_key.h"

static struct chan *line;		/* where signatures are asked for */
static struct span patience = { INT64_C(10000000000) };

void
tls_key_prepare(void)
{
	EVP_MD *md;

	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
	    OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) != 1 || !provider_load() ||
	    (md = EVP_MD_fetch(NULL, "SHA256", NULL)) == NULL)
		fatal("cannot start libcrypto: %s",
		    ERR_reason_error_string(ERR_peek_last_error()));
	EVP_MD_free(md);
}

void
tls_key_timeout(struct span timeout)
{
	patience = timeout;
}

bool
tls_key_sign(const uint8_t id[TLSKEY_ID_LEN], uint32_t scheme,
    struct view tbs, unsigned char *out, size_t *n)
{
	const struct msg_tlskey_sign ask = {
		.key = { (const char *)id, TLSKEY_ID_LEN },
		.scheme = scheme,
		.tbs = tbs
	};
	struct msg_tlskey_signed answer;

	if (line == NULL || chan_call(line, V_tlskey_sign, &ask,
	    V_tlskey_signed, &answer, mono_in(patience)) < 0)
		return (false);
	if (answer.signature.n == 0 || answer.signature.n > *n)
		return (false);
	memcpy(out, answer.signature.p, answer.signature.n);
	*n = answer.signature.n;
	return (true);
}

static void
key_fini(struct tls_key *k)
{
	X509_free(k->leaf);
	sk_X509_pop_free(k->others, X509_free);
	EVP_PKEY_free(k->key);
}

void
tls_keys_free(struct tls_keys **kp)
{
	struct tls_keys *k = *kp;

	if (k == NULL)
		return;
	for (size_t i = 0; i < k->n; i++)
		key_fini(&k->keys[i]);
	xfree(kp);
}

/* One certificate behind the other, and nothing else. */
static bool
take_certs(struct tls_key *k, struct view certs)
{
	const unsigned char *p = (const unsigned char *)certs.p;
	const unsigned char *end = p + certs.n;
	X509 *cert;

	while (p < end) {
		if ((cert = d2i_X509(NULL, &p, end - p)) == NULL)
			return (false);
		if (k->leaf == NULL)
			k->leaf = cert;
		else if (sk_X509_push(k->others, cert) == 0)
			return (false);
	}
	return (k->leaf != NULL);
}

static bool
take_chain(struct chan *ch, uint32_t number, struct tls_key *k,
    struct mono deadline)
{
	const struct msg_tlskey_chain ask = { number };
	struct msg_tlskey_certs m;
	EVP_PKEY *pub;

	if (chan_call(ch, V_tlskey_chain, &ask, V_tlskey_certs, &m, deadline) <
	    0)
		return (false);
	errno = EPROTO;
	if ((k->others = sk_X509_new_null()) == NULL ||
	    !take_certs(k, m.certs) ||
	    (pub = X509_get0_pubkey(k->leaf)) == NULL)
		return (false);
	return ((k->key = provider_key(pub)) != NULL);
}

static struct tls_keys *
take_chains(struct chan *ch, const struct msg_tlskey_opened *m,
    struct mono deadline)
{
	struct tls_keys *keys;
	const uint32_t n = m->chains;
	int error;

	if (m->serial.n != TLSKEY_ID_LEN) {
		errno = EPROTO;
		return (NULL);
	}
	keys = xcalloc(1, sizeof(*keys) + n * sizeof(keys->keys[0]));
	memcpy(keys->serial, m->serial.p, TLSKEY_ID_LEN);
	while (keys->n < n) {
		keys->n++;
		if (take_chain(ch, (uint32_t)keys->n - 1,
		    &keys->keys[keys->n - 1], deadline))
			continue;
		error = errno;
		tls_keys_free(&keys);
		errno = error;
		return (NULL);
	}
	return (keys);
}

static int
open_for(struct chan *ch, const char *service, enum tlskey_purpose purpose,
    struct msg_tlskey_opened *m, struct mono deadline)
{
	const struct msg_tlskey_open ask = { service, purpose };

	return (chan_call(ch, V_tlskey_open, &ask, V_tlskey_opened, m,
	    deadline));
}

struct tls_keys *
tls_keys_get(struct chan *ch, const char *service,
    enum tlskey_purpose purpose, struct mono deadline)
{
	struct msg_tlskey_opened m;

	if (open_for(ch, service, purpose, &m, deadline) < 0)
		return (NULL);
	return (take_chains(ch, &m, deadline));
}

struct tls_keys *
tls_keys_of_name(struct chan *ch, const char *name, struct mono deadline)
{
	const struct msg_tlskey_name ask = { name };
	struct msg_tlskey_opened m;

	if (chan_call(ch, V_tlskey_name, &ask, V_tlskey_opened, &m, deadline) <
	    0)
		return (NULL);
	return (take_chains(ch, &m, deadline));
}

int
tls_key_use(struct chan *ch, const char *service, enum tlskey_purpose purpose,
    const struct tls_keys *have, struct mono deadline)
{
	struct msg_tlskey_opened m;

	line = NULL;
	if (open_for(ch, service, purpose, &m, deadline) < 0)
		return (-1);
	line = ch;
	if (have == NULL)
		return (m.chains == 0);
	return (m.serial.n == TLSKEY_ID_LEN &&
	    memcmp(m.serial.p, have->serial, TLSKEY_ID_LEN) == 0);
}

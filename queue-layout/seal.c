/* SPDX-License-Identifier: ISC */
/*
 * seal - one-time keys, digests, seals.
 *
 * The only file here that knows libcrypto. A digest that cannot be computed
 * is the machine's trouble (no memory): fatal().
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/heap.h"
#include "base/log.h"
#include "seal_in.h"

static EVP_MD *sha256;
static EVP_MAC *poly1305, *hmac;

/* Contexts that nobody uses now: the next one to begin need not make its own. */
static EVP_MD_CTX *spare_md;
static EVP_MAC_CTX *spare_mac;
static EVP_MAC_CTX *hmac_ctx;	/* of all headers and one-time keys */

/* Names of what is authenticated, so that no value serves for two things. */
static const char one_time_label[] = "postern queue content 1";
static const char header_label[] = "postern queue header 1";

/*
 * What libcrypto puts off until the first use (error texts, locks, memory)
 * is done here, once, and not in every worker again.
 */
static void
use_once(void)
{
	static const struct seal_key key;
	struct seal_sum records, content;
	uint8_t out[32];

	seal_records_begin(&records);
	seal_sum_add(&records, key.b, sizeof(key.b));
	seal_content_begin(&content, key.b);
	seal_sum_add(&content, key.b, sizeof(key.b));
	seal_content_end(&content, out);
	seal_records_end(&records, out);
	seal_header(&key, out, sizeof(out), out);
}

/*
 * The contexts anew, side by side: in a worker, each page of them that it
 * writes is a copy.
 */
static void
gather_contexts(void)
{
	EVP_MD_CTX_free(spare_md);
	EVP_MAC_CTX_free(spare_mac);
	EVP_MAC_CTX_free(hmac_ctx);
	spare_md = NULL;
	spare_mac = NULL;
	hmac_ctx = NULL;
	heap_fill_holes();
	use_once();
}

void
seal_init(void)
{
	if (hmac != NULL)
		return;
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		fatal("libcrypto does not start");
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	poly1305 = EVP_MAC_fetch(NULL, "POLY1305", NULL);
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (sha256 == NULL || poly1305 == NULL || hmac == NULL)
		fatal("libcrypto lacks SHA256, POLY1305 or HMAC");
	use_once();
	gather_contexts();
}

void
seal_records_begin(struct seal_sum *s)
{
	seal_init();
	s->mac = false;
	s->ctx = spare_md != NULL ? spare_md : EVP_MD_CTX_new();
	spare_md = NULL;
	if (s->ctx == NULL ||
	    EVP_DigestInit_ex2(s->ctx, sha256, NULL) != 1)
		fatal("SHA256: no context");
}

void
seal_content_begin(struct seal_sum *s, const uint8_t key[32])
{
	seal_init();
	s->mac = true;
	s->ctx = spare_mac != NULL ? spare_mac : EVP_MAC_CTX_new(poly1305);
	spare_mac = NULL;
	if (s->ctx == NULL ||
	    EVP_MAC_init(s->ctx, key, 32, NULL) != 1)
		fatal("POLY1305: no context");
}

void
seal_sum_add(struct seal_sum *s, const void *p, size_t n)
{
	if (s->mac ? EVP_MAC_update(s->ctx, p, n) != 1 :
	    EVP_DigestUpdate(s->ctx, p, n) != 1)
		fatal("digest: cannot go on");
}

void
seal_records_end(struct seal_sum *s, uint8_t out[32])
{
	unsigned int n;

	if (EVP_DigestFinal_ex(s->ctx, out, &n) != 1 || n != 32)
		fatal("SHA256: no result");
	seal_sum_free(s);
}

void
seal_content_end(struct seal_sum *s, uint8_t out[SEAL_TAG_SIZE])
{
	size_t n;

	if (EVP_MAC_final(s->ctx, out, &n, SEAL_TAG_SIZE) != 1 ||
	    n != SEAL_TAG_SIZE)
		fatal("POLY1305: no result");
	seal_sum_free(s);
}

void
seal_sum_free(struct seal_sum *s)
{
	if (s->ctx == NULL)
		return;
	if (s->mac && spare_mac == NULL)
		spare_mac = s->ctx;
	else if (s->mac)
		EVP_MAC_CTX_free(s->ctx);
	else if (spare_md == NULL)
		spare_md = s->ctx;
	else
		EVP_MD_CTX_free(s->ctx);
	s->ctx = NULL;
}

/*
 * One context for all: what costs is to find the digest by its name, some ten
 * times as much as the HMAC of a header itself.
 */
static EVP_MAC_CTX *
hmac_context(void)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[2];

	seal_init();		/* which comes here itself */
	if (hmac_ctx != NULL)
		return (hmac_ctx);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
	    digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	if ((hmac_ctx = EVP_MAC_CTX_new(hmac)) == NULL ||
	    EVP_MAC_CTX_set_params(hmac_ctx, params) != 1)
		fatal("HMAC: no context");
	return (hmac_ctx);
}

static void
hmac_two(const struct seal_key *key, const char *label, size_t nlabel,
    const void *p, size_t n, uint8_t out[32])
{
	EVP_MAC_CTX *ctx = hmac_context();
	size_t len;

	if (EVP_MAC_init(ctx, key->b, sizeof(key->b), NULL) != 1 ||
	    EVP_MAC_update(ctx, (const void *)label, nlabel) != 1 ||
	    EVP_MAC_update(ctx, p, n) != 1 ||
	    EVP_MAC_final(ctx, out, &len, 32) != 1 || len != 32)
		fatal("HMAC: no result");
}

void
seal_one_time(const struct seal_key *key,
    const uint8_t nonce[SEAL_NONCE_SIZE], uint8_t out[32])
{
	hmac_two(key, one_time_label, sizeof(one_time_label), nonce,
	    SEAL_NONCE_SIZE, out);
}

void
seal_header(const struct seal_key *key, const void *p, size_t n,
    uint8_t out[SEAL_SIZE])
{
	hmac_two(key, header_label, sizeof(header_label), p, n, out);
}

bool
seal_equal(const void *a, const void *b, size_t n)
{
	return (CRYPTO_memcmp(a, b, n) == 0);
}

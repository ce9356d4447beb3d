/* SPDX-License-Identifier: ISC */
/*
 * pair - keys and certificates out of PEM text, and signatures.
 *
 * The text is an administrator's, and may be any nonsense all the same. A
 * pair is taken only when a signature of the key verifies with the leaf.
 */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"

#include "tlskey.h"

#define RSA_BITS_MIN	1024
#define RSA_BITS_MAX	8192

struct block {			/* of PEM */
	char		*name, *header;
	unsigned char	*data;
	long		 n;
};

static void
block_fini(struct block *b)
{
	OPENSSL_secure_free(b->name);
	OPENSSL_secure_free(b->header);
	OPENSSL_secure_clear_free(b->data, (size_t)b->n);
	*b = (struct block){ .name = NULL };
}

static bool
block_next(BIO *bio, struct block *b)
{
	*b = (struct block){ .name = NULL };
	return (PEM_read_bio_ex(bio, &b->name, &b->header, &b->data, &b->n,
	    PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) == 1);
}

/* No more blocks is the one error that is none. */
static bool
ended_well(void)
{
	const unsigned long e = ERR_peek_last_error();
	const bool ok = ERR_GET_LIB(e) == ERR_LIB_PEM &&
	    ERR_GET_REASON(e) == PEM_R_NO_START_LINE;

	ERR_clear_error();
	return (ok);
}

static bool
is_key(const struct block *b)
{
	const size_t n = strlen(b->name);

	return (n >= 11 && strcmp(b->name + n - 11, "PRIVATE KEY") == 0);
}

static bool
is_cert(const struct block *b)
{
	return (strcmp(b->name, PEM_STRING_X509) == 0 ||
	    strcmp(b->name, PEM_STRING_X509_OLD) == 0);
}

static bool
refuse(const char *where, const char *why)
{
	const unsigned long e = ERR_peek_error();

	log_error("%s: %s%s%s", where, why, e != 0 ? ": " : "",
	    e != 0 ? ERR_reason_error_string(e) : "");
	ERR_clear_error();
	return (false);
}

static struct pair *
pair_new(void)
{
	struct pair *p = xcalloc(1, sizeof(*p));

	buf_init(&p->certs, TLSKEY_CERTS_MAX);
	return (p);
}

void
pair_free(struct pair **pp)
{
	struct pair *p = *pp;

	if (p == NULL)
		return;
	EVP_PKEY_free(p->key);		/* clears what is secret */
	buf_fini(&p->certs);
	xfree(pp);
}

static bool
add_cert(struct pair *p, const struct block *b, const char *where)
{
	const unsigned char *at = b->data;
	X509 *cert = d2i_X509(NULL, &at, b->n);
	const bool whole = cert != NULL && at == b->data + b->n;

	X509_free(cert);
	if (!whole)
		return (refuse(where, "a certificate is malformed"));
	if (buf_put(&p->certs, b->data, (size_t)b->n) < 0)
		return (refuse(where, "the chain is too long"));
	return (true);
}

static bool
set_key(struct pair *p, const struct block *b, const char *where)
{
	const unsigned char *at = b->data;

	if (strncmp(b->name, "ENCRYPTED", 9) == 0 || *b->header != '\0')
		return (refuse(where, "the key is encrypted"));
	p->key = d2i_AutoPrivateKey_ex(NULL, &at, b->n, NULL, NULL);
	if (p->key == NULL)
		return (refuse(where, "the key is malformed"));
	return (true);
}

static enum key_type
type_of(const EVP_PKEY *key)
{
	static const struct {
		const char	*group;
		enum key_type	 type;
	} curves[] = { { "prime256v1", KEY_P256 }, { "secp384r1", KEY_P384 },
	    { "secp521r1", KEY_P521 } };
	const int bits = EVP_PKEY_get_bits(key);
	char group[64];
	size_t n;

	if (EVP_PKEY_is_a(key, "RSA"))
		return (bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX ?
		    KEY_RSA : 0);
	if (EVP_PKEY_is_a(key, "ED25519"))
		return (KEY_ED25519);
	if (!EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), &n) != 1)
		return (0);
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (strcmp(curves[i].group, group) == 0)
			return (curves[i].type);
	return (0);
}

/* The one that is always there for a type. */
static const struct scheme *
first_scheme(enum key_type type)
{
	switch (type) {
	case KEY_RSA:
		return (scheme_find(0x0401));
	case KEY_ED25519:
		return (scheme_find(0x0807));
	case KEY_P256:
	case KEY_P384:
	case KEY_P521:
		break;
	}
	return (scheme_find(0x0403));
}

/* A key of which only the public half fits would fail at the first client. */
static bool
works(const struct pair *p, EVP_PKEY *pub)
{
	const struct scheme *scheme = first_scheme(p->type);
	const struct view text = VIEW("tlskey");
	unsigned char sig[TLSKEY_SIGNATURE_MAX];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = sizeof(sig);
	bool ok;

	ok = ctx != NULL && pair_sign(p, scheme, text, sig, &n) &&
	    EVP_DigestVerifyInit_ex(ctx, NULL, scheme->digest, NULL, NULL,
	    pub, NULL) == 1 && EVP_DigestVerify(ctx, sig, n,
	    (const unsigned char *)text.p, text.n) == 1;
	EVP_MD_CTX_free(ctx);
	return (ok);
}

static bool
identify(struct pair *p, const X509 *leaf)
{
	unsigned char *der = NULL;
	const int n = i2d_PUBKEY(X509_get0_pubkey(leaf), &der);
	const bool ok = n > 0 && EVP_Digest(der, (size_t)n, p->id, NULL,
	    EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	return (ok);
}

/* Is it whole, and one pair? */
static bool
finish(struct pair *p, const char *keywhere, const char *certwhere)
{
	const unsigned char *at = (const unsigned char *)p->certs.p;
	X509 *leaf;
	bool ok = false;

	if (p->key == NULL)
		return (refuse(keywhere, "there is no private key"));
	if (p->certs.n == 0)
		return (refuse(certwhere, "there is no certificate"));
	if ((p->type = type_of(p->key)) == 0)
		return (refuse(keywhere, "a key of this type, or of this "
		    "size, is not used"));
	leaf = d2i_X509(NULL, &at, (long)p->certs.n);
	if (leaf == NULL || X509_check_private_key(leaf, p->key) != 1)
		(void)refuse(keywhere, "the key is not that of its "
		    "certificate");
	else if (!works(p, X509_get0_pubkey(leaf)))
		(void)refuse(keywhere, "what the key signs does not verify");
	else
		ok = identify(p, leaf);
	X509_free(leaf);
	return (ok);
}

struct pair *
pair_read(struct view key, const char *keywhere, struct view certs,
    const char *certwhere)
{
	struct pair *p = pair_new();
	BIO *kb = BIO_new_mem_buf(key.p, (int)key.n);
	BIO *cb = BIO_new_mem_buf(certs.p, (int)certs.n);
	struct block b;
	bool ok = kb != NULL && cb != NULL;

	ERR_clear_error();
	while (ok && p->key == NULL && block_next(kb, &b)) {
		if (is_key(&b))
			ok = set_key(p, &b, keywhere);
		block_fini(&b);
	}
	if (ok && p->key == NULL && !ended_well())
		ok = refuse(keywhere, "not PEM");
	while (ok && block_next(cb, &b)) {
		if (is_cert(&b))
			ok = add_cert(p, &b, certwhere);
		block_fini(&b);
	}
	if (ok && !ended_well())
		ok = refuse(certwhere, "not PEM");
	BIO_free(kb);
	BIO_free(cb);
	if (!ok || !finish(p, keywhere, certwhere))
		pair_free(&p);
	return (p);
}

/* A block of a text with many pairs. */
static bool
take_block(const struct block *b, const char *where, struct pair **out,
    size_t *n, size_t room)
{
	if (is_key(b)) {
		if (*n > 0 && !finish(out[*n - 1], where, where))
			return (false);
		if (*n == room)
			return (refuse(where, "too many keys"));
		out[(*n)++] = pair_new();
		return (set_key(out[*n - 1], b, where));
	}
	if (!is_cert(b))
		return (true);		/* parameters of curves, and such */
	if (*n == 0)
		return (refuse(where, "a certificate in front of its key"));
	return (add_cert(out[*n - 1], b, where));
}

int
pairs_read(struct view text, const char *where, struct pair **out,
    size_t room)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
	struct block b;
	size_t n = 0;
	bool ok = bio != NULL;

	ERR_clear_error();
	while (ok && block_next(bio, &b)) {
		ok = take_block(&b, where, out, &n, room);
		block_fini(&b);
	}
	if (ok && !ended_well())
		ok = refuse(where, "not PEM");
	if (ok && n == 0)
		ok = refuse(where, "there is no private key");
	if (ok)
		ok = finish(out[n - 1], where, where);
	BIO_free(bio);
	while (!ok && n > 0)
		pair_free(&out[--n]);
	return (ok ? (int)n : -1);
}

bool
pair_sign(const struct pair *p, const struct scheme *scheme, struct view tbs,
    unsigned char *out, size_t *n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	bool ok;

	ok = ctx != NULL && EVP_DigestSignInit_ex(ctx, &pctx, scheme->digest,
	    NULL, NULL, p->key, NULL) == 1;
	if (ok && scheme->pss)
		ok = EVP_PKEY_CTX_set_rsa_padding(pctx,
		    RSA_PKCS1_PSS_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx,
		    RSA_PSS_SALTLEN_DIGEST) == 1;
	ok = ok && EVP_DigestSign(ctx, out, n, (const unsigned char *)tbs.p,
	    tbs.n) == 1;
	EVP_MD_CTX_free(ctx);
	return (ok);
}

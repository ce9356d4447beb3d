/* SPDX-License-Identifier: ISC */
/*
 * provider - RSA, ECDSA and Ed25519 for libcrypto, without private keys.
 *
 * libssl asks libcrypto's own provider first, and comes here when the key
 * cannot be exported to it: so an export with the private part fails, that of
 * the public part works, since a certificate is compared with its key. The
 * only operation is the signature of a whole text, as libssl makes it: who
 * holds the key can then see what it is.
 */
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <string.h>

#include "base/xalloc.h"

#include "provider.h"

#define NAME	"tlskey"
#define MINE	"provider=" NAME
#define THEIRS	"provider=default"

/* A function as libcrypto's tables have it. */
#define FN(f)	((void (*)(void))(f))

struct key {
	const char	*type;		/* "RSA", "EC", "ED25519" */
	EVP_PKEY	*pub;		/* of the default provider */
	uint8_t		 id[TLSKEY_ID_LEN];
};

struct signing {
	const struct key *key;
	int		 md;		/* NID, NID_undef for Ed25519 */
	bool		 pss;
};

static bool
fail(const char *why)
{
	ERR_raise_data(ERR_LIB_PROV, ERR_R_OPERATION_FAIL, "%s", why);
	return (false);
}

/* Keys. */

static void *
key_new(const char *type)
{
	struct key *k = xcalloc(1, sizeof(*k));

	k->type = type;
	return (k);
}

static void *
key_new_rsa(void *provider)
{
	(void)provider;
	return (key_new("RSA"));
}

static void *
key_new_ec(void *provider)
{
	(void)provider;
	return (key_new("EC"));
}

static void *
key_new_ed25519(void *provider)
{
	(void)provider;
	return (key_new("ED25519"));
}

static void
key_free(void *data)
{
	struct key *k = data;

	if (k == NULL)
		return;
	EVP_PKEY_free(k->pub);
	xfree(&k);
}

/* SHA-256 of the SubjectPublicKeyInfo: what tlskey(8) knows it by. */
static bool
identify(struct key *k)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(k->pub, &der);
	bool ok;

	ok = n > 0 && EVP_Digest(der, (size_t)n, k->id, NULL, EVP_sha256(),
	    NULL) == 1;
	OPENSSL_free(der);
	return (ok);
}

static int
key_import(void *data, int selection, const OSSL_PARAM params[])
{
	struct key *k = data;
	EVP_PKEY_CTX *ctx;
	OSSL_PARAM *copy;
	bool ok;

	(void)selection;
	if (k->pub != NULL)
		return (0);
	ctx = EVP_PKEY_CTX_new_from_name(NULL, k->type, THEIRS);
	copy = OSSL_PARAM_dup(params);
	ok = ctx != NULL && copy != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &k->pub, EVP_PKEY_PUBLIC_KEY, copy) == 1 &&
	    identify(k);
	OSSL_PARAM_free(copy);
	EVP_PKEY_CTX_free(ctx);
	return (ok);
}

static int
key_export(void *data, int selection, OSSL_CALLBACK *give, void *arg)
{
	const struct key *k = data;

	if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 ||
	    k->pub == NULL)
		return (0);
	return (EVP_PKEY_export(k->pub, EVP_PKEY_PUBLIC_KEY, give, arg));
}

/* What may come in, and go out: the public part of each type. */
static const OSSL_PARAM *
key_types(int selection)
{
	static const OSSL_PARAM types[] = {
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_END
	};

	(void)selection;
	return (types);
}

static const OSSL_PARAM *
key_gettable(void *provider)
{
	static const OSSL_PARAM known[] = {
		OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL,
		    0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL,
		    0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
		    NULL, 0),
		OSSL_PARAM_END
	};

	(void)provider;
	return (known);
}

static int
key_get_params(void *data, OSSL_PARAM params[])
{
	const struct key *k = data;

	return (k->pub != NULL && EVP_PKEY_get_params(k->pub, params));
}

/* It is as good as a whole one, for all that libssl asks. */
static int
key_has(const void *data, int selection)
{
	const struct key *k = data;

	(void)selection;
	return (k->pub != NULL);
}

static int
key_match(const void *a, const void *b, int selection)
{
	const struct key *x = a, *y = b;

	if (x->pub == NULL || y->pub == NULL)
		return (0);
	if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == 0)
		return (EVP_PKEY_parameters_eq(x->pub, y->pub) == 1);
	return (memcmp(x->id, y->id, sizeof(x->id)) == 0);
}

static const char *
ec_operation(int operation)
{
	return (operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL);
}

#define KEY_FUNCTIONS							\
	{ OSSL_FUNC_KEYMGMT_FREE, FN(key_free) },			\
	{ OSSL_FUNC_KEYMGMT_GET_PARAMS, FN(key_get_params) },		\
	{ OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, FN(key_gettable) },	\
	{ OSSL_FUNC_KEYMGMT_HAS, FN(key_has) },				\
	{ OSSL_FUNC_KEYMGMT_MATCH, FN(key_match) },			\
	{ OSSL_FUNC_KEYMGMT_IMPORT, FN(key_import) },			\
	{ OSSL_FUNC_KEYMGMT_IMPORT_TYPES, FN(key_types) },		\
	{ OSSL_FUNC_KEYMGMT_EXPORT, FN(key_export) },			\
	{ OSSL_FUNC_KEYMGMT_EXPORT_TYPES, FN(key_types) },		\
	{ 0, NULL }

static const OSSL_DISPATCH rsa_keys[] = {
	{ OSSL_FUNC_KEYMGMT_NEW, FN(key_new_rsa) },
	KEY_FUNCTIONS
};
static const OSSL_DISPATCH ec_keys[] = {
	{ OSSL_FUNC_KEYMGMT_NEW, FN(key_new_ec) },
	{ OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, FN(ec_operation) },
	KEY_FUNCTIONS
};
static const OSSL_DISPATCH ed25519_keys[] = {
	{ OSSL_FUNC_KEYMGMT_NEW, FN(key_new_ed25519) },
	KEY_FUNCTIONS
};

/* Signatures. */

static void *
signing_new(void *provider, const char *propq)
{
	(void)provider;
	(void)propq;
	return (xcalloc(1, sizeof(struct signing)));
}

static void
signing_free(void *data)
{
	struct signing *s = data;

	xfree(&s);
}

static void *
signing_dup(void *data)
{
	struct signing *copy = xcalloc(1, sizeof(*copy));

	*copy = *(const struct signing *)data;
	return (copy);
}

/* The SignatureScheme; 0: none that TLS 1.2 or later has. */
static uint32_t
scheme_of(const struct signing *s)
{
	static const struct {
		int		md;
		uint32_t	pkcs1, pss, ecdsa;
	} hashes[] = {
		{ NID_sha256, 0x0401, 0x0804, 0x0403 },
		{ NID_sha384, 0x0501, 0x0805, 0x0503 },
		{ NID_sha512, 0x0601, 0x0806, 0x0603 },
	};

	if (strcmp(s->key->type, "ED25519") == 0)
		return (s->md == NID_undef ? 0x0807 : 0);
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		if (hashes[i].md != s->md)
			continue;
		if (strcmp(s->key->type, "EC") == 0)
			return (hashes[i].ecdsa);
		return (s->pss ? hashes[i].pss : hashes[i].pkcs1);
	}
	return (0);
}

static int
set_padding(struct signing *s, const OSSL_PARAM *p)
{
	int mode;

	if (p->data_type == OSSL_PARAM_UTF8_STRING)
		mode = strcmp(p->data, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0 ?
		    RSA_PKCS1_PSS_PADDING :
		    strcmp(p->data, OSSL_PKEY_RSA_PAD_MODE_PKCSV15) == 0 ?
		    RSA_PKCS1_PADDING : 0;
	else if (!OSSL_PARAM_get_int(p, &mode))
		return (0);
	if (mode != RSA_PKCS1_PSS_PADDING && mode != RSA_PKCS1_PADDING)
		return (fail("padding"));
	s->pss = mode == RSA_PKCS1_PSS_PADDING;
	return (1);
}

/* Of TLS there is only one: as long as the digest. */
static int
check_salt(const OSSL_PARAM *p)
{
	int n;

	if (p->data_type == OSSL_PARAM_UTF8_STRING)
		return (strcmp(p->data, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST) ==
		    0 || fail("length of salt"));
	return ((OSSL_PARAM_get_int(p, &n) && n == RSA_PSS_SALTLEN_DIGEST) ||
	    fail("length of salt"));
}

static int
signing_set(void *data, const OSSL_PARAM params[])
{
	struct signing *s = data;
	const OSSL_PARAM *p;

	if (params == NULL)
		return (1);
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
	if (p != NULL && !set_padding(s, p))
		return (0);
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
	return (p == NULL || check_salt(p));
}

static const OSSL_PARAM *
signing_settable(void *data, void *provider)
{
	static const OSSL_PARAM rsa[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL,
		    0),
		OSSL_PARAM_END
	};

	(void)data;
	(void)provider;
	return (rsa);
}

static int
signing_init(void *data, const char *md, void *keydata,
    const OSSL_PARAM params[])
{
	struct signing *s = data;
	const EVP_MD *digest;

	if (keydata != NULL)
		s->key = keydata;
	if (s->key == NULL || s->key->pub == NULL)
		return (0);
	s->md = NID_undef;
	s->pss = false;
	if (md != NULL && *md != '\0') {
		if ((digest = EVP_get_digestbyname(md)) == NULL)
			return (fail("unknown digest"));
		s->md = EVP_MD_get_type(digest);
	}
	return (signing_set(s, params) &&
	    (scheme_of(s) != 0 || fail("no scheme of TLS 1.2")));
}

static int
signing_sign(void *data, unsigned char *sig, size_t *n, size_t room,
    const unsigned char *tbs, size_t tbslen)
{
	const struct signing *s = data;
	const int max = EVP_PKEY_get_size(s->key->pub);

	if (max <= 0)
		return (0);
	if (sig == NULL) {
		*n = (size_t)max;
		return (1);
	}
	*n = room;
	return (tls_key_sign(s->key->id, scheme_of(s),
	    (struct view){ (const char *)tbs, tbslen }, sig, n) ||
	    fail("tlskey did not sign"));
}

static const OSSL_DISPATCH signatures[] = {
	{ OSSL_FUNC_SIGNATURE_NEWCTX, FN(signing_new) },
	{ OSSL_FUNC_SIGNATURE_FREECTX, FN(signing_free) },
	{ OSSL_FUNC_SIGNATURE_DUPCTX, FN(signing_dup) },
	{ OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, FN(signing_init) },
	{ OSSL_FUNC_SIGNATURE_DIGEST_SIGN, FN(signing_sign) },
	{ OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, FN(signing_set) },
	{ OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, FN(signing_settable) },
	{ 0, NULL }
};

/* The provider. The names are those of the default one. */

static const OSSL_ALGORITHM keymgmt[] = {
	{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", MINE, rsa_keys, NAME },
	{ "EC:id-ecPublicKey:1.2.840.10045.2.1", MINE, ec_keys, NAME },
	{ "ED25519:1.3.101.112", MINE, ed25519_keys, NAME },
	{ NULL, NULL, NULL, NULL }
};
static const OSSL_ALGORITHM signature[] = {
	{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", MINE, signatures, NAME },
	{ "ECDSA", MINE, signatures, NAME },
	{ "ED25519:1.3.101.112", MINE, signatures, NAME },
	{ NULL, NULL, NULL, NULL }
};

static const OSSL_ALGORITHM *
query(void *provider, int operation, int *no_cache)
{
	(void)provider;
	*no_cache = 0;
	if (operation == OSSL_OP_KEYMGMT)
		return (keymgmt);
	return (operation == OSSL_OP_SIGNATURE ? signature : NULL);
}

static const OSSL_DISPATCH functions[] = {
	{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, FN(query) },
	{ 0, NULL }
};

static int
init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **provider)
{
	static int dummy;

	(void)handle;
	(void)in;
	*out = functions;
	*provider = &dummy;
	return (1);
}

bool
provider_load(void)
{
	/* Where both have an algorithm, it is the other one's. */
	return (OSSL_PROVIDER_load(NULL, "default") != NULL &&
	    OSSL_PROVIDER_add_builtin(NULL, NAME, init) == 1 &&
	    OSSL_PROVIDER_load(NULL, NAME) != NULL &&
	    EVP_set_default_properties(NULL, "?" THEIRS) == 1);
}

EVP_PKEY *
provider_key(const EVP_PKEY *pub)
{
	static const char *const types[] = { "RSA", "EC", "ED25519" };
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx;
	OSSL_PARAM *params = NULL;
	const char *type = NULL;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (EVP_PKEY_is_a(pub, types[i]))
			type = types[i];
	if (type == NULL ||
	    (ctx = EVP_PKEY_CTX_new_from_name(NULL, type, MINE)) == NULL)
		return (NULL);
	if (EVP_PKEY_todata(pub, EVP_PKEY_PUBLIC_KEY, &params) == 1 &&
	    EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return (key);
}

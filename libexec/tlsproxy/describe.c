/* SPDX-License-Identifier: ISC */
/*
 * describe - what was agreed on, as texts for logs, headers and access rules.
 *
 * Names out of a certificate are a stranger's words: they are made printable
 * here, and one with a NUL in it is none.
 */
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/log.h"

#include "tlsproxy.h"

static const char *
clean(struct arena *a, const char *p, size_t n, size_t max)
{
	char *text;

	if (memchr(p, '\0', n) != NULL)
		return ("");
	text = arena_strn(a, p, n < max ? n : max);
	printable(text, strlen(text));
	return (text);
}

/* The last CN of a name, as UTF-8. */
static const char *
common_name(struct arena *a, const X509_NAME *name)
{
	int at = -1, last = -1, n;
	unsigned char *utf8;
	const char *text;

	while ((at = X509_NAME_get_index_by_NID((X509_NAME *)(uintptr_t)name,
	    NID_commonName, at)) >= 0)
		last = at;
	if (last < 0)
		return ("");
	n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(
	    X509_NAME_get_entry(name, last)));
	if (n < 0)
		return ("");
	text = clean(a, (const char *)utf8, (size_t)n, TLS_NAME_MAX);
	OPENSSL_free(utf8);
	return (text);
}

const char *
describe_digest(struct arena *a, const char *digest, struct view bytes)
{
	EVP_MD *md = EVP_MD_fetch(NULL, digest, NULL);
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned n = 0, i;
	char *text = arena_str(a, "");

	if (md != NULL && EVP_Digest(bytes.p, bytes.n, out, &n, md, NULL) ==
	    1 && n > 0) {
		text = arena_get(a, n * 3 + 1);
		for (i = 0; i < n; i++)
			(void)snprintf(text + i * 3, 4, "%02X%s", out[i],
			    i + 1 < n ? ":" : "");
	}
	EVP_MD_free(md);
	return (text);
}

static void
fingerprints(struct session_tls *t, X509 *cert, struct msg_tls_done *out)
{
	const char *digest = t->service->digest;
	unsigned char *der = NULL;
	int n;

	if ((n = i2d_X509(cert, &der)) > 0)
		out->cert_fp = describe_digest(t->arena, digest,
		    (struct view){ (const char *)der, (size_t)n });
	OPENSSL_free(der);
	der = NULL;
	if ((n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der)) > 0)
		out->pkey_fp = describe_digest(t->arena, digest,
		    (struct view){ (const char *)der, (size_t)n });
	OPENSSL_free(der);
}

static void
peer(struct session_tls *t, struct msg_tls_done *out)
{
	X509 *cert = SSL_get0_peer_certificate(t->ssl);
	long rc = SSL_get_verify_result(t->ssl);

	if (t->client || (SSL_get_verify_mode(t->ssl) & SSL_VERIFY_PEER) != 0)
		out->flags |= TLS_F_ASKED;
	if (cert == NULL)
		return;
	out->flags |= TLS_F_CERT;
	if (rc == X509_V_OK)
		out->flags |= TLS_F_TRUSTED;
	else
		out->verify = X509_verify_cert_error_string(rc);
	out->subject = common_name(t->arena, X509_get_subject_name(cert));
	out->issuer = common_name(t->arena, X509_get_issuer_name(cert));
	fingerprints(t, cert, out);
}

static const char *
curve_of(struct arena *a, EVP_PKEY *key)
{
	char name[80];

	if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1)
		return (NULL);
	return (arena_str(a, name));
}

/* RFC 8446: what makes the session's secret. */
static const char *
key_exchange(struct session_tls *t)
{
	EVP_PKEY *key = NULL;
	const char *text = "", *curve;

	if (SSL_get_peer_tmp_key(t->ssl, &key) != 1)
		return ("");
	if (EVP_PKEY_is_a(key, "EC")) {
		curve = curve_of(t->arena, key);
		text = arena_printf(t->arena, "ECDHE (%s)", curve != NULL ?
		    curve : "unknown");
	} else if (EVP_PKEY_is_a(key, "DH"))
		text = arena_printf(t->arena, "DHE (%d bits)",
		    EVP_PKEY_get_bits(key));
	else
		text = arena_str(t->arena, EVP_PKEY_get0_type_name(key));
	EVP_PKEY_free(key);
	return (text);
}

/* "RSA-PSS (2048 bits)" and the digest of a signature in the handshake. */
static void
signature(struct session_tls *t, int type, int digest, X509 *cert,
    const char **sig, const char **md)
{
	EVP_PKEY *key = cert != NULL ? X509_get0_pubkey(cert) : NULL;
	const char *curve, *name = "RSA";

	if (key == NULL || type == NID_undef)
		return;
	if (type == EVP_PKEY_EC) {
		curve = curve_of(t->arena, key);
		*sig = arena_printf(t->arena, "ECDSA (%s)", curve != NULL ?
		    curve : "unknown");
	} else if (type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448)
		*sig = OBJ_nid2sn(type);
	else {
		if (type == EVP_PKEY_RSA_PSS)
			name = "RSA-PSS";
		*sig = arena_printf(t->arena, "%s (%d bits)", name,
		    EVP_PKEY_get_bits(key));
	}
	if (digest != NID_undef)
		*md = OBJ_nid2sn(digest);
}

/* Of TLS 1.3 only: before, the name of the cipher says it. */
static void
signatures(struct session_tls *t, struct msg_tls_done *out)
{
	const char **own = t->client ? &out->client_sig : &out->server_sig;
	const char **own_md = t->client ? &out->client_digest :
	    &out->server_digest;
	const char **other = t->client ? &out->server_sig : &out->client_sig;
	const char **other_md = t->client ? &out->server_digest :
	    &out->client_digest;
	int type = NID_undef, digest = NID_undef;

	if (SSL_session_reused(t->ssl))
		return;
	if (SSL_get_signature_type_nid(t->ssl, &type) == 1 &&
	    SSL_get_signature_nid(t->ssl, &digest) == 1)
		signature(t, type, digest, SSL_get_certificate(t->ssl), own,
		    own_md);
	type = digest = NID_undef;
	if (SSL_get_peer_signature_type_nid(t->ssl, &type) == 1 &&
	    SSL_get_peer_signature_nid(t->ssl, &digest) == 1)
		signature(t, type, digest, SSL_get0_peer_certificate(t->ssl),
		    other, other_md);
}

static const char *
server_name(struct session_tls *t)
{
	const char *name = SSL_get_servername(t->ssl,
	    TLSEXT_NAMETYPE_host_name), *text = "";
	struct buf b;

	if (name == NULL)
		return ("");
	buf_init(&b, TLS_NAME_MAX);
	if (words_server_name(view_of(name), &b))
		text = arena_strn(t->arena, b.p, b.n);
	buf_fini(&b);
	return (text);
}

void
describe(struct session_tls *t, struct msg_tls_done *out)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(t->ssl);
	int alg_bits = 0;

	*out = (struct msg_tls_done){ .status = TLS_OK };
	out->protocol = SSL_get_version(t->ssl);
	out->cipher = SSL_CIPHER_get_name(cipher);
	out->bits = (uint32_t)SSL_CIPHER_get_bits(cipher, &alg_bits);
	out->alg_bits = (uint32_t)alg_bits;
	out->sni = server_name(t);
	if (SSL_session_reused(t->ssl))
		out->flags |= TLS_F_REUSED;
	peer(t, out);
	if (t->client && client_matched(t, out))
		out->flags |= TLS_F_MATCHED;
	if (SSL_version(t->ssl) >= TLS1_3_VERSION) {
		out->kex = key_exchange(t);
		signatures(t, out);
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * client - the client's side: what a server's certificate is judged by.
 *
 * The caller says which names, fingerprints, TLSA records or authorities
 * count, and which protocols and ciphers; it is told whether one fits
 * (TLS_F_MATCHED) and decides itself what that means to the mail.
 */
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <bsd/string.h>
#include <string.h>

#include "base/log.h"

#include "tlsproxy.h"

static bool
next(struct chan *ch, enum verb want, struct mono by, void *msg)
{
	enum verb verb;

	if (chan_next(ch, by, &verb) != CHAN_MESSAGE)
		return (false);
	if (verb == want)
		return (chan_get(ch, msg));
	chan_refuse(ch, "not at this point");
	return (false);
}

static bool
take_matches(struct session_tls *t, struct chan *ch, uint32_t n,
    struct mono by)
{
	struct msg_tls_match m;

	t->matches = arena_array(t->arena, n + 1, sizeof(*t->matches));
	while (t->nmatches < n) {
		if (!next(ch, V_tls_match, by, &m))
			return (false);
		t->matches[t->nmatches++] = arena_str(t->arena, m.text);
	}
	return (true);
}

/* RFC 7671: a record that cannot be used is as if it were not there. */
static bool
take_records(struct session_tls *t, struct chan *ch, uint32_t n,
    struct mono by)
{
	struct msg_tls_record r;

	for (; n > 0; n--) {
		if (!next(ch, V_tls_record, by, &r))
			return (false);
		/* RFC 7672 3.1.3: PKIX-TA and PKIX-EE are not for SMTP. */
		if (r.usage != 2 && r.usage != 3)
			continue;
		if (SSL_dane_tlsa_add(t->ssl, (uint8_t)r.usage,
		    (uint8_t)r.selector, (uint8_t)r.mtype,
		    (const unsigned char *)r.data.p, r.data.n) > 0)
			t->dane = true;
	}
	(void)problem_text(NULL);
	return (true);
}

static bool
take_anchors(struct session_tls *t, struct chan *ch, uint32_t n,
    struct mono by)
{
	X509_STORE *store = SSL_CTX_get_cert_store(t->ctx);
	const unsigned char *p;
	struct msg_tls_anchor a;
	X509 *cert;
	bool ok;

	for (; n > 0; n--) {
		if (!next(ch, V_tls_anchor, by, &a))
			return (false);
		p = (const unsigned char *)a.der.p;
		cert = d2i_X509(NULL, &p, (long)a.der.n);
		ok = cert != NULL && X509_STORE_add_cert(store, cert) == 1;
		X509_free(cert);
		if (!ok) {
			chan_refuse(ch, "a trust anchor is no certificate");
			return (false);
		}
	}
	return (true);
}

/* The name for SNI; with TLSA records the one that they are about. */
static bool
name_server(struct session_tls *t, const struct msg_tls_client *m)
{
	char name[TLS_NAME_MAX + 1];	/* OpenSSL's macro takes no const */

	(void)strlcpy(name, m->sni, sizeof(name));
	if (m->records > 0) {
		if (SSL_dane_enable(t->ssl, m->sni[0] != '\0' ? m->sni :
		    NULL) <= 0)
			return (false);
		/* DANE-EE: RFC 7672 3.1.1, no name is checked. */
		(void)SSL_dane_set_flags(t->ssl,
		    DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	}
	return (m->sni[0] == '\0' ||
	    SSL_set_tlsext_host_name(t->ssl, name) == 1);
}

bool
client_order(struct session_tls *t, struct chan *ch,
    const struct msg_tls_client *m, struct mono by)
{
	const uint32_t matches = m->matches, records = m->records;
	const uint32_t anchors = m->anchors;

	t->level = (enum tls_level)m->level;
	if ((t->ctx = context_client(t->service, m)) == NULL ||
	    (t->ssl = SSL_new(t->ctx)) == NULL || !name_server(t, m)) {
		log_warn("TLS library problem: %s", problem_text(t->arena));
		return (false);
	}
	/* "m" points into a frame that the next message replaces. */
	return (take_matches(t, ch, matches, by) &&
	    take_records(t, ch, records, by) &&
	    take_anchors(t, ch, anchors, by));
}

/* A name of the certificate; ".example.com" is any name below. */
static bool
has_name(const struct session_tls *t, X509 *cert)
{
	unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

	if (cf->tls_wildcard_matches_multiple_labels)
		flags |= X509_CHECK_FLAG_MULTI_LABEL_WILDCARDS;
	for (size_t i = 0; i < t->nmatches; i++) {
		if (X509_check_host(cert, t->matches[i], 0, flags, NULL) == 1)
			return (true);
	}
	return (false);
}

static bool
has_fingerprint(const struct session_tls *t, const struct msg_tls_done *d)
{
	for (size_t i = 0; i < t->nmatches; i++) {
		if (view_ieq(view_of(t->matches[i]), d->cert_fp) ||
		    view_ieq(view_of(t->matches[i]), d->pkey_fp))
			return (true);
	}
	return (false);
}

bool
client_matched(const struct session_tls *t, const struct msg_tls_done *d)
{
	X509 *cert = SSL_get0_peer_certificate(t->ssl);

	if (cert == NULL)
		return (false);
	switch (t->level) {
	case TLS_FINGERPRINT:
		return (has_fingerprint(t, d));
	case TLS_DANE:
	case TLS_DANE_ONLY:
		return (t->dane && SSL_get_verify_result(t->ssl) ==
		    X509_V_OK);
	case TLS_VERIFY:
	case TLS_SECURE:
		return ((d->flags & TLS_F_TRUSTED) != 0 && has_name(t, cert));
	case TLS_NONE:
	case TLS_MAY:
	case TLS_ENCRYPT:
		break;
	}
	return (false);
}

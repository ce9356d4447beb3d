/* SPDX-License-Identifier: ISC */
/*
 * keys - certificates come from tlskey(8), and so do signatures.
 *
 * The supervisor puts the certificates into its contexts. A worker opens a
 * channel of its own, before it reads a byte of a stranger, and gives up the
 * way to tlskey then: it can ask for signatures of this service, no other.
 */
#include <errno.h>
#include <openssl/ssl.h>
#include <string.h>

#include "base/log.h"
#include "broker/role.h"
#include "tls/tls_key.h"

#include "tlsproxy.h"

#define KEY_SERVICE	"tlskey"
#define KEY_WAIT	span_s(10)

static struct chan *channel;		/* of this worker */
static struct service *current;		/* its service */
static struct mono until;		/* answers are waited for */

void
keys_prepare(void)
{
	tls_key_prepare();
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG |
	    OPENSSL_INIT_LOAD_SSL_STRINGS, NULL) != 1)
		fatal("cannot start libssl");
	until = mono_in(KEY_WAIT);	/* for all services together */
}

/* "name/type" of "smtpd:name/type". */
static const char *
name_of(const struct service *s)
{
	return (strchr(s->key, ':') + 1);
}

static int
install(SSL_CTX *ctx, const struct tls_keys *keys)
{
	int n = 0;

	for (size_t i = 0; i < keys->n; i++) {
		const struct tls_key *k = &keys->keys[i];

		if (SSL_CTX_use_cert_and_key(ctx, k->leaf, k->key, k->others,
		    1) == 1)
			n++;
	}
	return (n);
}

int
keys_install(SSL_CTX *ctx, struct service *s)
{
	struct chan *ch = channel != NULL ? channel : role_dial(KEY_SERVICE);
	int n = 0;

	if (ch == NULL) {
		log_warn("connect to service %s: %m", KEY_SERVICE);
		return (0);
	}
	tls_keys_free(&s->keys);
	s->keys = tls_keys_get(ch, name_of(s), s->purpose, until);
	if (s->keys == NULL)
		log_warn("%s: certificates from service %s: %m", s->key,
		    KEY_SERVICE);
	else if ((n = install(ctx, s->keys)) == 0)
		log_warn("%s: there is no certificate that can be used",
		    s->key);
	if (ch != channel)
		chan_free(&ch);
	return (n);
}

bool
keys_open(struct service *s)
{
	int rc;

	if (s->anonymous)
		return (s->purpose != TLSKEY_SERVER || s->ctx != NULL);
	current = s;
	until = mono_in(KEY_WAIT);
	if ((channel = role_dial(KEY_SERVICE)) == NULL) {
		log_warn("connect to service %s: %m", KEY_SERVICE);
		return (false);
	}
	rc = tls_key_use(channel, name_of(s), s->purpose, s->keys, until);
	if (rc < 0) {
		log_warn("%s: certificates from service %s: %m", s->key,
		    KEY_SERVICE);
		return (false);
	}
	/* A client makes its context itself, with whatever there is. */
	if (s->purpose != TLSKEY_SERVER)
		return (true);
	if (rc == 0) {
		/* Renewed since our supervisor looked. */
		role_outdated();
		s->ctx = context_server(s);
	}
	return (s->ctx != NULL);
}

/* The certificates for a name: those of the service if there are no others. */
static int
use_name(SSL *ssl, const char *name)
{
	struct tls_keys *keys;
	int rc = SSL_TLSEXT_ERR_OK;

	keys = tls_keys_of_name(channel, name, mono_in(KEY_WAIT));
	if (keys == NULL) {
		log_warn("%s: certificates of %s from service %s: %m",
		    current->key, name, KEY_SERVICE);
		return (SSL_TLSEXT_ERR_ALERT_FATAL);
	}
	if (keys->n > 0)
		SSL_certs_clear(ssl);
	for (size_t i = 0; i < keys->n; i++) {
		const struct tls_key *k = &keys->keys[i];

		if (SSL_use_cert_and_key(ssl, k->leaf, k->key, k->others,
		    1) != 1)
			rc = SSL_TLSEXT_ERR_ALERT_FATAL;
	}
	tls_keys_free(&keys);
	return (rc);
}

int
keys_for_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	int rc = SSL_TLSEXT_ERR_OK;
	struct buf b;

	(void)alert;
	(void)arg;
	if (name == NULL || channel == NULL ||
	    current->p->tls_server_sni_maps[0] == '\0')
		return (SSL_TLSEXT_ERR_NOACK);
	buf_init(&b, TLS_NAME_MAX);
	if (words_server_name(view_of(name), &b))
		rc = use_name(ssl, buf_str(&b));
	buf_fini(&b);
	return (rc);
}

void
keys_shut(void)
{
	role_forget(KEY_SERVICE);
}

void
keys_close(void)
{
	chan_free(&channel);
}

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

void
keys_prepare(void)
{
	tls_key_prepare();
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
	s->keys = tls_keys_get(ch, name_of(s), TLSKEY_SERVER,
	    mono_in(KEY_WAIT));
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
		return (s->ctx != NULL);
	if ((channel = role_dial(KEY_SERVICE)) == NULL) {
		log_warn("connect to service %s: %m", KEY_SERVICE);
		return (false);
	}
	rc = tls_key_use(channel, name_of(s), TLSKEY_SERVER, s->keys,
	    mono_in(KEY_WAIT));
	if (rc < 0) {
		log_warn("%s: certificates from service %s: %m", s->key,
		    KEY_SERVICE);
		return (false);
	}
	if (rc == 0) {
		/* Renewed since our supervisor looked. */
		role_outdated();
		s->ctx = context_server(s);
	}
	return (s->ctx != NULL);
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

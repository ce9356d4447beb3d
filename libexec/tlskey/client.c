/* SPDX-License-Identifier: ISC */
/*
 * client - channels: which certificates there are, and signatures.
 *
 * The other end speaks with strangers and may be theirs by now. It has said
 * which service it is for before it heard them, and is held to that; for it
 * nothing is signed but handshakes, and only so many. Whoever asks for
 * anything else is thrown out, and in the log.
 */
#include <openssl/err.h>

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"

#include "tlskey.h"

struct client {
	struct chan		*chan;
	char			*service;	/* NULL: not opened */
	char			*name;		/* of the other side; or NULL */
	enum tlskey_purpose	 purpose;
	int64_t			 nsigned;
};

static size_t	nclients;
static void	(*when_none)(void);
static unsigned	nprocesses = 1;

static void
client_free(struct client *c)
{
	chan_free(&c->chan);
	xfree(&c->service);
	xfree(&c->name);
	xfree(&c);
	if (--nclients == 0 && when_none != NULL)
		when_none();
}

void
client_share(unsigned processes)
{
	nprocesses = processes;
}

void
client_drain(void (*done)(void))
{
	when_none = done;
	if (nclients == 0)
		done();
}

/* False, so that the channel ends. */
static bool
refuse(struct client *c, const char *why)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "service %s: %s",
	    c->service != NULL ? c->service : "unknown", why);
	chan_refuse(c->chan, text);
	return (false);
}

static struct set *
service_set(const struct client *c)
{
	return (store_find(c->service, c->purpose));
}

/* What chains are asked of: those of the name, or of the service. */
static struct set *
current_set(const struct client *c)
{
	return (c->name != NULL ? sni_find(c->name) : service_set(c));
}

static bool
tell_set(struct client *c, const struct set *s)
{
	static const uint8_t none[TLSKEY_ID_LEN];
	const struct msg_tlskey_opened m = {
		.chains = s != NULL ? (uint32_t)s->n : 0,
		.serial = { (const char *)(s != NULL ? s->serial : none),
		    TLSKEY_ID_LEN }
	};

	return (chan_put(c->chan, V_tlskey_opened, &m) == 0);
}

static bool
on_open(struct client *c)
{
	struct msg_tlskey_open m;

	if (!chan_get(c->chan, &m))
		return (false);
	if (c->service == NULL) {
		c->service = xstrdup(m.service);
		c->purpose = (enum tlskey_purpose)m.purpose;
	} else if (strcmp(c->service, m.service) != 0 ||
	    c->purpose != m.purpose)
		return (refuse(c, "the channel is for another service"));
	xfree(&c->name);
	return (tell_set(c, service_set(c)));
}

static bool
on_name(struct client *c)
{
	struct msg_tlskey_name m;

	if (!chan_get(c->chan, &m))
		return (false);
	if (c->purpose != TLSKEY_SERVER)
		return (refuse(c, "names are for servers"));
	xfree(&c->name);
	c->name = xstrdup(m.name);
	return (tell_set(c, current_set(c)));
}

static bool
on_chain(struct client *c)
{
	struct msg_tlskey_chain m;
	struct msg_tlskey_certs answer;
	const struct set *s;

	if (!chan_get(c->chan, &m))
		return (false);
	s = current_set(c);
	if (s == NULL || m.number >= s->n)
		return (refuse(c, "there is no such chain"));
	answer.certs = buf_view(&s->pairs[m.number]->certs);
	return (chan_put(c->chan, V_tlskey_certs, &answer) == 0);
}

static struct pair *
find_key(const struct set *s, struct view id)
{
	if (s == NULL || id.n != TLSKEY_ID_LEN)
		return (NULL);
	for (size_t i = 0; i < s->n; i++)
		if (memcmp(s->pairs[i]->id, id.p, id.n) == 0)
			return (s->pairs[i]);
	return (NULL);
}

/* A second's signatures can be made at once, then they come one by one. */
static bool
take_token(struct set *s)
{
	const double rate = (double)cf->tlskey_rate_limit / nprocesses;
	const struct mono now = mono_now();

	if (cf->tlskey_rate_limit == 0)
		return (true);
	if (s->counted.ns == 0)
		s->tokens = rate < 1 ? 1 : rate;
	else
		s->tokens += rate * (double)(now.ns - s->counted.ns) / 1e9;
	if (s->tokens > rate && s->tokens > 1)
		s->tokens = rate < 1 ? 1 : rate;
	s->counted = now;
	if (s->tokens < 1)
		return (false);
	s->tokens -= 1;
	return (true);
}

/* NULL if that may be signed; else why not. */
static const char *
check(struct client *c, const struct pair *p, const struct msg_tlskey_sign *m)
{
	const char *why;

	if (p == NULL)
		return ("the key is not one of this service");
	if ((why = tbs_check(m->tbs, p->type, c->purpose != TLSKEY_SERVER,
	    scheme_find(m->scheme))) != NULL)
		return (why);
	if (c->nsigned++ >= cf->tlskey_channel_limit)
		return ("too many signatures for one session "
		    "(tlskey_channel_limit)");
	if (!take_token(service_set(c)))
		return ("too many signatures in a second "
		    "(tlskey_rate_limit)");
	return (NULL);
}

static bool
on_sign(struct client *c)
{
	unsigned char sig[TLSKEY_SIGNATURE_MAX];
	struct msg_tlskey_signed answer;
	struct msg_tlskey_sign m;
	const struct pair *p;
	const char *why;
	size_t n = sizeof(sig);

	if (!chan_get(c->chan, &m))
		return (false);
	p = find_key(service_set(c), m.key);
	if (p == NULL && c->name != NULL)
		p = find_key(current_set(c), m.key);
	if ((why = check(c, p, &m)) != NULL)
		return (refuse(c, why));
	if (!pair_sign(p, scheme_find(m.scheme), m.tbs, sig, &n)) {
		log_error("libcrypto does not sign: %s",
		    ERR_reason_error_string(ERR_peek_last_error()));
		ERR_clear_error();
		n = 0;
	}
	answer.signature = (struct view){ (const char *)sig, n };
	return (chan_put(c->chan, V_tlskey_signed, &answer) == 0);
}

static bool
on_message(struct client *c, enum verb verb)
{
	static const struct {
		enum verb	verb;
		bool		(*run)(struct client *);
	} verbs[] = { { V_tlskey_name, on_name }, { V_tlskey_chain, on_chain },
	    { V_tlskey_sign, on_sign } };

	if (verb == V_tlskey_open)
		return (on_open(c));
	if (c->service == NULL)
		return (refuse(c, "the channel is not open"));
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verbs[i].verb == verb)
			return (verbs[i].run(c));
	return (refuse(c, "not a request for us"));
}

static void
client_speaks(struct chan *ch, void *arg)
{
	struct client *c = arg;
	enum chan_got got;
	enum verb verb;
	bool ok = true;

	while (ok && (got = chan_next(ch, mono_now(), &verb)) != CHAN_AGAIN)
		ok = got == CHAN_MESSAGE && on_message(c, verb);
	if (!ok || chan_flush(ch, MONO_NEVER) < 0)
		client_free(c);
}

void
client_new(struct loop *l, struct chan *ch)
{
	struct client *c = xcalloc(1, sizeof(*c));

	c->chan = ch;
	nclients++;
	chan_watch(ch, l, client_speaks, c);
}

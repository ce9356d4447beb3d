/* SPDX-License-Identifier: ISC */
/*
 * client - the questions of each channel, from frame to frame.
 *
 * A client may have many questions on the way; each is answered once: by the
 * hosts file, by DNS, by the clock, or because there are too many.
 */
#include <bsd/sys/queue.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/xalloc.h"

#include "daemon.h"

#define CLIENT_MAX	1024		/* questions of one client */
#define TOTAL_MAX	8192		/* of all */

struct question {
	TAILQ_ENTRY(question)	 next;
	struct client		*client;
	uint32_t		 id, type;
	char			*name;		/* that DNS is asked for */
	struct timer		*timer;
	int			 dns;		/* number at libunbound */
	bool			 plain;		/* asked without validation */
	bool			 starting, again, ended;
};

struct client {
	LIST_ENTRY(client)	 next;
	struct chan		*chan;
	struct loop		*loop;
	TAILQ_HEAD(, question)	 questions;
	unsigned		 n;
	bool			 reading, gone;
};

static LIST_HEAD(, client) clients = LIST_HEAD_INITIALIZER(clients);
static unsigned total;
static bool draining;

static void
question_free(struct question *q)
{
	TAILQ_REMOVE(&q->client->questions, q, next);
	q->client->n--;
	total--;
	timer_free(&q->timer);
	xfree(&q->name);
	xfree(&q);
}

static void
client_free(struct client *c)
{
	struct question *q;

	chan_free(&c->chan);
	LIST_REMOVE(c, next);
	while ((q = TAILQ_FIRST(&c->questions)) != NULL) {
		dns_cancel(q->dns, q->plain);
		question_free(q);
	}
	xfree(&c);
}

/* Into the frame, without sending it. */
static void
put_answer(struct client *c, uint32_t id, uint32_t type,
    const struct wire_answer *w, bool secure)
{
	const struct msg_dns_answer m = { id, type, w->status, secure,
		w->count, w->name, w->text };

	if (c->gone || chan_put(c->chan, V_dns_answer, &m) < 0) {
		c->gone = true;
		return;
	}
	for (uint32_t i = 0; i < w->count; i++)
		if (chan_put(c->chan, V_dns_record, &w->records[i]) < 0)
			c->gone = true;
}

static void
put_failure(struct client *c, uint32_t id, uint32_t type, const char *why)
{
	const struct wire_answer w = { .status = DNS_TEMPFAIL, .name = "",
		.text = why };

	put_answer(c, id, type, &w, false);
}

/* Send what is in the frame; a client that is gone goes. */
static void
settle(struct client *c)
{
	if (c->reading)
		return;
	if (!c->gone && chan_flush(c->chan, MONO_NEVER) < 0)
		c->gone = true;
	if (c->gone)
		client_free(c);
	if (draining && total == 0)
		role_done();
}

/* The answer is in the frame: away with the question, send. */
static void
end_question(struct question *q)
{
	struct client *c = q->client;

	if (q->starting) {
		q->ended = true;
		return;
	}
	question_free(q);
	settle(c);
}

/*
 * Ask DNS, and plainly if that was asked for meanwhile; true if the answer
 * is in the frame already.
 */
static bool
ask(struct question *q)
{
	const char *why;

	q->starting = true;
	do {
		q->again = false;
		if (!dns_begin(q->name, q->type, q->plain, q, &q->dns,
		    &why)) {
			put_failure(q->client, q->id, q->type, why);
			q->ended = true;
		}
	} while (q->again);
	q->starting = false;
	return (q->ended);
}

static bool
is_strict(uint32_t type)
{
	return (type == DNS_TLSA || cf->resolver_dnssec_strict);
}

/*
 * What is bogus is no answer at all, or what the server says of it: one that
 * validates itself fails, and so nobody forges that a name does not exist.
 */
static void
bogus(struct question *q, const char *why)
{
	const struct wire_answer w = { .status = DNS_BOGUS, .name = "",
		.text = "DNSSEC validation failure" };

	log_debug("bogus: %s", why != NULL ? why : "no reason is known");
	if (is_strict(q->type)) {
		put_answer(q->client, q->id, q->type, &w, false);
		end_question(q);
		return;
	}
	q->plain = q->again = true;
	if (!q->starting && ask(q))
		end_question(q);
}

static void
dns_ended(void *arg, int rcode, struct view packet, int security,
    const char *why)
{
	struct question *q = arg;
	struct arena *a;
	struct wire_answer w = { .status = DNS_TEMPFAIL, .name = "",
		.text = "name server failure or no answer" };

	if (security == 1 && !q->plain) {
		bogus(q, why);
		return;
	}
	a = arena_new(0);
	if (rcode == 0)
		wire_answer(a, packet, q->type, &w);
	if (w.refused > 0)
		log_warn("%u malformed records of type %u in the answer for "
		    "%s", w.refused, q->type, w.name);
	put_answer(q->client, q->id, q->type, &w, security == 2);
	arena_free(&a);
	end_question(q);
}

static void
timed_out(void *arg)
{
	struct question *q = arg;

	dns_cancel(q->dns, q->plain);
	put_failure(q->client, q->id, q->type, "no answer in time");
	end_question(q);
}

static void
ask_dns(struct client *c, const struct msg_dns_query *m, const char *name)
{
	struct question *q = xcalloc(1, sizeof(*q));

	q->client = c;
	q->id = m->id;
	q->type = m->type;
	q->name = xstrdup(name);
	TAILQ_INSERT_TAIL(&c->questions, q, next);
	c->n++;
	total++;
	if (ask(q)) {
		question_free(q);
		return;
	}
	q->timer = timer_new(c->loop, timed_out, q);
	timer_set(q->timer, cf->resolver_timeout);
}

static bool
is_known_type(uint32_t type)
{
	switch ((enum dns_type)type) {
	case DNS_A:
	case DNS_NS:
	case DNS_CNAME:
	case DNS_SOA:
	case DNS_PTR:
	case DNS_MX:
	case DNS_TXT:
	case DNS_AAAA:
	case DNS_SRV:
	case DNS_TLSA:
		return (true);
	}
	return (false);
}

static void
take_query(struct client *c, const struct msg_dns_query *m)
{
	struct arena *a = arena_new(0);
	char name[DNS_NAME_MAX + 1];
	struct wire_answer w;

	if (!is_known_type(m->type))
		chan_refuse(c->chan, "unknown type of record");
	else if (local_answer(a, m, name, &w))
		put_answer(c, m->id, m->type, &w, false);
	else if (c->n == CLIENT_MAX || total == TOTAL_MAX)
		put_failure(c, m->id, m->type, "too many questions");
	else
		ask_dns(c, m, name);
	arena_free(&a);
}

static void
client_speaks(struct chan *ch, void *arg)
{
	struct client *c = arg;
	struct msg_dns_query m;
	enum verb verb;
	enum chan_got got;

	c->reading = true;
	while ((got = chan_next(ch, mono_now(), &verb)) == CHAN_MESSAGE)
		if (chan_get(ch, &m))
			take_query(c, &m);
	c->reading = false;
	if (got == CHAN_GONE)
		c->gone = true;
	settle(c);
}

void
resolver_client(struct loop *l, struct chan *ch)
{
	struct client *c = xcalloc(1, sizeof(*c));

	c->chan = ch;
	c->loop = l;
	TAILQ_INIT(&c->questions);
	LIST_INSERT_HEAD(&clients, c, next);
	chan_watch(ch, l, client_speaks, c);
}

void
resolver_start(struct loop *l)
{
	local_open();
	dns_open(l, dns_ended);
}

/* Who has no answer coming dials the successor. */
void
resolver_drain(struct loop *l)
{
	(void)l;
	draining = true;
	if (total == 0)
		role_done();
}

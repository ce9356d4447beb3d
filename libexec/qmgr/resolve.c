/* SPDX-License-Identifier: ISC */
/*
 * resolve - ask trivial-rewrite(8) where recipients go.
 *
 * One kept channel, many questions in one frame, answers in their order.
 * Answers are remembered for a few seconds by sender, address and purpose,
 * which they may depend on; the tables may change meanwhile, so not
 * for longer. When the service is gone, messages wait, and the questions are
 * asked again; one that it does not survive is not asked for ever.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "conf/conf.h"

#include "qmgr.h"

#define ON_THE_WAY	500		/* questions without an answer */
#define CACHE_MAX	1000
#define CACHE_US	(5 * US_PER_S)
#define TRIES		3
#define RETRY_MS	250		/* doubled up to RETRY_MAX_MS */
#define RETRY_MAX_MS	10000

struct ask {
	STAILQ_ENTRY(ask) link;
	struct message	*m;
	struct rcpt	*r;
	uint32_t	 tries;
};
STAILQ_HEAD(ask_list, ask);

struct known {
	RB_ENTRY(known)	 byname;
	TAILQ_ENTRY(known) link;	/* oldest first */
	char		*key;		/* see put_key() */
	char		*transport;
	char		*nexthop;
	char		*recipient;
	uint32_t	 flags;
	int64_t		 until_us;
};
RB_HEAD(known_tree, known);
TAILQ_HEAD(known_list, known);

static struct {
	struct chan	*ch;
	struct ask_list	 asked;		/* on the way */
	uint32_t	 nasked;
	struct ask_list	 waiting;
	struct timer	*retry;
	int64_t		 retry_ms;	/* 0: not waiting to dial */
	int64_t		 asked_us;	/* when the oldest was asked */
	struct known_tree known;
	struct known_list oldest;
	uint32_t	 nknown;
} rs;

static int
known_cmp(const struct known *a, const struct known *b)
{
	return (strcmp(a->key, b->key));
}

RB_PROTOTYPE(known_tree, known, byname, known_cmp)
RB_GENERATE(known_tree, known, byname, known_cmp)

static void ask_more(void);

/* The cache. */

static void
known_drop(struct known *k)
{
	RB_REMOVE(known_tree, &rs.known, k);
	TAILQ_REMOVE(&rs.oldest, k, link);
	rs.nknown--;
	xfree(&k->key);
	xfree(&k->transport);
	xfree(&k->nexthop);
	xfree(&k->recipient);
	xfree(&k);
}

#define KEY_SIZE	(2 * MAIL_ADDR_MAX + 4)

/* All that the answer depends on. */
static void
put_key(char key[KEY_SIZE], const struct message *m, const char *addr)
{
	(void)snprintf(key, KEY_SIZE, "%c%s\n%s",
	    message_traces(m, TRACE_PROBE) ? 'v' : 'm', m->qf.env.sender,
	    addr);
}

static struct known *
known_find(const struct message *m, const char *addr)
{
	char key[KEY_SIZE];
	struct known *k, want = { .key = key };

	put_key(key, m, addr);
	k = RB_FIND(known_tree, &rs.known, &want);
	if (k != NULL && k->until_us <= qm.env.now_us()) {
		known_drop(k);
		k = NULL;
	}
	return (k);
}

static void
known_add(const struct message *m, const char *addr,
    const struct msg_resolved *a)
{
	char key[KEY_SIZE];
	struct known *k;

	/* A failure may be over at the next question. */
	if ((a->flags & RESOLVE_FAIL) || known_find(m, addr) != NULL)
		return;
	while (rs.nknown >= CACHE_MAX)
		known_drop(TAILQ_FIRST(&rs.oldest));
	k = xcalloc(1, sizeof(*k));
	put_key(key, m, addr);
	k->key = xstrdup(key);
	k->transport = xstrdup(a->transport);
	k->nexthop = xstrdup(a->nexthop);
	k->recipient = xstrdup(a->recipient);
	k->flags = a->flags;
	k->until_us = qm.env.now_us() + CACHE_US;
	RB_INSERT(known_tree, &rs.known, k);
	TAILQ_INSERT_TAIL(&rs.oldest, k, link);
	rs.nknown++;
}

void
resolve_forget(void)
{
	while (!TAILQ_EMPTY(&rs.oldest))
		known_drop(TAILQ_FIRST(&rs.oldest));
}

/* Questions. */

static void
answered(struct message *m, struct rcpt *r, const struct msg_resolved *a)
{
	route(m, r, a);
	must(m->resolving > 0);
	if (--m->resolving == 0)
		active_assign(m);
}

static void
fail(struct ask *q)
{
	static const struct msg_resolved failed = {
		.flags = RESOLVE_FAIL,
		.transport = "", .nexthop = "", .recipient = "",
	};
	struct message *m = q->m;
	struct rcpt *r = q->r;

	xfree(&q);
	answered(m, r, &failed);
}

static void
lost(const char *why)
{
	struct ask *q;

	log_warn("problem talking to service %s: %s",
	    cf->rewrite_service_name, why);
	chan_free(&rs.ch);
	q = STAILQ_FIRST(&rs.asked);
	if (q != NULL && ++q->tries >= TRIES) {
		STAILQ_REMOVE_HEAD(&rs.asked, link);
		fail(q);
	}
	STAILQ_CONCAT(&rs.asked, &rs.waiting);
	STAILQ_CONCAT(&rs.waiting, &rs.asked);
	rs.nasked = 0;
	rs.retry_ms = rs.retry_ms == 0 ? RETRY_MS : rs.retry_ms * 2;
	if (rs.retry_ms > RETRY_MAX_MS)
		rs.retry_ms = RETRY_MAX_MS;
	timer_set(rs.retry, span_ms(rs.retry_ms));
}

static void
take_answer(const struct msg_resolved *a)
{
	struct ask *q = STAILQ_FIRST(&rs.asked);
	struct message *m = q->m;
	struct rcpt *r = q->r;

	STAILQ_REMOVE_HEAD(&rs.asked, link);
	rs.nasked--;
	rs.retry_ms = 0;
	rs.asked_us = qm.env.now_us();
	xfree(&q);
	known_add(m, r->addr, a);
	answered(m, r, a);
}

/* A service that is started anew closes the channels that it does not need. */
static void
gone(void)
{
	if (STAILQ_EMPTY(&rs.asked) && STAILQ_EMPTY(&rs.waiting))
		chan_free(&rs.ch);
	else
		lost("it has closed the channel");
}

static void
heard(struct chan *ch, void *arg)
{
	struct msg_resolved a;
	enum verb verb;

	(void)arg;
	for (;;) {
		switch (chan_next(ch, MONO_NEVER, &verb)) {
		case CHAN_AGAIN:
			ask_more();
			return;
		case CHAN_GONE:
			gone();
			return;
		case CHAN_MESSAGE:
			break;
		}
		if (verb != V_resolved || STAILQ_EMPTY(&rs.asked)) {
			chan_refuse(ch, "not an answer");
			continue;
		}
		if (chan_get(ch, &a))
			take_answer(&a);
	}
}

static bool
dialed(void)
{
	if (rs.ch != NULL)
		return (true);
	if (rs.retry_ms != 0)
		return (false);
	if ((rs.ch = qm.env.dial(cf->rewrite_service_name)) == NULL) {
		lost("no channel");
		return (false);
	}
	chan_watch(rs.ch, qm.loop, heard, NULL);
	return (true);
}

/* The time to dial again has come. */
static void
again(void *arg)
{
	(void)arg;
	if (rs.ch != NULL || STAILQ_EMPTY(&rs.waiting))
		return;
	if ((rs.ch = qm.env.dial(cf->rewrite_service_name)) == NULL) {
		lost("no channel");
		return;
	}
	chan_watch(rs.ch, qm.loop, heard, NULL);
	ask_more();
}

static void
ask_more(void)
{
	struct ask *q;

	if (STAILQ_EMPTY(&rs.waiting) || !dialed())
		return;
	if (rs.nasked == 0)
		rs.asked_us = qm.env.now_us();
	while (rs.nasked < ON_THE_WAY &&
	    (q = STAILQ_FIRST(&rs.waiting)) != NULL) {
		struct msg_resolve ask = {
			.verify = message_traces(q->m, TRACE_PROBE),
			.sender = q->m->qf.env.sender,
			.addr = q->r->addr,
		};

		if (chan_put(rs.ch, V_resolve, &ask) < 0) {
			lost("it takes no question");
			return;
		}
		STAILQ_REMOVE_HEAD(&rs.waiting, link);
		STAILQ_INSERT_TAIL(&rs.asked, q, link);
		rs.nasked++;
	}
	if (chan_flush(rs.ch, MONO_NEVER) < 0)
		lost("it takes no question");
}

void
resolve_ask(struct message *m, struct rcpt *r)
{
	const struct known *k;
	struct ask *q;

	m->resolving++;
	if ((k = known_find(m, r->addr)) != NULL) {
		struct msg_resolved a = {
			.flags = k->flags,
			.transport = k->transport,
			.nexthop = k->nexthop,
			.recipient = k->recipient,
		};

		answered(m, r, &a);
		return;
	}
	q = xcalloc(1, sizeof(*q));
	q->m = m;
	q->r = r;
	STAILQ_INSERT_TAIL(&rs.waiting, q, link);
}

void
resolve_flush(void)
{
	ask_more();
}

void
resolve_sweep(void)
{
	if (rs.ch != NULL && rs.nasked > 0 && qm.env.now_us() - rs.asked_us >
	    cf->qmgr_ipc_timeout.ns / 1000) {
		lost("no answer in time");
		ask_more();
	}
}

void
resolve_init(void)
{
	STAILQ_INIT(&rs.asked);
	STAILQ_INIT(&rs.waiting);
	RB_INIT(&rs.known);
	TAILQ_INIT(&rs.oldest);
	rs.retry = timer_new(qm.loop, again, NULL);
}

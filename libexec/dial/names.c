/* SPDX-License-Identifier: ISC */
/*
 * names - addresses of the hosts that endpoints name (names.h).
 *
 * dial(8) parses no DNS: it takes numeric addresses out of fixed fields. Both
 * families are asked for at once; who is asked is the administrator's name
 * for the host, never one that a client has sent.
 */
#include <bsd/sys/queue.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "broker/chan.h"
#include "broker/role.h"
#include "conf/conf.h"
#include "names.h"

struct question {
	TAILQ_ENTRY(question) next;
	uint32_t	 id;		/* of A; that of AAAA is one more */
	unsigned	 left;		/* answers that have not come */
	struct dns_addr	 addr[NAMES_MAX];
	size_t		 n;
	names_fn	 done;
	void		*arg;
};

static TAILQ_HEAD(, question) asked = TAILQ_HEAD_INITIALIZER(asked);
static struct chan *resolver;
static uint32_t next_id, current;	/* whose records come */

static struct question *
find(uint32_t id)
{
	struct question *q;

	TAILQ_FOREACH(q, &asked, next)
		if ((id & ~1u) == q->id)
			return (q);
	return (NULL);
}

void
names_forget(struct question **qp)
{
	if (*qp == NULL)
		return;
	TAILQ_REMOVE(&asked, *qp, next);
	xfree(qp);
}

/* What is asked of a resolver that has gone comes to nothing. */
static void
all_done(bool gone)
{
	struct question *q, *after;

	for (q = TAILQ_FIRST(&asked); q != NULL; q = after) {
		struct question was = *q;

		after = TAILQ_NEXT(q, next);
		if (was.left > 0 && !gone)
			continue;
		names_forget(&q);
		was.done(was.arg, was.addr, was.n);
		/* "done" may have forgotten others. */
		after = TAILQ_FIRST(&asked);
	}
}

static bool
on_record(struct chan *ch)
{
	struct msg_dns_record m;
	struct dns_record rr;
	struct question *q;

	if (!chan_get(ch, &m))
		return (false);
	rr = (struct dns_record){ .type = m.type, .data = m.data };
	q = find(current);
	if (q != NULL && q->n < NAMES_MAX &&
	    dns_addr_record(&rr, &q->addr[q->n]))
		q->n++;
	return (true);
}

static bool
on_answer(struct chan *ch)
{
	struct msg_dns_answer m;
	struct question *q;

	if (!chan_get(ch, &m))
		return (false);
	current = m.id;
	if ((q = find(m.id)) != NULL && q->left > 0)
		q->left--;
	return (true);
}

static void
on_resolver(struct chan *ch, void *arg)
{
	enum verb verb;
	bool ok = true;

	(void)arg;
	while (ok) {
		switch (chan_next(ch, MONO_NEVER, &verb)) {
		case CHAN_AGAIN:
			all_done(false);
			return;
		case CHAN_GONE:
			ok = false;
			break;
		case CHAN_MESSAGE:
			ok = verb == V_dns_answer ? on_answer(ch) :
			    on_record(ch);
			break;
		}
	}
	chan_free(&resolver);
	all_done(true);
}

static bool
ask(struct question *q, enum dns_type type, const char *host)
{
	struct msg_dns_query m = { .id = q->id + (type == DNS_AAAA),
		.type = type, .flags = DNS_Q_HOSTS, .name = host };

	return (chan_put(resolver, V_dns_query, &m) == 0);
}

struct question *
names_find(struct loop *l, const char *host, names_fn done, void *arg)
{
	struct question *q;

	if (resolver == NULL) {
		resolver = role_dial(cf->resolver_service_name);
		if (resolver == NULL)
			return (NULL);
		chan_watch(resolver, l, on_resolver, NULL);
	}
	q = xcalloc(1, sizeof(*q));
	*q = (struct question){ .id = next_id += 2, .left = 2, .done = done,
		.arg = arg };
	TAILQ_INSERT_TAIL(&asked, q, next);
	if (ask(q, DNS_A, host) && ask(q, DNS_AAAA, host) &&
	    chan_flush(resolver, MONO_NEVER) == 0)
		return (q);
	/* The channel's end shows in its callback; this one is not there. */
	names_forget(&q);
	return (NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * deliver - channels to delivery agents.
 *
 * A worker is one process of an agent. It is given one entry after another,
 * all for the same destination, as long as it says that its session with the
 * server is open; its channel is closed after that. The message goes along
 * as a read-only descriptor.
 *
 * Distrusts the agents: what they say is about recipients they were given,
 * once for each, or the channel ends and the transport rests for a while.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "conf/conf.h"
#include "queue-layout/fault.h"

#include "qmgr.h"

#define HOPS_MAX	100		/* how often an entry is handed on */
#define CRASHED		"4.3.0 unknown mail transport error"

struct worker {
	TAILQ_ENTRY(worker) link;	/* of the transport */
	TAILQ_ENTRY(worker) place;	/* parked at the destination */
	struct transport *t;
	struct destination *d;
	struct entry	*e;		/* NULL: parked */
	struct chan	*ch;
	struct timer	*timer;		/* end of parking */
	uint32_t	 used;		/* entries it has done */
	bool		 keep;		/* it was asked to keep its session */
	int64_t		 since_us;
};

static void worker_heard(struct chan *ch, void *arg);

/* Close the channel; the agent ends. */
static void
worker_free(struct worker *w)
{
	if (w->e == NULL)
		TAILQ_REMOVE(&w->d->parked, w, place);
	TAILQ_REMOVE(&w->t->workers, w, link);
	w->t->nworkers--;
	timer_free(&w->timer);
	chan_free(&w->ch);
	xfree(&w);
}

static void
unpark(struct worker *w)
{
	struct destination *d = w->d;

	must(w->e == NULL);
	worker_free(w);
	destination_check(d);
}

static void
parked_long_enough(void *arg)
{
	struct worker *w = arg;
	struct transport *t = w->t;

	unpark(w);
	transport_run(t);
}

bool
deliver_unpark(struct transport *t)
{
	struct worker *w;

	/* The list is in the order of the last use. */
	TAILQ_FOREACH(w, &t->workers, link)
		if (w->e == NULL) {
			unpark(w);
			return (true);
		}
	return (false);
}

void
deliver_unpark_all(void)
{
	struct transport *t;

	RB_FOREACH(t, transport_tree, &qm.transports)
		while (deliver_unpark(t))
			continue;
}

static struct worker *
worker_new(struct destination *d)
{
	struct transport *t = d->t;
	struct worker *w;
	struct chan *ch;

	if ((ch = qm.env.dial(t->name)) == NULL)
		return (NULL);
	w = xcalloc(1, sizeof(*w));
	w->ch = ch;
	w->t = t;
	w->d = d;
	TAILQ_INSERT_TAIL(&d->parked, w, place);
	TAILQ_INSERT_TAIL(&t->workers, w, link);
	t->nworkers++;
	chan_watch(ch, qm.loop, worker_heard, w);
	return (w);
}

enum handed { HANDED, BROKEN, TOO_LARGE };

/* Give e to a worker that has nothing to do. */
static enum handed
hand_over(struct worker *w, struct entry *e, int rofd)
{
	must(w->e == NULL);
	TAILQ_REMOVE(&w->d->parked, w, place);
	if (w->timer != NULL)
		timer_set(w->timer, SPAN_NEVER);
	entry_take(e);
	w->e = e;
	w->since_us = qm.env.now_us();
	w->keep = destination_keep(w->d);
	TAILQ_REMOVE(&w->t->workers, w, link);
	TAILQ_INSERT_TAIL(&w->t->workers, w, link);
	errno = 0;
	if (deliver_put(w->ch, e, rofd, w->keep) == 0) {
		qfault(QFAULT_agent_asked);
		return (HANDED);
	}
	return (errno == EMSGSIZE ? TOO_LARGE : BROKEN);
}

/* The entry is not delivered but what is left of it deferred. */
static void
defer_entry(struct entry *e, const char *reason)
{
	struct destination *d = e->d;
	struct message *m = e->m;
	struct rcpt **left = arena_array(message_arena(m), e->n,
	    sizeof(*left));
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->n; i++)
		if (!e->rcpts[i]->answered)
			left[n++] = e->rcpts[i];
	m->inflight--;
	destination_done(d, HOP_NEUTRAL, NULL);
	if (n > 0 && strcmp(d->t->name, SERVICE_RETRY) != 0)
		route_defer(m, left, n, reason);
	else
		for (uint32_t i = 0; i < n; i++)
			report_deferred(m, left[i], reason);
	entry_done(e);
	destination_check(d);
}

/* The file has been removed (postsuper -d): nothing is left to do. */
static void
drop_entry(struct entry *e)
{
	struct destination *d = e->d;

	e->m->gone = true;
	entry_take(e);
	e->m->inflight--;
	destination_done(d, HOP_NEUTRAL, NULL);
	entry_done(e);
	destination_check(d);
}

/* A worker for d: one that waits, or a new one; NULL: not now, or never. */
static struct worker *
worker_for(struct destination *d)
{
	struct worker *w = TAILQ_LAST(&d->parked, worker_list);

	if (w != NULL)
		return (w);
	if ((w = worker_new(d)) == NULL && errno == ENOENT) {
		log_warn("connect to transport private/%s: No such file or "
		    "directory", d->t->name);
		transport_kill(d->t, "4.3.0 mail transport unavailable");
	}
	return (w);
}

bool
deliver(struct entry *e)
{
	struct destination *d = e->d;
	struct worker *w;
	int rofd;

	if ((rofd = message_rofd(e->m)) < 0) {
		if (errno != ENOENT)
			return (false);
		drop_entry(e);
		return (true);
	}
	while ((w = worker_for(d)) != NULL) {
		bool fresh = w->used == 0;

		switch (hand_over(w, e, rofd)) {
		case HANDED:
			return (true);
		case TOO_LARGE:
			worker_free(w);
			defer_entry(e, "4.3.0 recipient cannot be passed to "
			    "the mail transport");
			return (true);
		case BROKEN:
			break;
		}
		/* Nobody has seen it yet. */
		worker_free(w);
		entry_return(e);
		if (fresh)
			return (false);
	}
	/* Killed: its entries were moved. Otherwise it waits. */
	return (d->t->gate == GATE_DEAD);
}

/*
 * An agent is gone, or talks nonsense, in the middle of a delivery.
 */
static void
worker_lost(struct worker *w)
{
	struct transport *t = w->t;
	struct entry *e = w->e;
	uint32_t used = w->used, answered = 0;

	if (e == NULL) {
		unpark(w);
		transport_run(t);
		return;
	}
	worker_free(w);
	for (uint32_t i = 0; i < e->n; i++)
		answered += e->rcpts[i]->answered ? 1 : 0;
	if (used > 0 && answered == 0 && e->hops < HOPS_MAX) {
		/* It had ended its session before it saw this one. */
		e->hops++;
		entry_return(e);
		transport_run(t);
		return;
	}
	log_warn("transport %s failure -- see a previous warning/fatal/panic "
	    "logfile record for the problem description", t->name);
	transport_kill(t, CRASHED);
	defer_entry(e, CRASHED);
	transport_run(t);
}

static struct rcpt *
find_rcpt(const struct entry *e, uint32_t index)
{
	for (uint32_t i = 0; i < e->n; i++)
		if (e->rcpts[i]->index == index && !e->rcpts[i]->answered &&
		    !e->rcpts[i]->next)
			return (e->rcpts[i]);
	return (NULL);
}

static bool
take_status(struct worker *w, struct chan *ch)
{
	struct msg_deliver_status s;
	struct rcpt *r;

	if (!chan_get(ch, &s))
		return (false);
	if (w->e == NULL || (r = find_rcpt(w->e, s.index)) == NULL) {
		chan_refuse(ch, "status of a recipient it was not given");
		return (false);
	}
	if (s.part && s.outcome != OUTCOME_BOUNCED) {
		chan_refuse(ch, "part of a success");
		return (false);
	}
	if (s.outcome == OUTCOME_NEXT) {
		r->next = true;
		return (true);
	}
	r->answered = !s.part;
	report(w->e->m, r, &s);
	return (true);
}

/* Recipients for the next host make an entry of their own. */
static uint32_t
hand_on(struct worker *w, struct entry *e, uint32_t cursor)
{
	struct message *m = e->m;
	struct rcpt **next;
	uint32_t n = 0;
	struct entry *to;
	bool onwards = cursor > e->cursor || w->used > 0;

	for (uint32_t i = 0; i < e->n; i++)
		n += e->rcpts[i]->next ? 1 : 0;
	if (n == 0)
		return (0);
	next = arena_array(message_arena(m), n, sizeof(*next));
	n = 0;
	for (uint32_t i = 0; i < e->n; i++)
		if (e->rcpts[i]->next)
			next[n++] = e->rcpts[i];
	if (!onwards || e->hops >= HOPS_MAX) {
		route_defer(m, next, n, "4.4.0 no further host to try");
		return (n);
	}
	to = entry_new(m, e->d, next, n);
	to->cursor = cursor;
	to->hops = e->hops + 1;
	return (n);
}

static bool
all_answered(const struct entry *e)
{
	for (uint32_t i = 0; i < e->n; i++)
		if (!e->rcpts[i]->answered && !e->rcpts[i]->next)
			return (false);
	return (true);
}

static void
hop_done(struct destination *d, const struct msg_deliver_done *done,
    uint32_t handed_on)
{
	char reason[2200];

	if (handed_on > 0) {
		destination_done(d, HOP_NEUTRAL, NULL);
		return;
	}
	if (!done->hop_failed) {
		destination_done(d, HOP_OK, NULL);
		return;
	}
	(void)snprintf(reason, sizeof(reason),
	    "%s delivery temporarily suspended: %.1700s",
	    *done->hop_dsn != '\0' ? done->hop_dsn : "4.0.0",
	    done->hop_reason);
	destination_done(d, HOP_FAILED, reason);
}

static void
park(struct worker *w)
{
	struct span limit = cf->smtp_connection_cache_time_limit;

	if (w->timer == NULL)
		w->timer = timer_new(qm.loop, parked_long_enough, w);
	timer_set(w->timer, limit);
}

/* The worker can take more mail; it may be gone after this. */
static void
next_for(struct worker *w)
{
	struct destination *d = w->d;
	struct entry *e = NULL;
	int rofd;

	if (!qm.draining && w->t->gate == GATE_OPEN &&
	    w->t->own_delay.ns == 0)
		e = qm.sched->next_on(d);
	if (e == NULL) {
		if (!w->keep || qm.draining || d->gate == GATE_DEAD)
			unpark(w);
		else
			park(w);
		return;
	}
	/* What fails here is tried again in the ordinary way. */
	if ((rofd = message_rofd(e->m)) < 0) {
		unpark(w);
		return;
	}
	if (hand_over(w, e, rofd) == HANDED)
		return;
	worker_free(w);
	entry_return(e);
}

static void
take_done(struct worker *w, const struct msg_deliver_done *done)
{
	struct transport *t = w->t;
	struct destination *d = w->d;
	struct entry *e = w->e;
	bool kept = done->kept != 0 && done->hop_failed == 0;
	uint32_t handed_on;

	/* Before the strings of "done" are gone with the channel. */
	e->m->inflight--;
	if (done->damaged && message_is_damaged(e->m))
		e->m->damaged = true;
	d->refs++;
	handed_on = hand_on(w, e, done->cursor);
	hop_done(d, done, handed_on);
	if (kept && handed_on == 0) {
		w->e = NULL;
		w->used++;
		TAILQ_INSERT_TAIL(&d->parked, w, place);
		next_for(w);
	} else
		worker_free(w);
	entry_done(e);
	d->refs--;
	destination_check(d);
	transport_run(t);
}

static void
worker_heard(struct chan *ch, void *arg)
{
	struct worker *w = arg;
	struct msg_deliver_done done;
	enum verb verb;

	for (;;) {
		switch (chan_next(ch, MONO_NEVER, &verb)) {
		case CHAN_AGAIN:
			return;
		case CHAN_GONE:
			worker_lost(w);
			return;
		case CHAN_MESSAGE:
			break;
		}
		w->since_us = qm.env.now_us();
		if (verb == V_deliver_status) {
			(void)take_status(w, ch);
			continue;
		}
		if (verb != V_deliver_done || w->e == NULL ||
		    !all_answered(w->e)) {
			chan_refuse(ch, "not what was to come");
			continue;
		}
		if (chan_more(ch)) {
			chan_refuse(ch, "more than it was asked for");
			continue;
		}
		if (chan_get(ch, &done)) {
			take_done(w, &done);
			return;
		}
	}
}

void
deliver_sweep(void)
{
	int64_t limit = cf->daemon_timeout.ns / 1000;
	int64_t now = qm.env.now_us();
	struct transport *t;

	RB_FOREACH(t, transport_tree, &qm.transports) {
		struct worker *w, *next;

		TAILQ_FOREACH_SAFE(w, &t->workers, link, next)
			if (w->e != NULL && now - w->since_us > limit) {
				log_warn("transport %s: no answer in %lld "
				    "seconds", t->name,
				    (long long)(limit / US_PER_S));
				worker_lost(w);
				break;
			}
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * destination - a (transport, nexthop): what waits for it, its concurrency
 * window, and whether it is to be left alone for a while.
 */
#include <bsd/string.h>

#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "conf/conf.h"

#include "qmgr.h"

int
destination_cmp(const struct destination *a, const struct destination *b)
{
	return (strcmp(a->key, b->key));
}

RB_GENERATE(destination_tree, destination, name, destination_cmp)

struct destination *
destination_get(struct transport *t, const char *key, const char *nexthop)
{
	struct destination *d, want = { .key = NULL };
	char *copy = xstrdup(key);

	want.key = copy;
	d = RB_FIND(destination_tree, &t->dests, &want);
	if (d != NULL) {
		xfree(&copy);
		return (d);
	}
	d = xcalloc(1, sizeof(*d));
	d->t = t;
	d->key = copy;
	d->nexthop = xstrdup(nexthop);
	d->serial = ++qm.serial;
	TAILQ_INIT(&d->todo);
	TAILQ_INIT(&d->parked);
	fb_start(&d->fb, &t->fb);
	RB_INSERT(destination_tree, &t->dests, d);
	return (d);
}

bool
destination_ready(const struct destination *d)
{
	return (d->gate == GATE_OPEN && d->todo_n > 0 &&
	    d->busy < d->fb.window);
}

void
destination_check(struct destination *d)
{
	/* A dead one is kept: that it is dead is worth to be known. */
	if (d->todo_n > 0 || d->busy > 0 || d->refs > 0 ||
	    d->gate != GATE_OPEN || !TAILQ_EMPTY(&d->parked))
		return;
	qm.sched->destination(d);
	RB_REMOVE(destination_tree, &d->t->dests, d);
	timer_free(&d->timer);
	xfree(&d->reason);
	xfree(&d->key);
	xfree(&d->nexthop);
	xfree(&d);
}

/* The time has come to try it again. */
static void
gate_opens(void *arg)
{
	struct destination *d = arg;
	struct transport *t = d->t;

	if (d->gate == GATE_DEAD)
		fb_start(&d->fb, &t->fb);
	d->gate = GATE_OPEN;
	xfree(&d->reason);
	qm.sched->destination(d);
	destination_check(d);
	transport_run(t);
}

void
destination_revive(struct destination *d)
{
	if (d->gate != GATE_DEAD)
		return;
	timer_set(d->timer, SPAN_NEVER);
	gate_opens(d);
}

static void
shut(struct destination *d, enum gate gate, struct span time)
{
	d->gate = gate;
	if (d->timer == NULL)
		d->timer = timer_new(qm.loop, gate_opens, d);
	timer_set(d->timer, time);
	qm.sched->destination(d);
}

/*
 * One destination that holds most of a full active queue keeps all other
 * mail out of it; the administrator should know.
 */
static void
clogged(struct destination *d)
{
	uint64_t limit = (uint64_t)cf->qmgr_message_active_limit;
	int64_t now;

	if (cf->qmgr_clog_warn_time.ns == 0 ||
	    (uint64_t)d->todo_n * 5 <= limit * 4 || qm.nactive < limit)
		return;
	now = qm.env.now_us();
	if (d->clog_warned_us != 0 && now - d->clog_warned_us <
	    cf->qmgr_clog_warn_time.ns / 1000)
		return;
	d->clog_warned_us = now;
	log_warn("mail for %s is using up %u of %u active queue entries",
	    d->nexthop, d->todo_n, qm.nactive);
	log_warn("the time limits of %s, its process limit, or "
	    "minimal_backoff_time and maximal_backoff_time may need a change; "
	    "flushing the queue makes it worse", d->t->name);
	log_warn("to turn this warning off: qmgr_clog_warn_time = 0");
}

void
destination_put(struct destination *d, struct entry *e, bool first)
{
	e->d = d;
	if (first)
		TAILQ_INSERT_HEAD(&d->todo, e, link);
	else
		TAILQ_INSERT_TAIL(&d->todo, e, link);
	d->todo_n++;
	qm.sched->entry_add(e);
	qm.sched->destination(d);
	clogged(d);
}

static void
feedback_debug(const struct destination *d, const char *what)
{
	if (cf->destination_concurrency_feedback_debug)
		log_info("%s for %s:%s: window %u, success %.3g, failure "
		    "%.3g, fail_cohorts %.3g, busy %u, todo %u", what,
		    d->t->name, d->nexthop, d->fb.window, d->fb.success,
		    d->fb.failure, d->fb.failed, d->busy, d->todo_n);
}

static void
fell_silent(struct destination *d, const char *reason)
{
	d->reason = xprintf("%.1800s", reason);
	shut(d, GATE_DEAD, cf->minimal_backoff_time);
	feedback_debug(d, "dead");
	route_suspend(d, d->reason);
}

void
destination_done(struct destination *d, enum hop hop, const char *reason)
{
	must(d->busy > 0);
	d->last_done_us = qm.env.now_us();
	if (hop == HOP_OK)
		fb_success(&d->fb, &d->t->fb, d->busy);
	d->busy--;
	if (hop == HOP_FAILED && d->gate != GATE_DEAD &&
	    fb_failure(&d->fb, &d->t->fb)) {
		fell_silent(d, reason);
		return;
	}
	if (hop == HOP_OK && d->gate == GATE_DEAD) {
		/* An older delivery got through after all. */
		timer_set(d->timer, SPAN_NEVER);
		fb_start(&d->fb, &d->t->fb);
		d->gate = GATE_OPEN;
		xfree(&d->reason);
	}
	if (hop != HOP_NEUTRAL)
		feedback_debug(d, hop == HOP_OK ? "success" : "failure");
	if (d->t->dest_delay.ns > 0 && d->gate == GATE_OPEN)
		shut(d, GATE_PAUSE, d->t->dest_delay);
	qm.sched->destination(d);
}

static bool
is_listed(const char *list, const char *nexthop)
{
	struct view rest = view_of(list), word;

	while ((word = view_word(&rest, ", \t\r\n")).n != 0)
		if (view_ieq(word, nexthop))
			return (true);
	return (false);
}

bool
destination_keep(const struct destination *d)
{
	if (is_listed(cf->smtp_connection_cache_destinations,
	    d->nexthop))
		return (true);
	if (!cf->smtp_connection_cache_on_demand)
		return (false);
	return (d->todo_n > 0 ||
	    qm.env.now_us() - d->last_done_us <= US_PER_S);
}

/* SPDX-License-Identifier: ISC */
/*
 * transport - a service of master.cf that delivers: its parameters, how many
 * processes it has at work, and whether it can be used at all.
 */
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "broker/role.h"
#include "conf/conf.h"

#include "qmgr.h"

int
transport_cmp(const struct transport *a, const struct transport *b)
{
	return (strcmp(a->name, b->name));
}

RB_GENERATE(transport_tree, transport, byname, transport_cmp)

static uint32_t
as_u32(int64_t v)
{
	return (v < 0 ? 0 : v > UINT32_MAX ? UINT32_MAX : (uint32_t)v);
}

static void
feedback_rule(const char *text, const char *name, const char *sign,
    struct fb_rule *out)
{
	if (!fb_parse(text, out))
		fatal("bad %s feedback of transport %s: \"%s\"; expected a "
		    "number from 0 to 1, and \"/ concurrency\" or "
		    "\"/ sqrt_concurrency\"", sign, name, text);
}

static void
set_params(struct transport *t)
{
	struct transport_params p;

	cf_transport_params(t->name, &p);
	t->fb.initial = as_u32(p.initial_destination_concurrency);
	t->fb.limit = as_u32(p.destination_concurrency_limit);
	t->fb.cohorts = (double)p.destination_concurrency_failed_cohort_limit;
	feedback_rule(p.destination_concurrency_positive_feedback, t->name,
	    "positive", &t->fb.positive);
	feedback_rule(p.destination_concurrency_negative_feedback, t->name,
	    "negative", &t->fb.negative);
	t->rcpt_limit = p.destination_recipient_limit;
	t->dest_delay = p.destination_rate_delay;
	t->own_delay = p.transport_rate_delay;
	/* A pause between deliveries means one at a time. */
	if (t->dest_delay.ns > 0)
		t->fb.limit = t->fb.initial = 1;
}

/* The service, if it is one that takes deliveries. */
static const struct bundle_item *
agent_of(const char *name)
{
	const struct bundle *b = role_bundle();

	for (size_t i = 0; i < b->nitems; i++)
		if (b->items[i].kind == BUNDLE_PEER &&
		    strcmp(b->items[i].name, name) == 0 &&
		    policy_may_ask(role_self, b->items[i].role, V_deliver))
			return (&b->items[i]);
	return (NULL);
}

struct transport *
transport_get(const char *name)
{
	struct transport *t, want = { .missing = false };
	const struct bundle_item *item;
	char *copy = xstrdup(name);

	want.name = copy;
	t = RB_FIND(transport_tree, &qm.transports, &want);
	if (t != NULL) {
		xfree(&copy);
		return (t);
	}
	t = xcalloc(1, sizeof(*t));
	t->name = copy;
	RB_INIT(&t->dests);
	TAILQ_INIT(&t->ready);
	TAILQ_INIT(&t->workers);
	item = agent_of(name);
	t->missing = item == NULL;
	t->limit = item != NULL ? item->limit : 0;
	set_params(t);
	RB_INSERT(transport_tree, &qm.transports, t);
	return (t);
}

/* There is room for one more process, or one can be freed. */
static bool
has_process(struct transport *t, const struct entry *e)
{
	return (t->limit == 0 || t->nworkers < t->limit ||
	    !TAILQ_EMPTY(&e->d->parked) || deliver_unpark(t));
}

#define BUSY_WAIT	span_ms(50)

void
transport_run(struct transport *t)
{
	struct entry *e;

	if (t->running)
		return;
	t->running = true;
	while (t->gate == GATE_OPEN && !qm.draining &&
	    (e = qm.sched->next(t)) != NULL && has_process(t, e)) {
		if (!deliver(e))
			transport_pause(t, BUSY_WAIT);
		else if (t->own_delay.ns > 0 && t->gate == GATE_OPEN)
			transport_pause(t, t->own_delay);
	}
	t->running = false;
}

static void
gate_opens(void *arg)
{
	struct transport *t = arg;

	t->gate = GATE_OPEN;
	xfree(&t->reason);
	transport_run(t);
}

static void
shut(struct transport *t, enum gate gate, struct span d)
{
	t->gate = gate;
	if (t->timer == NULL)
		t->timer = timer_new(qm.loop, gate_opens, t);
	timer_set(t->timer, d);
}

void
transport_pause(struct transport *t, struct span d)
{
	if (t->gate != GATE_DEAD)
		shut(t, GATE_PAUSE, d);
}

void
transport_kill(struct transport *t, const char *reason)
{
	struct destination *d, *next;

	if (t->gate == GATE_DEAD)
		return;
	t->reason = xstrdup(reason);
	shut(t, GATE_DEAD, cf->transport_retry_time);
	RB_FOREACH_SAFE(d, destination_tree, &t->dests, next) {
		route_suspend(d, reason);
		destination_check(d);
	}
}

void
transport_revive_all(void)
{
	struct destination *d, *next;
	struct transport *t;

	RB_FOREACH(t, transport_tree, &qm.transports) {
		if (t->gate == GATE_DEAD) {
			timer_set(t->timer, SPAN_NEVER);
			gate_opens(t);
		}
		RB_FOREACH_SAFE(d, destination_tree, &t->dests, next)
			destination_revive(d);
	}
}

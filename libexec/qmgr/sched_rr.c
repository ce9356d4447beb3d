/* SPDX-License-Identifier: ISC */
/*
 * sched_rr - round robin over destinations, first come first served within
 * one.
 *
 * Each transport has a list of the destinations that are ready; the first
 * of it gives an entry and goes to the end. What is not ready is not in it,
 * so that thousands of waiting destinations cost nothing.
 */
#include "conf/conf.h"

#include "qmgr.h"

static uint32_t
rr_budget(const struct message *m)
{
	uint32_t limit = (uint32_t)cf->qmgr_message_recipient_limit;
	uint32_t least = (uint32_t)cf->qmgr_message_recipient_minimum;
	uint32_t room = qm.nrcpts < limit ? limit - qm.nrcpts : 0;
	uint64_t share = (uint64_t)limit *
	    (uint64_t)cf->qmgr_fudge_factor / 100;

	(void)m;
	if (room > share)
		room = (uint32_t)share;
	return (room > least ? room : least);
}

static void
rr_message(struct message *m)
{
	(void)m;
}

static void
rr_entry(struct entry *e)
{
	(void)e;
}

static void
rr_destination(struct destination *d)
{
	bool ready = destination_ready(d);

	if (ready == d->queued)
		return;
	d->queued = ready;
	if (ready)
		TAILQ_INSERT_TAIL(&d->t->ready, d, ready);
	else
		TAILQ_REMOVE(&d->t->ready, d, ready);
}

static struct entry *
rr_next(struct transport *t)
{
	struct destination *d = TAILQ_FIRST(&t->ready);

	return (d != NULL ? TAILQ_FIRST(&d->todo) : NULL);
}

/* Now it is the others' turn. */
static void
rr_taken(struct entry *e)
{
	struct destination *d = e->d;

	if (!d->queued)
		return;
	TAILQ_REMOVE(&d->t->ready, d, ready);
	TAILQ_INSERT_TAIL(&d->t->ready, d, ready);
}

static struct entry *
rr_next_on(struct destination *d)
{
	return (destination_ready(d) ? TAILQ_FIRST(&d->todo) : NULL);
}

const struct sched sched_rr = {
	.name = "rr",
	.budget = rr_budget,
	.message_add = rr_message,
	.message_gone = rr_message,
	.entry_add = rr_entry,
	.entry_taken = rr_taken,
	.entry_done = rr_entry,
	.destination = rr_destination,
	.next = rr_next,
	.next_on = rr_next_on,
};

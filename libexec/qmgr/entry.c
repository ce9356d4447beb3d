/* SPDX-License-Identifier: ISC */
/* entry - recipients of one message for one destination. */
#include "base/log.h"

#include "qmgr.h"

struct entry *
entry_new(struct message *m, struct destination *d, struct rcpt **rcpts,
    uint32_t n)
{
	struct entry *e = arena_get(message_arena(m), sizeof(*e));

	must(n > 0);
	e->m = m;
	e->rcpts = rcpts;
	e->n = n;
	m->entries++;
	destination_put(d, e, false);
	return (e);
}

void
entry_take(struct entry *e)
{
	struct destination *d = e->d;

	TAILQ_REMOVE(&d->todo, e, link);
	d->todo_n--;
	d->busy++;
	e->m->inflight++;
	qm.sched->entry_taken(e);
	qm.sched->destination(d);
}

void
entry_return(struct entry *e)
{
	struct destination *d = e->d;

	must(d->busy > 0 && e->m->inflight > 0);
	d->busy--;
	e->m->inflight--;
	destination_put(d, e, true);
}

void
entry_done(struct entry *e)
{
	struct message *m = e->m;

	must(m->entries > 0);
	qm.sched->entry_done(e);
	m->entries--;
	active_check(m);
}

/* SPDX-License-Identifier: ISC */
/*
 * sched - which entry is delivered next: the interface of a scheduler.
 *
 * The queue manager owns messages, entries, destinations and their windows;
 * a scheduler only orders them. It is told of every change and asked two
 * questions. It never delivers, waits or frees. What it must remember of an
 * object lies in members that are marked as the scheduler's.
 *
 * Two are foreseen: the round robin one here (that of oqmgr(8)) and the
 * preemptive one, which keeps a job for each (message, transport) and needs
 * message_add(), entry_add(), entry_done() and message_gone() for that.
 */
#ifndef POSTERN_SCHED_H
#define POSTERN_SCHED_H

#include <stdbool.h>
#include <stdint.h>

struct message;
struct entry;
struct destination;
struct transport;

struct sched {
	const char	*name;

	/*
	 * How many recipients of m may be read into memory now; 0: wait until
	 * others have gone.
	 */
	uint32_t	(*budget)(const struct message *m);

	/* The entries of a batch of m have been added; all or some of it. */
	void		(*message_add)(struct message *m);
	/* m leaves the active queue. */
	void		(*message_gone)(struct message *m);

	/* e is in the todo list of its destination. */
	void		(*entry_add)(struct entry *e);
	/* e was taken for delivery, or moved away; no longer in that list. */
	void		(*entry_taken)(struct entry *e);
	/* e has been delivered, deferred, ...: its memory is about to go. */
	void		(*entry_done)(struct entry *e);

	/*
	 * destination_ready(d) may have changed: window, gate, todo list. Also
	 * called before d is freed, when it is not ready.
	 */
	void		(*destination)(struct destination *d);

	/*
	 * The next entry of t that may be delivered now; NULL: none. It need
	 * not be taken; entry_taken() says that it was.
	 */
	struct entry	*(*next)(struct transport *t);
	/*
	 * An agent has an open session for d: the entry that should go over
	 * it; NULL: none.
	 */
	struct entry	*(*next_on)(struct destination *d);
};

extern const struct sched sched_rr;

#endif

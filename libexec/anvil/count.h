/* SPDX-License-Identifier: ISC */
/*
 * count - connections and rates for each (service, client).
 *
 * A rate is how often something happened since the client's time unit began;
 * a new unit begins with the first event after the old one is over.
 */
#ifndef POSTERN_ANVIL_COUNT_H
#define POSTERN_ANVIL_COUNT_H

#include "base/mono.h"
#include "proto/proto.h"

#define COUNT_MAX	100000		/* clients that are remembered */

struct counter;

struct counts {
	struct span	 unit;
	size_t		 max;
	size_t		 n;		/* clients now */
	struct count_state *state;	/* private */
};

void	counts_init(struct counts *c, struct span unit, size_t max);
void	counts_fini(struct counts *c);

/*
 * Count one event of "kind" (not ANVIL_DISCONNECT) and say how things stand.
 * A connection comes with a counter that is to be given back with
 * counts_disconnect(); NULL for all other kinds. When the table is full and
 * all in it are connected, a client counts as the first of its kind.
 */
struct counter	*counts_event(struct counts *c, enum anvil_kind kind,
		    const char *ident, struct mono now,
		    struct msg_anvil_status *out);
void		 counts_disconnect(struct counts *c, struct counter **k,
		    struct mono now);
const char	*counter_ident(const struct counter *k);
/* Forget who has not been seen for a time unit. */
void		 counts_expire(struct counts *c, struct mono now);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * dial - the client of dial(8), for code that blocks: a connected descriptor
 * for a host or for an endpoint that the configuration names.
 *
 * What may be reached is dial(8)'s decision, by the role that the kernel says
 * is asking.
 */
#ifndef POSTERN_DIAL_H
#define POSTERN_DIAL_H

#include "base/mono.h"
#include "broker/chan.h"

struct dial {			/* a kept channel */
	struct chan	*(*reach)(const char *service);
	const char	*service;
	struct chan	*chan;		/* or NULL: not yet */
};

/*
 * One request (verb and message, whose id is DIAL_ID). It is sent again over
 * a new channel if the kept one is gone, or if the new one met a dial(8) that
 * was just making way after a reload. 0 and the descriptor, or errno.
 */
#define DIAL_ID		1		/* one request at a time */
int	dial_ask(struct dial *d, enum verb verb, const void *msg,
	    struct span timeout, int *fd);

/*
 * "unix:path" or "inet:host:port", as a parameter of this role has it. EPERM:
 * none of them does.
 */
int	dial_endpoint(struct dial *d, const char *text, struct span timeout,
	    int *fd);

/* Milliseconds as the requests have them; 0 is the longest that there is. */
uint32_t dial_ms(struct span timeout);

void	dial_close(struct dial *d);

#endif

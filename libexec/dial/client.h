/* SPDX-License-Identifier: ISC */
/* client - a role's channel, and the connections that it waits for. */
#ifndef POSTERN_DIAL_CLIENT_H
#define POSTERN_DIAL_CLIENT_H

#include "broker/chan.h"
#include "event/event.h"

/*
 * Serve a channel until its client closes it; takes it over. A client that
 * goes away takes its unfinished connections with it.
 */
void	client_new(struct loop *l, struct chan *ch);
/* Call "done" as soon as there is no client (any more). */
void	client_drain(void (*done)(void));

#endif

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
/*
 * UNIX sockets: "ask" has master(8) connect to one of dial_endpoints, by
 * its number; it answers by client_connected() with the same id.
 */
extern void (*client_ask)(uint32_t id, uint32_t number);
void	client_connected(uint32_t id, int error, int fd);
/* Call "done" as soon as there is no client (any more). */
void	client_drain(void (*done)(void));

#endif

/* SPDX-License-Identifier: ISC */
/* daemon - what the files of anvil(8) say to each other. */
#ifndef POSTERN_ANVIL_DAEMON_H
#define POSTERN_ANVIL_DAEMON_H

#include "broker/role.h"
#include "count.h"

/* stat.c: the largest values of a while, for the log. */

void	stat_note(enum anvil_kind kind, const char *ident,
	    const struct msg_anvil_status *st, size_t clients);
/* Log them and begin anew. */
void	stat_log(void);

/* client.c: channels. */

void	anvil_start(struct loop *l);
void	anvil_client(struct loop *l, struct chan *ch);
/* Stay for the clients that are there: they are counted here. */
void	anvil_drain(struct loop *l);

#endif

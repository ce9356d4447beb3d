/* SPDX-License-Identifier: ISC */
/* flush - what the files of flush(8) share. */
#ifndef POSTERN_FLUSH_H
#define POSTERN_FLUSH_H

#include "broker/role.h"
#include "sitelog.h"
#include "table/match.h"

struct flush {
	struct loop	*loop;
	struct sitelogs	 logs;
	struct match	*eligible;	/* fast_flush_domains */
	/* How qmgr(8) is reached, and the time; others in tests. */
	struct chan	*(*dial)(const char *service);
	int64_t		 (*now)(void);
};

extern struct flush flush;

/* client.c: requests. */
void	client_new(struct loop *l, struct chan *ch);
/* Take in what clients have sent by now. */
void	clients_last_words(void);

/* send.c: ask qmgr(8) for each message of a site. */
void	send_init(void);
/* What waits under NAME is sent, after what is being sent now. */
void	send_site(const char *name);

/*
 * refresh.c: count the logs and go on with those that a crash has left half
 * sent.
 */
void	refresh_start(void);
/*
 * Send what has waited for fast_flush_refresh_time without a request, or, with
 * "all", whatever waits. Remove what is empty, fast_flush_purge_time later.
 */
void	refresh(bool all);

#endif

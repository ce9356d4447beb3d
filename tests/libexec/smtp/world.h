/* SPDX-License-Identifier: ISC */
/*
 * world - what is around a worker of smtp(8), for tests: qmgr, dial, resolver
 * and servers, with the worker in a process of its own.
 */
#ifndef POSTERN_TESTS_WORLD_H
#define POSTERN_TESTS_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "proto/proto.h"

struct rule {				/* of a server */
	const char	*verb;		/* "CONNECT", "EHLO", ..., "DOT" */
	int		 nth;		/* 1: the first time; 0: always */
	const char	*reply;		/* lines with CR LF between them, or DROP,
					   HANG, BIG, GARBAGE, SLOW */
};

struct server_at {			/* no row: connection refused */
	const char	*addr;		/* or path of a socket */
	const char	*features;	/* "PIPELINING|SIZE 100", of EHLO */
	const struct rule *rules;	/* ends with a verb of NULL */
};

struct dns_row {
	const char	*name;
	uint32_t	 type;
	const char	*value;		/* "10 mx1.example", an address, or a
					   status: NXDOMAIN, TEMPFAIL */
};

struct world {
	const char	*const *conf;	/* name, value, ..., NULL */
	const struct dns_row *dns;	/* ends with a name of NULL */
	const struct server_at *servers; /* ends with an addr of NULL */
	bool		 lmtp;		/* a worker of lmtp(8) */
	int		 dials_gone;	/* so many times dial(8) goes unheard */

	/* The rest is the world's own. */
	struct arena	*arena;
	struct chan	*qmgr;		/* our end of the worker's channel */
	int		 dial_fd, resolver_fd;
	struct chan	*dial, *resolver;
	int		 worker;	/* pid, or 0 */
	int		 dials;		/* connections asked for */
	char		 dialled[128];	/* the latest address and port */
	enum verb	 verb;		/* that dial was asked */
};

struct mail {
	const char	*id;		/* NULL: 4ABC */
	const char	*nexthop;	/* NULL: [192.0.2.1] */
	const char	*sender;	/* NULL: s@example.com */
	const char	*rcpts[8];	/* none: r@example.org */
	size_t		 many;		/* so many instead: r0@... */
	const char	*content;	/* NULL: a short message */
	size_t		 size;		/* of content, 0: strlen */
	const char	*encoding;
	uint32_t	 flags;
	uint32_t	 sendopts;
	uint32_t	 cursor;
	uint32_t	 notify;
	bool		 damage;	/* a byte of the content is changed */
};

#define WORLD_RCPTS	1000

struct fate {
	bool		 known;
	enum outcome	 outcome;
	char		 dsn[17], action[17], mta_name[256];
	char		 reason[2001], diag_text[1001];
};

struct result {
	bool		 done;		/* false: the worker died */
	bool		 kept, hop_failed;
	uint32_t	 cursor;
	size_t		 n;
	struct fate	 fate[WORLD_RCPTS];
};

/* Parameters only (cf), for tests without a worker. */
void	world_conf(struct arena *a, const char *const *conf);

void	world_start(struct world *w);
/* A fresh worker, the old one having ended. */
void	world_worker(struct world *w);
void	world_deliver(struct world *w, const struct mail *m, struct result *r);
/* Close the channel, as qmgr does; the worker must end with status 0. */
void	world_release(struct world *w);
void	world_stop(struct world *w);

/* Wait for all servers to end: after it, all they heard is there. */
void	world_settle(void);

/* All that was logged by the workers. */
const char *world_log(struct world *w);
/* What the n-th connection (from 1) sent to its server. */
const char *world_heard(struct world *w, int n);

/* What most servers offer. */
#define ALL	"PIPELINING|SIZE 0|8BITMIME|DSN|SMTPUTF8|ENHANCEDSTATUSCODES"

/* Parameters: short timeouts, hosts from DNS. */
extern const char *const quick[];

/* A failed check of case "label" unless "part" is in "text", or is not. */
void	has(const char *label, const char *text, const char *part);
void	has_not(const char *label, const char *text, const char *part);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * smtp_in - what the parts of smtp(8) know of each other.
 *
 * A worker serves one channel of qmgr(8) and talks to one server (I4): once
 * it has read a byte from an address it never connects to another one.
 */
#ifndef POSTERN_SMTP_IN_H
#define POSTERN_SMTP_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/agent.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/mono.h"
#include "broker/chan.h"
#include "dns/dns.h"
#include "smtp/reply.h"
#include "smtp/stream.h"

/* verdict.c: what happened to a recipient, or to all of them -------------- */

struct verdict {
	char		 dsn[SMTP_DSN_SIZE]; /* class 4 or 5; "" is none yet */
	const char	*reason;
	const char	*mta_name;	/* who said it; NULL: we did */
	const char	*diag_text;	/* its words */
};

bool	verdict_is_soft(const struct verdict *v);
/* Of our own making. */
void	verdict_own(struct verdict *v, struct arena *a, const char *dsn,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* nexthop.c, route.c, order.c: where to go -------------------------------- */

#define SITES_MAX	50		/* names in a nexthop's list */

struct site {				/* one name of the nexthop's list */
	const char	*text;		/* as it was given */
	const char	*host;		/* without [] and port */
	const char	*path;		/* unix:PATH; NULL: TCP */
	uint32_t	 port;
	bool		 direct;	/* in []: no MX */
	bool		 fallback;	/* from smtp_fallback_relay */
};

struct host {				/* one address to connect to */
	const char	*name;
	const char	*path;		/* of a UNIX socket; NULL: TCP */
	struct dns_addr	 addr;
	uint32_t	 port;
	uint32_t	 pref;
	bool		 best;		/* of the best preference */
};

struct route {				/* the hosts of a site, in order */
	struct host	*host;
	size_t		 n;
	bool		 myself;	/* we are one of its mail exchangers */
};

/*
 * Split a nexthop and smtp_fallback_relay into sites. The count, at most
 * SITES_MAX; 0 with *why.
 */
size_t	nexthop_sites(struct arena *a, const char *nexthop,
	    const char *fallback, struct site *out, struct verdict *why);
/* A number or one of known_tcp_ports; 0: neither. */
uint32_t nexthop_port(struct view text);

/*
 * The hosts of a site, truncated to smtp_mx_address_limit, in an order that
 * depends on "seed" and the answers of DNS alone. False with *why.
 */
bool	route_find(struct dns *dns, struct arena *a, const struct site *site,
	    uint64_t seed, struct route *out, struct verdict *why);
bool	route_is_mine(const struct dns_addr *a);
bool	host_is(const struct host *a, const struct host *b);
/* What stands in [] in texts, and is the key of tables by server. */
const char *host_addr_text(struct arena *a, const struct host *h);

uint64_t order_seed(const char *queue_id, const char *nexthop);
void	order_hosts(struct host *h, size_t n, uint64_t seed);
/* At most "limit" of the hosts (0: all), both kinds of addresses among them. */
size_t	order_limit(struct host *h, size_t n, size_t limit);

/* step.c: the dialogue as a table ----------------------------------------- */

enum step {
	STEP_GREETING, STEP_EHLO, STEP_HELO, STEP_LHLO, STEP_XFORWARD, STEP_MAIL,
	STEP_RCPT, STEP_DATA, STEP_BODY, STEP_DOT, STEP_RSET, STEP_QUIT,
	STEP_COUNT
};

struct step_row {
	const char	*doing;		/* lost connection while ... */
	const char	*command;	/* in reply to ... */
	size_t		 timeout;	/* offset of the parameter */
	int		 want;		/* class of the reply that is hoped for */
};

extern const struct step_row steps[STEP_COUNT];

/* server.c, ehlo.c, connect.c: the session with the server ---------------- */

#define FEATURE_ESMTP		0x0001
#define FEATURE_PIPELINING	0x0002
#define FEATURE_SIZE		0x0004
#define FEATURE_8BITMIME	0x0008
#define FEATURE_DSN		0x0010
#define FEATURE_SMTPUTF8	0x0020
#define FEATURE_STARTTLS	0x0040
#define FEATURE_AUTH		0x0080
#define FEATURE_ENHANCED	0x0100
#define FEATURE_XFORWARD_NAME	0x0200
#define FEATURE_XFORWARD_ADDR	0x0400
#define FEATURE_XFORWARD_PORT	0x0800
#define FEATURE_XFORWARD_PROTO	0x1000
#define FEATURE_XFORWARD_HELO	0x2000
#define FEATURE_XFORWARD_IDENT	0x4000
#define FEATURE_XFORWARD_SOURCE	0x8000
#define FEATURE_XFORWARD	0xfe00

struct server {
	struct host	 host;
	const char	*namaddr;	/* host[addr] */
	const char	*relay;		/* host[addr]:port, host[path] */
	int		 fd;		/* -1: not connected */
	struct smtp_stream *st;
	struct smtp_reply reply;	/* the latest */
	uint32_t	 features;
	uint64_t	 size_limit;	/* 0: not known */
	bool		 pix_delay;	/* a firewall wants a pause */
	bool		 dead;		/* no use saying anything more */
	bool		 quit_sent;
	unsigned	 uses;		/* messages on this connection */
	struct mono	 opened;
};

struct client {				/* all that a worker holds */
	struct chan	*chan;		/* to qmgr(8) */
	struct chan	*dial;		/* to dial(8) */
	struct dns	 dns;
	struct arena	*arena;		/* as long as the server */
	struct server	 srv;
	bool		 tainted;	/* srv.host is the only one ever */
	bool		 only;		/* and the nexthop has no other */
	char		*nexthop;	/* whose server it is; on the heap */
	struct chan	*(*reach)(const char *service);
};

/* A message on its way to the server. */
struct delivery {
	struct client	*c;
	struct agent_request *r;
	struct server	*srv;		/* &c->srv, once it is connected */
	bool		 final;		/* there is no further host */
	bool		*next;		/* a recipient for the next host */
	bool		*accepted;	/* the server has said yes to it */
	size_t		 naccepted;
	bool		 loop_check;	/* standard port: am I talking to me? */
	bool		 utf8;		/* the message needs SMTPUTF8 */
	bool		 to_7bit;	/* the content is converted */
	bool		 keep;		/* the session is wanted afterwards */
	bool		 may_be_stale;	/* a reused session, no reply so far */
	bool		 stale;		/* it was closed meanwhile */
	struct verdict	 why;		/* the latest failure */
	uint32_t	 cursor;	/* where a fresh worker goes on */
	const char	*from;		/* what the server is told: internal */
	const char	**to;		/* forms after smtp_generic_maps */
	const char	*nexthop;
};

/* Connect; false with d->why. */
bool	connect_host(struct delivery *d, const struct host *h);

/*
 * Greeting and EHLO. False: all recipients have been dealt with, or are
 * marked for the next host.
 */
bool	server_hello(struct delivery *d);
/*
 * Read the reply to "step". False: the session broke; the recipients that
 * the delivery still has have been dealt with.
 */
bool	server_reply(struct delivery *d, enum step step);
void	server_timeout(struct server *s, enum step step);
/* Polite end, if the session still allows it, and close. */
void	server_close(struct server *s);
/* The reply, in one line. */
const char *server_said(struct arena *a, const struct server *s);
/* Ready for another message? */
bool	server_alive(struct server *s);

void	ehlo_parse(struct server *s, const char *mask);
/* smtp_discard_ehlo_keywords for this server; NULL: a table failed. */
const char *ehlo_discards(struct arena *a, const struct server *s);

/* fail.c ------------------------------------------------------------------ */

/* From the latest reply; "step" for the text. */
void	fail_verdict(struct delivery *d, enum step step, struct verdict *v);
/*
 * The server, or this host, is of no use: every recipient not yet dealt
 * with. "hop": the destination is to blame, qmgr(8) should go easy on it.
 */
void	fail_all(struct delivery *d, const struct verdict *v, bool hop);
/* Recipients that the server had accepted, and no others. */
void	fail_accepted(struct delivery *d, const struct verdict *v);
void	fail_rcpt(struct delivery *d, size_t i, const struct verdict *v);
void	fail_stream(struct delivery *d, enum smtp_io io, enum step step);
/* Recipients that are neither reported nor marked for the next host. */
size_t	fail_left(const struct delivery *d);

/* transact.c, command.c, content.c ---------------------------------------- */

/* One mail transaction, for the recipients that are left. */
void	transact(struct delivery *d);

void	command_mail(struct delivery *d, struct buf *out);
void	command_rcpt(struct delivery *d, size_t i, struct buf *out);
/* d->from and d->to; false: a table failed. */
bool	command_addresses(struct delivery *d);
/* The XFORWARD commands, at most two; the count. */
size_t	command_xforward(struct delivery *d, struct buf out[2]);

enum content_end {
	CONTENT_OK, CONTENT_STREAM, CONTENT_DAMAGED, CONTENT_TABLE
};

/*
 * Send the content without the final dot, checking its digest. *io says what
 * was wrong with the stream.
 */
enum content_end content_send(struct delivery *d, enum smtp_io *io);
/* Does the header hold bytes beyond ASCII? */
bool	content_header_8bit(const struct agent_request *r);

/* deliver.c --------------------------------------------------------------- */

/*
 * Deliver one request: all recipients reported and deliver_done sent. False:
 * qmgr(8) is gone.
 */
bool	deliver(struct client *c, struct agent_request *r);

/* client.c ---------------------------------------------------------------- */

/* Serve a channel until it is closed; "reach" is role_dial(). */
void	client_run(struct chan *chan, struct chan *(*reach)(const char *));

#endif

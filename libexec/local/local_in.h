/* SPDX-License-Identifier: ISC */
/*
 * local_in - what the parts of local(8) know of each other.
 *
 * A worker has one message (I4), and a job for each of its recipients: a
 * recipient is expanded, by aliases and .forward files, into deliveries; each
 * has its line in the log, all together are one report to qmgr(8).
 */
#ifndef POSTERN_LOCAL_IN_H
#define POSTERN_LOCAL_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/agent.h"
#include "agent/entry.h"
#include "agent/launch.h"
#include "base/arena.h"
#include "base/buf.h"
#include "broker/chan.h"
#include "conf/conf.h"
#include "table/maps.h"

#define NESTING_MAX	100		/* aliases in aliases */

/* setup.c: tables and lists, opened once for all workers ------------------ */

#define SOURCE_ALIAS	0x1		/* of allow_mail_to_* */
#define SOURCE_FORWARD	0x2
#define SOURCE_INCLUDE	0x4

#define DELIVERED_COMMAND 0x1		/* of prepend_delivered_header */
#define DELIVERED_FILE	0x2
#define DELIVERED_FORWARD 0x4

#define PROPAGATE_ALIAS	0x1		/* of propagate_unmatched_extensions */
#define PROPAGATE_FORWARD 0x2
#define PROPAGATE_INCLUDE 0x4

struct setup {
	struct table	**alias;	/* as warrant(8) numbers them */
	size_t		 naliases;
	struct maps	*transports;	/* mailbox_transport_maps */
	struct maps	*fallbacks;	/* fallback_transport_maps */
	unsigned	 commands, files; /* SOURCE_* */
	unsigned	 delivered;	/* DELIVERED_* */
	unsigned	 propagate;	/* PROPAGATE_* */
};

extern struct setup setup;

/* fatal() if a list has an unknown word. */
void	setup_init(void);
/* For tests, which set up more than once. */
void	setup_fini(void);
unsigned setup_words(const char *title, const char *value,
	    const char *const *names);

/* seen.c: what has been done already -------------------------------------- */

struct seen;

struct seen *seen_new(struct arena *a, size_t limit);
/* True if "key" was there; else it is from now on, if there is room. */
bool	seen(struct seen *s, const char *key);

/* who.c ------------------------------------------------------------------- */

/* A point in the expansion of a recipient. */
struct who {
	const struct who *up;		/* what it comes from; NULL: the recipient */
	unsigned	 level;
	const char	*addr;		/* internal form */
	const char	*local;		/* lower case, with extension */
	const char	*user, *ext;	/* its parts; ext "" if none */
	char		 delimiter;	/* between them; 0: none */
	const char	*domain;
	const char	*alias;		/* whose expansion this is; NULL: none */
	const char	*forward;	/* in whose .forward; NULL: none */
	bool		 luser;		/* luser_relay has named it */
	const char	*sender;	/* of mail that is passed on */
	bool		 owned;		/* all mail is passed on: a list's */
};

struct job {
	struct chan	*qmgr;
	struct agent_request *r;
	struct agent_rcpt *rcpt;
	struct arena	*a;
	struct seen	*seen;
	struct mail	*mail;		/* to be passed on */
	bool		 any;		/* "fate" is set */
	struct agent_result fate;	/* the worst so far */
	struct failure	*failures, **failed; /* all of them, in order */
};

struct failure {
	struct failure	*next;
	struct agent_result res;
};

void	who_init(struct who *w, struct job *j, const struct who *up,
	    const char *addr);
/*
 * What became of a delivery: into the log, and merged into what qmgr(8) will
 * hear. A deferral outweighs a failure, this outweighs success.
 */
void	job_result(struct job *j, const struct who *w,
	    const struct agent_result *res);
/* The same without a line in the log: another agent has written it. */
void	job_merge(struct job *j, const struct who *w,
	    const struct agent_result *res);
/* To qmgr(8): what became of the recipient, each failure if it has failed. */
void	job_tell(struct job *j);
void	job_fail(struct job *j, const struct who *w, const char *dsn,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* deliver.c: aliases, .forward, mailbox, in this order -------------------- */

void	deliver(struct job *j, const struct who *w);
/* An address that an expansion of "up" has. */
void	deliver_address(struct job *j, const struct who *up,
	    const char *addr);

/* list.c: entries of an alias or of a .forward file ----------------------- */

enum list_kind { LIST_ALIAS, LIST_FORWARD };

struct list {
	enum list_kind	 kind;
	const struct who *w;		/* the addresses' parent */
	uint32_t	 map;		/* LIST_ALIAS */
	const char	*key;
	const char	*login;		/* whose rights; LIST_FORWARD: the user */
	const char	*ext;		/* that is propagated */
};

/* The entries themselves; "items" is where they were found. */
void	list_deliver(struct job *j, const struct list *l,
	    const struct launch_entry *e, size_t n, const char *items,
	    unsigned source);
/* Ask for one item, or "" for the list. */
void	list_ask(struct job *j, const struct list *l, const char *items,
	    unsigned delivered, struct launch_answer *out);

/* resolve.c: trivial-rewrite(8) ------------------------------------------- */

struct resolved {
	uint32_t	 flags;
	const char	*transport, *nexthop, *addr;
};

/* Complete an address and say where it goes; false: not now. */
bool	resolve(struct job *j, const char *addr, struct resolved *out);
/* In the local form "name" becomes name@$myorigin. NULL: not now. */
const char *resolve_complete(struct job *j, const char *addr);

/* header.c ---------------------------------------------------------------- */

/* Has the message been delivered to this address before? */
bool	header_loops(const struct agent_request *r, const char *addr);

/* post.c: mail that is passed on, through cleanup(8) ---------------------- */

void	post_add(struct job *j, const struct who *w, const char *addr);
/* Send what was collected; the results are those of the recipient. */
void	post_all(struct job *j, const struct who *w);

/* pass.c: another delivery agent ------------------------------------------ */

/*
 * "transport:nexthop" for this address. The other agent logs; false if
 * "transport" names none (""), and nothing was done.
 */
bool	pass(struct job *j, const struct who *w, const char *transport);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * judge - one evaluation of restriction lists, and the rows of the table of
 * restrictions. Private to restrict*.c, access.c, unlisted.c and rbl.c.
 */
#ifndef POSTERN_SMTPD_JUDGE_H
#define POSTERN_SMTPD_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/proto.h"
#include "session.h"
#include "table/maps.h"

enum check {
	CHECK_DUNNO,			/* ask the next one */
	CHECK_OK,			/* the rest of this list is skipped */
	CHECK_REJECT			/* judge.verdict says how */
};

/* What is judged; the word for it in replies. */
#define CLASS_CLIENT	"Client host"
#define CLASS_HELO	"Helo command"
#define CLASS_SENDER	"Sender address"
#define CLASS_RCPT	"Recipient address"
#define CLASS_DATA	"Data command"
#define CLASS_EOD	"End-of-data"
#define CLASS_ETRN	"Etrn command"
#define CLASS_LOGIN	"SASL login name"

struct judge {
	struct smtpd	*s;
	enum stage	 stage;		/* the list that is evaluated */
	const char	*rcpt;		/* internal form, or NULL */
	const char	*etrn;		/* domain, or NULL */
	const char	*class;		/* what an access table was asked
					   for, while its value is judged */
	bool		 warn;		/* warn_if_reject */
	int		 depth;
	struct deferral	*if_permit;
	struct deferral	 if_reject;
	struct verdict	 verdict;
};

enum rarg {
	RARG_NONE,
	RARG_TABLE,			/* type:name */
	RARG_CCERT,			/* the same, or { type:name options } */
	RARG_NUMBER,
	RARG_DOMAIN,			/* domain[=filter] */
	RARG_POLICY			/* a server, perhaps with options */
};

/* What must be known of the client for this to make sense. */
#define NEED_HELO	0x1
#define NEED_SENDER	0x2
#define NEED_RCPT	0x4

struct ritem;

struct restriction {
	const char	*name;
	const char	*alias;		/* an older name, or NULL */
	enum rarg	 arg;
	unsigned	 needs;
	/* NULL: not built yet. */
	enum check	(*run)(struct judge *j, const struct ritem *it);
	int		 which;		/* for functions that serve several */
	const char	*doc;
};

extern const struct restriction restriction_table[];
extern const size_t restriction_count;

struct ritem {
	const struct restriction *r;	/* NULL: a class */
	const struct rlist *list;	/* of the class */
	const char	*word;		/* the argument as it stands */
	struct maps	*maps;		/* of RARG_TABLE; NULL: unavailable */
	const struct policy_server *policy;	/* of RARG_POLICY */
	int64_t		 number;
};

struct rlist {
	const char	*title;
	struct ritem	*items;
	size_t		 n;
};

/* Evaluate a list. */
enum check	judge_list(struct judge *j, const struct rlist *list);

/*
 * Names of restrictions as an access table's value: only those without
 * tables, and classes. NULL if there is an unknown one (logged).
 */
const struct rlist *judge_words(struct judge *j, const char *text,
		    const char *table);

/*
 * Refuse with this code and text ("dsn" is for the class of the code; its
 * first digit is set). CHECK_REJECT, or CHECK_DUNNO with warn_if_reject.
 */
enum check	judge_reject(struct judge *j, const char *class, int code,
		    const char *dsn, const char *fmt, ...)
		    __attribute__((format(printf, 5, 6)));

/* Refuse in the end, if nothing else does; the first one counts. */
enum check	judge_defer_if_permit(struct judge *j, const char *class,
		    int code, const char *dsn, const char *fmt, ...)
		    __attribute__((format(printf, 5, 6)));

/* DNS has failed: defer now, or if nothing else refuses, as "action" says. */
enum check	judge_tempfail(struct judge *j, const char *action,
		    const char *class, int code, const char *dsn,
		    const char *fmt, ...)
		    __attribute__((format(printf, 6, 7)));

/* A table has failed, or the configuration is wrong. */
enum check	judge_retry(struct judge *j, const char *what);
enum check	judge_misconfigured(struct judge *j, const char *name,
		    const char *class);

/* What defer_if_permit has left waiting: refuse, if anything. */
bool		judge_end(struct judge *j);

/* What is judged in this list, for replies: name and class. */
const char	*judge_subject(struct judge *j, const char **class);
/* The words for one thing whatever the list is. */
const char	*judge_name(struct judge *j, const char *class);

/* The sender in internal form, or NULL. */
const char	*judge_sender(const struct judge *j);

/*
 * address.c: the address as rewrite and resolve have it; false if they have
 * failed. Kept for the command.
 */
struct resolved {
	uint32_t	 flags;		/* RESOLVE_* */
	const char	*transport, *nexthop, *rcpt;
};
bool	address_resolve(struct smtpd *s, const char *addr,
	    struct resolved *out);
/*
 * The key for access tables: the address itself, where nothing needs to be
 * asked. *routed: the sender of the command says how it is to be routed.
 */
bool	address_key(struct smtpd *s, const char *addr, const char **key,
	    bool *routed);

/* access.c: what the value of an access table means. */
enum check	access_result(struct judge *j, const char *table,
		    const char *value, const char *name, const char *class);

/* The table of an item has failed: never permit because of that. */
enum check	judge_table_failed(struct judge *j, const struct ritem *it,
		    const char *key, const char *class);

/* unlisted.c: is the address one that does not exist with us? */
enum check	unlisted(struct judge *j, const char *addr, const char *class);

/* unverified.c: the sender of verify(8)'s own messages? */
bool	probe_sender_known(const char *addr);

/* The functions of the table. */
typedef enum check restriction_fn(struct judge *, const struct ritem *);
restriction_fn	check_permit, check_reject, check_defer, check_defer_if,
		check_warn_next, check_sleep, check_never, check_networks,
		check_own_addr, check_auth_destination, check_unauth,
		check_unlisted, check_fqdn, check_helo_syntax,
		check_helo_known, check_domain_known, check_client_known,
		check_access, check_server_access, check_pipelining,
		check_bounce, check_plaintext, check_rbl, check_rhsbl,
		check_address_map, check_unverified, check_ccert_trusted,
		check_ccert_listed, check_ccert_access, check_authenticated,
		check_sasl_access, check_sender_login, check_policy;

/*
 * The table of check_ccert_access, whose argument may be a group with a search
 * order; fatal() for what cannot be.
 */
struct view	ccert_table(struct ritem *it, const char *title,
		    struct view arg);

/* Values of "which". */
enum { UNAUTH_REJECT, UNAUTH_DEFER };
enum { IF_PERMIT, IF_REJECT };
enum { LOGIN_AUTH = 0x1, LOGIN_UNAUTH = 0x2, LOGIN_KNOWN = 0x4 };
enum { CLIENT_FORWARD_CONFIRMED, CLIENT_REVERSE, CLIENT_FORWARD };
enum {				/* whose name or address */
	OF_CLIENT, OF_REVERSE, OF_HELO, OF_SENDER, OF_RCPT, OF_ETRN,
	OF_MASK = 0xf,
	BY_A = 0x10, BY_MX = 0x20, BY_NS = 0x30, BY_MASK = 0x30,
	IS_PERMIT = 0x40
};

#endif

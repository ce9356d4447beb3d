/* SPDX-License-Identifier: ISC */
/*
 * policy - what each role may do, compiled from policy/ROLE.policy.
 *
 * Everything here is constant data. The table holds all roles without their
 * filters; a role's program names its own filter (policy_filter_smtpd) and
 * links no other one.
 */
#ifndef POSTERN_POLICY_H
#define POSTERN_POLICY_H

#include <linux/filter.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/bits.h"
#include "policy/policy_ids.h"	/* generated: enum role_id, ROLE_COUNT */

enum policy_kind {
	POLICY_PRIVILEGED,	/* master, warden, launcher */
	POLICY_SHARED,		/* one loop, many clients */
	POLICY_SESSION,		/* a worker for each session */
	POLICY_MESSAGE,		/* a worker for each message */
	POLICY_COMMAND		/* acts as a user of the host, or is one */
};

enum policy_root {
	POLICY_ROOT_EMPTY,	/* an empty, read-only directory */
	POLICY_ROOT_QUEUE,	/* the queue directory */
	POLICY_ROOT_DATA,	/* a directory of its name in data_directory */
	POLICY_ROOT_HOST	/* no chroot: the privileged ones */
};

struct policy_path {
	const char	*path;		/* relative to the role's root */
	uint64_t	 access;	/* POLICY_FS_* */
};

struct policy_port {
	uint16_t	 port;
	uint64_t	 access;	/* POLICY_NET_* */
};

struct policy_limit {
	int		 resource;	/* RLIMIT_* */
	uint64_t	 value;		/* UINT64_MAX: no limit */
};

#define POLICY_VERB_WORDS	4	/* room for 256 verbs */

struct policy_peer {
	enum role_id	 role;
	uint64_t	 verbs[POLICY_VERB_WORDS];
};

struct policy {
	const char	*name;
	const char	*purpose;
	enum policy_kind kind;
	const char	*user;
	const char	*group;
	const char	*const *groups;		/* supplementary ones */
	size_t		 ngroups;
	bool		 network;		/* false: empty namespace */
	enum policy_root root;
	uint64_t	 caps;			/* 1 << CAP_*; privileged */
	const struct policy_limit *limits;
	size_t		 nlimits;
	const struct policy_path *paths;	/* everything else is shut */
	size_t		 npaths;
	const struct policy_port *ports;
	size_t		 nports;
	uint64_t	 port_any;		/* POLICY_NET_* not restricted */
	bool		 landlock_optional;
	const struct policy_peer *peers;
	size_t		 npeers;
	uint64_t	 replies[POLICY_VERB_WORDS]; /* as a server */
	uint32_t	 receive;		/* 1 << POLICY_RECV_* */
};

struct policy_filter {
	const struct sock_filter *code;
	size_t		 n;
};

extern const struct policy policy_table[ROLE_COUNT];

/* A process that a spawner starts as a user of its own. */
static inline bool
policy_is_role(const struct policy *p)
{
	return (p->kind != POLICY_PRIVILEGED && p->kind != POLICY_COMMAND);
}

/* The policy of a role by its name; NULL if there is none. */
const struct policy *policy_find(const char *role);
/* The other way: its number. */
enum role_id	policy_id(const struct policy *p);

/* "from" holds the sending end of a rendezvous of "to". */
bool		policy_may_reach(enum role_id from, enum role_id to);
/* "from" may send "verb" (enum verb) to some peer, as client or server. */
bool		policy_may_send(enum role_id from, unsigned verb);
/* The client "from" may send "verb" to the server "to". */
bool		policy_may_ask(enum role_id from, enum role_id to,
		    unsigned verb);
/* The server "from" may send "verb" back on a client's channel. */
bool		policy_may_reply(enum role_id from, unsigned verb);

/* The policy in words, for a person; lives for ever. (policy_text.c) */
const char	*policy_text(enum role_id role);

/* Filters by role number; links all of them: for tests and the checker. */
extern const struct policy_filter *const policy_filters[ROLE_COUNT];

/* generated: extern const struct policy_filter policy_filter_ROLE; */
#define POLICY_FILTER(id, name)	\
	extern const struct policy_filter policy_filter_##name;
POLICY_ROLES(POLICY_FILTER)
#undef POLICY_FILTER

#endif

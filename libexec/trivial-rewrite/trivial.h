/* SPDX-License-Identifier: ISC */
/* trivial - what the files of trivial-rewrite(8) know of each other. */
#ifndef POSTERN_TRIVIAL_H
#define POSTERN_TRIVIAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "broker/chan.h"
#include "message/rewrite.h"
#include "table/local.h"
#include "table/maps.h"
#include "table/match.h"

/* Where a class of addresses goes: for mail, or for address probes. */
struct routing {
	const char	*local, *virtual, *relay, *dflt; /* transport:nexthop */
	const char	*relayhost;
	struct maps	*transports;
	struct maps	*sender_relayhosts;
	struct maps	*sender_transports;
};

struct trivial {
	struct rewrite_rules	 rules_local, rules_remote;
	struct maps_rules	 keys;
	enum maps_parents	 parents;	/* of transport_maps */
	struct local_domains	*here;
	struct match		*alias_domains, *mailbox_domains;
	struct match		*relay_domains;
	struct maps		*relocated;
	struct routing		 mail, probe;
};

/*
 * All lists and maps as the parameters (cf) say; tables come from "src". False
 * with *err if one cannot be opened. Everything lives in the arena.
 */
bool	trivial_setup(struct trivial *t, struct arena *a,
	    struct table_source *src, const char **err);

/* An answer; the text lives in the arena. */
struct resolution {
	uint32_t	 flags;		/* RESOLVE_* */
	const char	*transport;
	const char	*nexthop;
	const char	*recipient;
};

/* Where mail from "sender" for "addr" goes, both in internal form. */
void	trivial_resolve(struct trivial *t, struct arena *a, bool probe,
	    const char *sender, const char *addr, struct resolution *out);

/*
 * Transport and next hop of r->recipient, whose class is in r->flags.
 * "domain" is its domain. False: a table has failed.
 */
bool	trivial_route(struct trivial *t, struct arena *a,
	    const struct routing *way, const char *sender,
	    const char *domain, struct resolution *r);

/* The role: set up from the bundle; answer a client. */
void	trivial_init(void);
void	trivial_client(struct loop *l, struct chan *ch);
/* What is set up; for tests, which set up by themselves. */
extern struct trivial *trivial_self;

#endif

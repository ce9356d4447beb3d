/* SPDX-License-Identifier: ISC */
/*
 * rules - which role may reach what. It is decided by who the kernel says is
 * asking, and by configuration; nothing that was asked can widen it.
 */
#ifndef POSTERN_DIAL_RULES_H
#define POSTERN_DIAL_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"
#include "dns/dns.h"
#include "policy/policy.h"

/* A word of dial_endpoints. */
struct endpoint {
	enum role_id	 role;
	struct view	 text;		/* unix:path, inet:host:port */
	uint32_t	 number;	/* among all words: master(8) knows it */
	bool		 is_unix;
	const char	*host;		/* a name; or NULL, and then */
	struct dns_addr	 addr[2];	/* these are its addresses */
	size_t		 naddr;
	uint32_t	 port;
};

/*
 * Read dial_allowed_ports and dial_endpoints once: fatal() if the first is
 * malformed. A malformed endpoint is none (logged).
 */
void	rules_init(void);

/*
 * NULL if the role may connect there, else why not. The address is numeric
 * text; it is checked here.
 */
const char *rules_tcp(enum role_id from, const char *addr, uint32_t port);
/* The endpoint of that text, if it is one of that role's; or NULL. */
const struct endpoint *rules_endpoint(enum role_id from, const char *text);

#endif

/* SPDX-License-Identifier: ISC */
/* servers - the name servers of resolv.conf(5). */
#ifndef POSTERN_RESOLVER_SERVERS_H
#define POSTERN_RESOLVER_SERVERS_H

#include "base/arena.h"
#include "base/view.h"

#define SERVERS_FILE_MAX	(64 * 1024)
#define SERVERS_MAX		16

struct servers {
	const char	*addr[SERVERS_MAX];	/* numeric */
	size_t		 n;
};

/*
 * The addresses on "nameserver" lines; other lines are for the C library.
 * One that cannot be used is left out, with a warning.
 */
void	servers_parse(struct arena *a, struct view text, struct servers *out);

/*
 * Trust anchors: call "fn" for each record (DS or DNSKEY, one a line) of
 * "text", without comments. False if fn says so.
 */
bool	anchors_each(struct arena *a, struct view text,
	    bool (*fn)(const char *record, void *arg), void *arg);

#endif

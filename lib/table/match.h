/* SPDX-License-Identifier: ISC */
/*
 * match - match lists: mydestination, mynetworks, relay_domains and so on.
 *
 * Patterns in order, the first that matches decides; "!" in front says no.
 * A pattern is a name, .parent, an address, a network, /file/name (whose lines
 * stand in its place), or type:table.
 */
#ifndef POSTERN_MATCH_H
#define POSTERN_MATCH_H

#include <stdbool.h>

#include "table.h"

struct match;

enum match_flag {
	MATCH_PARENT	= 0x1,	/* a name matches its subdomains, too */
	MATCH_WARN_ADDR	= 0x2,	/* the list is of addresses: say so if a
				 * pattern is a malformed one */
};

#define MATCH_FILE_NEST_MAX	10
#define MATCH_PATTERNS_MAX	1000000

/*
 * The list of a parameter's value; "title" is the parameter's name. Files are
 * asked of the source as "/file/name". NULL and *err if one cannot be opened.
 */
struct match	*match_open(struct arena *a, const char *title,
		    const char *value, unsigned flags, unsigned table_flags,
		    struct table_source *src, const char **err);

/* 1: matches, 0: does not, -1: a table has failed. */
int	match_string(struct match *m, const char *text)
	    __attribute__((warn_unused_result));
/* A domain or host name. */
int	match_domain(struct match *m, const char *name)
	    __attribute__((warn_unused_result));
/* An address, without brackets. */
int	match_addr(struct match *m, const char *addr)
	    __attribute__((warn_unused_result));
/* A client: each pattern is tried on the name, then on the address. */
int	match_host(struct match *m, const char *name, const char *addr)
	    __attribute__((warn_unused_result));

/* Is "list" named in parent_domain_matches_subdomains? Then MATCH_PARENT. */
unsigned match_parent_flag(const char *parent_domain_matches_subdomains,
	    const char *list);

#endif

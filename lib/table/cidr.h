/* SPDX-License-Identifier: ISC */
/* cidr - networks and addresses, IPv4 and IPv6. */
#ifndef POSTERN_TABLE_CIDR_H
#define POSTERN_TABLE_CIDR_H

#include <stdbool.h>

#include "base/view.h"

struct arena;

struct cidr {
	unsigned char	addr[16];
	unsigned	bits;		/* of the mask */
	bool		v6;
};

/* An address in its text form, with [] around it or without. */
bool	cidr_addr(struct view text, struct cidr *out);

/*
 * address, address/n, [address], [address]/n or [address/n]. NULL, or what is
 * wrong with it (a text in the arena).
 */
const char *cidr_parse(struct arena *a, struct view text, struct cidr *out);

/* "addr" comes from cidr_addr(). */
bool	cidr_match(const struct cidr *net, const struct cidr *addr);

#endif

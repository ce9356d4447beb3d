/* SPDX-License-Identifier: ISC */
/* name - which domain names are asked for, and which are handed on. */
#ifndef POSTERN_RESOLVER_NAME_H
#define POSTERN_RESOLVER_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "proto/resolver.h"

#define NAME_WIRE_MAX	255		/* RFC 1035 section 3.1 */
#define NAME_ADDR_MAX	16		/* bytes of an IPv6 address */

/*
 * Letters, digits, '-' and '_' in labels of 1 to 63 bytes, 253 in all; a dot
 * at the end, and the root ".", are allowed. '/' stands in names of reverse
 * zones (RFC 2317).
 */
bool	name_is_valid(struct view name);

/*
 * The bytes of a numeric address in network order; "IPv6:" and brackets are
 * not part of it. 4, 16, or 0 if it is no address.
 */
size_t	name_address(const char *text, uint8_t out[NAME_ADDR_MAX]);

/*
 * The name below in-addr.arpa or ip6.arpa for "n" bytes of an address.
 */
void	name_reverse(const uint8_t *addr, size_t n,
	    char out[DNS_NAME_MAX + 1]);

#endif

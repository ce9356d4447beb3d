/* SPDX-License-Identifier: ISC */
/*
 * hosts - the hosts file, hosts(5): names for which DNS is not asked.
 */
#ifndef POSTERN_RESOLVER_HOSTS_H
#define POSTERN_RESOLVER_HOSTS_H

#include "base/arena.h"
#include "name.h"

#define HOSTS_FILE_MAX	(8 * 1024 * 1024)	/* bytes that are read */
#define HOSTS_MAX	100000			/* names in it */

struct hosts_addr {
	size_t			 n;		/* 4 or 16 */
	uint8_t			 addr[NAME_ADDR_MAX];
	struct hosts_addr	*next;
};

struct hosts;

/*
 * Read the text. A line that is not understood is left out, with a warning
 * for the first ones. Lives in the arena.
 */
struct hosts	*hosts_parse(struct arena *a, struct view text);

/* The addresses of a name (case does not matter), in order; NULL: none. */
const struct hosts_addr *hosts_by_name(struct hosts *h, const char *name);
/* The first name of the first line with that address; NULL: none. */
const char	*hosts_by_addr(struct hosts *h, const uint8_t *addr,
	    size_t n);

#endif

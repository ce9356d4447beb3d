/* SPDX-License-Identifier: ISC */
/*
 * local - which domains are delivered on this system: mydestination, and the
 * addresses of inet_interfaces and proxy_interfaces in brackets.
 */
#ifndef POSTERN_TABLE_LOCAL_H
#define POSTERN_TABLE_LOCAL_H

#include "match.h"

struct local_domains;

/*
 * As the parameters (cf, own_addresses of cf_extra()) say; lives in the
 * arena. NULL with *err if a table cannot be opened.
 */
struct local_domains *local_domains_open(struct arena *a,
	    struct table_source *src, const char **err);

/* A domain or an [address]. 1: local, 0: not, -1: a table has failed. */
int	local_domain(struct local_domains *l, const char *domain)
	    __attribute__((warn_unused_result));

/* For maps_rules: the same, and $myorigin. "l" is a struct local_domains. */
int	local_domain_or_origin(void *l, const char *domain)
	    __attribute__((warn_unused_result));

#endif

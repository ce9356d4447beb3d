/* SPDX-License-Identifier: ISC */
/*
 * maps - the lists of tables that parameters such as virtual_alias_maps name,
 * and the orders in which their keys are tried.
 *
 * All finders answer as table_lookup() does: 1 found, 0 not found, -1 a table
 * has failed, and nothing that comes later in the order was asked. *value is
 * valid until the next lookup.
 */
#ifndef POSTERN_MAPS_H
#define POSTERN_MAPS_H

#include "base/view.h"
#include "table.h"

struct maps;

/*
 * The tables of a parameter's value. A name without a type is one of
 * "default_type" (NULL: an error). "title" is the parameter's name.
 * NULL and *err if one cannot be opened. An empty value has no tables.
 */
struct maps	*maps_open(struct arena *a, const char *title,
		    const char *value, const char *default_type,
		    unsigned flags, struct table_source *src,
		    const char **err);

bool		 maps_is_empty(const struct maps *m);

enum maps_key {
	MAPS_WHOLE,	/* ask all tables */
	MAPS_PART,	/* not those of patterns and networks */
};

int	maps_find(struct maps *m, const char *key, enum maps_key whole,
	    const char **value) __attribute__((warn_unused_result));

/* What the orders below need to know of the configuration. */
struct maps_rules {
	const char	*delimiters;	/* recipient_delimiter */
	bool		 owner_special;	/* owner_request_special */
	/*
	 * 1: mail for this domain may be looked up without it ($myorigin,
	 * $mydestination, $inet_interfaces, ...); 0: no; -1: cannot tell.
	 */
	int		(*is_local)(void *arg, const char *domain);
	void		*arg;
};

#define MAPS_EXT_MAX	1024

struct maps_found {
	const char	*value;
	/* The part of the local part that no key had: "+ext", or "". */
	char		 ext[MAPS_EXT_MAX];
	bool		 domain;	/* "@domain" is the key that matched */
};

/*
 * The order for mail addresses (canonical, virtual, relocated, generic, ...):
 * u+e@d, u@d, and if d is local u+e, u; then @d. The address is in internal
 * form; its external form is tried first where that differs.
 */
int	maps_find_address(struct maps *m, const struct maps_rules *r,
	    const char *addr, struct maps_found *found)
	    __attribute__((warn_unused_result));

/*
 * The results of maps_find_address() as addresses, with an extension
 * propagated ("propagate") and with the local part of "addr" put before an
 * @domain. "fn" gets each in external form; it returns 0 to go on.
 * 0, or what "fn" returned; -1 if the list is malformed (logged).
 */
int	maps_each_result(const struct maps_found *found, const char *addr,
	    bool propagate, int (*fn)(void *arg, const char *external),
	    void *arg);

enum maps_parents {
	PARENTS_PLAIN,	/* parent.tld: parent_domain_matches_subdomains */
	PARENTS_DOT,	/* .parent.tld */
};

/* name, and its parents. */
int	maps_find_domain(struct maps *m, const char *name,
	    enum maps_parents parents, const char **value)
	    __attribute__((warn_unused_result));

/* transport(5): u+e@d, u@d, d, parents, "*". */
int	maps_find_transport(struct maps *m, const struct maps_rules *r,
	    const char *addr, enum maps_parents parents, const char **value)
	    __attribute__((warn_unused_result));

/*
 * access(5) by mail address: u+e@d, u@d, d, parents, u+e@, u@; "null_key" is
 * asked for the empty address.
 */
int	maps_find_access(struct maps *m, const struct maps_rules *r,
	    const char *addr, enum maps_parents parents, const char *null_key,
	    const char **value) __attribute__((warn_unused_result));

/* access(5) by client: the address, then the networks it is in. */
int	maps_find_client_addr(struct maps *m, const char *addr,
	    const char **value) __attribute__((warn_unused_result));

#endif

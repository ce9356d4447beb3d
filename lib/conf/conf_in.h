/* SPDX-License-Identifier: ISC */
/* conf_in - what the files of lib/conf know of a struct conf. */
#ifndef POSTERN_CONF_IN_H
#define POSTERN_CONF_IN_H

#include <bsd/sys/tree.h>

#include "conf.h"

#define R(role)		(UINT64_C(1) << CONF_##role)

struct conf_entry {
	RB_ENTRY(conf_entry)	 link;
	const char		*name;
	const char		*value;		/* not expanded */
	int			 line;		/* 0: not from a file */
};

RB_HEAD(conf_tree, conf_entry);
int	conf_entry_cmp(const struct conf_entry *a, const struct conf_entry *b);
RB_PROTOTYPE(conf_tree, conf_entry, link, conf_entry_cmp)

struct conf {
	struct arena		*arena;
	const struct conf	*below;		/* what this lies over, or NULL */
	const char		*dir;
	const char		*file;		/* for messages */
	struct conf_tree	 tree;
};

/* Set a name that a file gives; warns when it had a value. */
void	conf_put(struct conf *c, const char *name, const char *value, int line);

/* The value of a name in main.cf or an override; NULL if it is not set. */
const struct conf_entry *conf_find(const struct conf *c, const char *name,
	    const struct conf **where);

/* What the system itself says: myhostname, mydomain, mynetworks; or NULL. */
const char *conf_computed(struct conf *c, const char *name);

#endif

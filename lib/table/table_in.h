/* SPDX-License-Identifier: ISC */
/* table_in - what the files of this folder know of each other. */
#ifndef POSTERN_TABLE_IN_H
#define POSTERN_TABLE_IN_H

#include "base/arena.h"
#include "base/buf.h"
#include "table.h"

struct table_ops {
	const char *type;
	bool	 pattern;		/* whole keys only */
	bool	 fold;			/* keys are folded, unless NOFOLD */
	/* 0, or -1 with *err. "t" has everything but "state". */
	int	(*open)(struct table *t, const char **err);
	/* As table_lookup(), into t->value, which is empty. */
	int	(*lookup)(struct table *t, const char *key);
	int	(*each)(struct table *t, int (*fn)(void *, const char *,
		    const char *), void *arg);
	void	(*close)(struct table *t);
};

struct table {
	const struct table_ops *ops;
	const char	*spec;		/* type:name */
	const char	*name;		/* behind the colon */
	unsigned	 flags;
	bool		 pattern;	/* whole keys only */
	unsigned	 depth;		/* how many tables it is inside of */
	void		*state;
	struct arena	*arena;
	struct table_source *src;
	struct buf	 value;
	struct buf	 key;		/* folded */
	struct table	*next;		/* in the source */
};

extern const struct table_ops table_cdb, table_hash, table_btree,
    table_cidr, table_fail, table_inline, table_pcre, table_pipemap,
    table_randmap, table_regexp, table_static, table_texthash,
    table_unionmap, table_unix;

/* The descriptor for this table's file; -1 with *err. */
int	table_fd(struct table *t, const char **err);

/* table_open() for a table inside "outer". */
struct table	*table_inner(struct table *outer, const char *spec,
		    const char **err);

/* A printf into the arena, for *err; always -1. */
int	table_err(struct table *t, const char **err, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

#endif

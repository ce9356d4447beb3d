/* SPDX-License-Identifier: ISC */
/*
 * table - lookup tables: a key goes in, a value comes out.
 *
 * Nothing here opens a file: a table is made of an open descriptor that the
 * table source has, so that a process without open(2) can have tables. What
 * is written in a table is the administrator's; the key is a stranger's. A
 * damaged table is an error, and an error is never "not found".
 */
#ifndef POSTERN_TABLE_H
#define POSTERN_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct table;

#define TABLE_VALUE_MAX	(16 * 1024 * 1024)	/* bytes of one value */
#define TABLE_KEY_MAX	(64 * 1024)		/* longer keys are not found */
#define TABLE_NEST_MAX	10		/* unionmap: inside pipemap: ... */

enum table_flag {
	TABLE_NOFOLD	= 0x01,	/* fixed keys: do not fold to lower case */
	TABLE_NOSUB	= 0x02,	/* a pattern with $1 in its value is refused */
	TABLE_UTF8	= 0x04,	/* keys and values are UTF-8, or refused */
	TABLE_NUL	= 0x08,	/* cdb: only keys stored with a final NUL */
	TABLE_NONUL	= 0x10,	/* cdb: only keys stored without */
	TABLE_DUP_QUIET	= 0x20,	/* texthash: no word about duplicate keys */
	TABLE_DUP_LAST	= 0x40,	/* texthash: the last of duplicates counts */
};

/*
 * Where the descriptors come from, and the tables made of them: one spec with
 * the same flags is opened once. Set "fd" and "arg", zero the rest.
 */
struct table_source {
	/*
	 * A descriptor for "type:path" as spec_scan() reports it, or -1 with
	 * errno. It is only read (pread, mmap), and not closed here.
	 */
	int	(*fd)(void *arg, const char *type_and_path);
	void	*arg;
	/*
	 * A table that cannot be opened is logged, and there all the same:
	 * each look-up in it fails, so that whoever asks tries later.
	 */
	bool	 lenient;
	struct table *opened;		/* private */
};

/*
 * The table for "type:name". NULL with a text in *err (in the arena) if there
 * is no such type, no descriptor, or a table that can not be used. Rules of a
 * table that are wrong singly are logged and left out, as Postfix does. The
 * table lives until tables_close(); the arena must live as long.
 */
struct table	*table_open(struct arena *a, const char *spec, unsigned flags,
		    struct table_source *src, const char **err);

/* Close all tables of a source. */
void		 tables_close(struct table_source *src);

/*
 * 1: found, *value is valid until the next lookup in any table of the same
 * source. 0: not found. -1: the table has failed; it is logged: try later.
 */
int		 table_lookup(struct table *t, const char *key,
		    const char **value) __attribute__((warn_unused_result));

/* Patterns and networks: ask for the whole key only, not for its parts. */
bool		 table_is_pattern(const struct table *t);

/* "type:name", as in messages. */
const char	*table_name(const struct table *t);

/*
 * Call "fn" for each entry, in no order, until it returns other than 0. What
 * it returned, or 0; -1 if the table failed, -2 if it cannot be listed.
 */
int		 table_each(struct table *t, int (*fn)(void *arg,
		    const char *key, const char *value), void *arg);

/* The type names, in the order of the alphabet; NULL ends them. */
const char	*table_type(size_t i);

/*
 * Fold a key to lower case into "out" (set anew): ASCII letters, and with
 * "utf8" all letters of valid UTF-8. -1 if it does not fit.
 */
int		 table_fold(const char *key, bool utf8, struct buf *out)
		    __attribute__((warn_unused_result));

#endif

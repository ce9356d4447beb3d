/* SPDX-License-Identifier: ISC */
/*
 * spec - which files a parameter's value makes a role need.
 *
 * Used by the privileged master, which opens the files but does not link the
 * tables: so there is nothing here but looking at text.
 */
#ifndef POSTERN_TABLE_SPEC_H
#define POSTERN_TABLE_SPEC_H

#include <stdbool.h>

#include "base/view.h"

struct arena;

enum spec_kind {
	SPEC_FILE,	/* open "path" (of an index: NAME.cdb) */
	SPEC_NONE,	/* a table without a file */
	SPEC_PATTERN,	/* a file of match list patterns: open "path" */
	SPEC_REMOTE,	/* proxymap(8) has it: proxy:, SQL, network, NSS */
	SPEC_UNKNOWN,	/* no such type */
};

struct spec {
	enum spec_kind	 kind;
	const char	*type;		/* "cdb"; "" for SPEC_PATTERN */
	const char	*name;		/* what is behind the colon */
	const char	*id;		/* "cdb:/etc/x": asked of table_source */
	const char	*path;		/* what to open, or NULL */
	const char	*source;	/* what "path" is made of, or NULL */
};

/* For each one found; a result other than 0 ends the scan. */
typedef int (*spec_fn)(void *arg, const struct spec *s);

/*
 * Find every type:name in a parameter's value, also inside braces and commas
 * and inside other tables, and, with "lists", every /file/name, which is a
 * table of type "default_type" or, without one (NULL), a pattern file.
 * Strings live in the arena. What "fn" returned last, or -1 if braces are
 * nested too deep.
 */
int	spec_scan(struct arena *a, const char *value, bool lists,
	    const char *default_type, spec_fn fn, void *arg);

/* The same for one word; false if it is not of the form type:name. */
bool	spec_parse(struct arena *a, struct view word, struct spec *out);

/*
 * The index of this spec is missing or older than its source (by the clock
 * of the file system), and there is a source: it has to be made anew.
 */
bool	spec_is_stale(const struct spec *s);

#endif

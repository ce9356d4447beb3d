/* SPDX-License-Identifier: ISC */
/*
 * entry - the recipients that an alias, a .forward file or an :include: file
 * lists: addresses, "|command", "/file", ":include:/file".
 *
 * The text is its owner's: the administrator's, or a user's.
 */
#ifndef POSTERN_AGENT_ENTRY_H
#define POSTERN_AGENT_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/view.h"
#include "proto/proto.h"

struct entry {
	enum mda_entry_type	 type;
	/* An address in its internal form; a command without its '|'; a path. */
	const char		*text;
};

#define ENTRY_TEXT_MAX	8192	/* longer ones are an error */

/*
 * The entries of a list (one value, separated by commas), or with "lines" of
 * a file: each line a list, lines that begin with '#' left out. At most "max";
 * -1 and *why a text if there are more or one is too long. What is no entry
 * is left out, as Postfix does. Strings live in the arena.
 */
int	entry_list(struct arena *a, struct view text, bool lines, size_t max,
	    struct entry **out, size_t *n, const char **why)
	    __attribute__((warn_unused_result));

#endif

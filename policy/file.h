/* SPDX-License-Identifier: ISC */
/* file - whole files for the two policy tools. */
#ifndef POSTERN_POLICY_FILE_H
#define POSTERN_POLICY_FILE_H

#include "base/arena.h"
#include "token.h"

/* The file's content, in the arena; -1 with *e set if it cannot be read. */
int	file_read(struct arena *a, const char *path, struct view *out,
	    struct token_error *e);

/* "tool: file:line: text" on stderr; 1, for main() to return. */
int	file_complain(const char *tool, const struct token_error *e);

#endif

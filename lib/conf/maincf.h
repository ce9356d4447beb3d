/* SPDX-License-Identifier: ISC */
/*
 * maincf - reading configuration files by logical lines.
 *
 * A logical line is a line and the lines after it that begin with white
 * space; comments and empty lines may stand between them. The files are the
 * administrator's: read by root, bounded all the same.
 */
#ifndef POSTERN_MAINCF_H
#define POSTERN_MAINCF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/view.h"
#include "params.h"

#define CONF_FILE_MAX	(4 * 1024 * 1024)	/* bytes of a file */
#define CONF_LINE_MAX	(256 * 1024)		/* bytes of a logical line */
#define CONF_NAME_MAX	255			/* bytes of a name */
#define CONF_NAMES_MAX	10000			/* names in one file */

struct conf_lines {
	const char	*file;		/* for messages */
	struct view	 rest;
	int		 line;		/* of the next physical line */
};

/* The content of a regular file, in the arena; 0, or -1 with the reason. */
int	conf_read(struct arena *a, const char *file, struct view *out,
	    struct conf_error *e) __attribute__((warn_unused_result));

/* Begin with the text of a file. */
void	conf_lines_init(struct conf_lines *l, const char *file,
	    struct view text);

/*
 * The next logical line, without newlines and white space at its end, in the
 * arena; *line is where it begins. 1, 0 at the end, or -1 with the reason.
 */
int	conf_lines_next(struct conf_lines *l, struct arena *a,
	    struct view *out, int *line, struct conf_error *e)
	    __attribute__((warn_unused_result));

/*
 * Split "name = value" in two strings in the arena. NULL, or what is wrong
 * with it, as words for a message.
 */
const char *conf_pair(struct arena *a, struct view text, const char **name,
	    const char **value);

struct conf;

/*
 * Read all of main.cf from "text" into "c": the last of equal names wins,
 * with a warning in the log. 0, or -1 with the reason.
 */
int	maincf_parse(struct conf *c, struct view text, struct conf_error *e)
	    __attribute__((warn_unused_result));

#endif

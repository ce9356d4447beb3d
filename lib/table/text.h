/* SPDX-License-Identifier: ISC */
/*
 * text - the logical lines of a table's source file.
 *
 * A line that begins with white space continues the one before it, also
 * over comments and empty lines. The file's position is not used: several
 * readers can share a descriptor.
 */
#ifndef POSTERN_TABLE_TEXT_H
#define POSTERN_TABLE_TEXT_H

#include <sys/types.h>

#include "base/buf.h"

#define TEXT_LINE_MAX	(16 * 1024 * 1024)

struct text {
	/* Of the line that text_next() has given: */
	struct buf	 line;
	unsigned	 lineno;	/* its first line, from 1 */

	const char	*name;		/* in messages */
	int		 fd;		/* the rest is private */
	off_t		 at;
	struct buf	 chunk;
	size_t		 used;
	unsigned	 count;
	struct buf	 raw;		/* a physical line that was read ahead */
	bool		 ahead;
};

void	text_open(struct text *t, int fd, const char *name);
void	text_close(struct text *t);

/*
 * 1: the next logical line is in t->line, without its newline; it is not
 * empty, is no comment, begins with no white space and has no NUL in it
 * (lines for which that is not true are logged and left out). 0: the end.
 * -1: reading has failed, which is logged.
 */
int	text_next(struct text *t) __attribute__((warn_unused_result));

/* The same without comments and continuation: one line as it is. */
int	text_line(struct text *t) __attribute__((warn_unused_result));

#endif

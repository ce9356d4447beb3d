/* SPDX-License-Identifier: ISC */
/*
 * token - the lines and words of a policy file, and the comments on them.
 *
 * The only thing that the compiler and the checker have in common: both must
 * agree where a word ends, everything that a word means each decides alone.
 * Nothing here ends the process; an error is a value.
 */
#ifndef POSTERN_POLICY_TOKEN_H
#define POSTERN_POLICY_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"

#define TOKEN_FILE_MAX	65536	/* bytes of one file */
#define TOKEN_LINE_MAX	400	/* bytes of one line */
#define TOKEN_WORDS_MAX	80	/* words of one line */

struct token_error {
	char		 text[400];	/* what was expected; "" if no error */
	char		 file[120];
	unsigned	 line;
};

/* Note the first error and return -1; a later one does not replace it. */
int	token_fail(struct token_error *e, const char *file, unsigned line,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

struct token_file {
	const char	*name;		/* for messages */
	struct view	 rest;		/* what was not read yet */
	unsigned	 line;		/* lines read */
	struct view	 above;		/* private: comment block so far */
};

struct token_line {
	unsigned	 no;
	size_t		 nwords;	/* at least 1 */
	struct view	 word[TOKEN_WORDS_MAX];	/* quotes taken off */
	struct view	 above;		/* comment lines directly above, raw */
	struct view	 tail;		/* comment at the end, with its '#' */
};

/* Read the file from its beginning; "name" and the bytes must stay. */
void	token_open(struct token_file *f, const char *name, struct view text);

/*
 * The next line that has words. 1, 0 at the end, -1 with *e set (a line or a
 * file that is too long, a NUL, an open quote). A comma is a word; a comment
 * starts at a '#' that begins a line or follows a blank.
 */
int	token_next(struct token_file *f, struct token_line *l,
	    struct token_error *e);

/* The line has a comment that says something. */
bool	token_commented(const struct token_line *l);

/*
 * The comment as one line of text: '#' and line breaks become one blank.
 * Writes at most size - 1 bytes and a NUL.
 */
void	token_comment(const struct token_line *l, char *buf, size_t size);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * scan - headers, body and MIME parts of a message that comes in pieces.
 *
 * Push parser: bytes with LF line ends go in as they come, in pieces of any
 * size; what they are comes out through callbacks, whose texts are good until
 * the callback returns. All bytes come out again, in order, but the text of a
 * header beyond the limit: a consumer that writes everything has a copy.
 *
 * Headers are collected; a body goes through in the blocks that came in
 * (or line by line if that is asked for). Memory is bounded by the limits.
 */
#ifndef POSTERN_MESSAGE_SCAN_H
#define POSTERN_MESSAGE_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"

#include "ctype.h"
#include "header.h"

struct arena;
struct scan;

enum scan_class {
	SCAN_PRIMARY,			/* of the message itself */
	SCAN_MIME,			/* of a part of a multipart */
	SCAN_NESTED			/* of an attached message */
};

enum scan_defect {
	DEFECT_NESTING,			/* deeper than mime_nesting_limit */
	DEFECT_8BIT_HEADER,
	DEFECT_8BIT_BODY,		/* in a part that says it is not */
	DEFECT_ENCODING			/* a composite part is encoded */
};

/* Callbacks return 0, or other to stop: scan_put() then returns that. */
struct scan_ops {
	/* A header; the LF behind it is implied. */
	int	(*header)(void *arg, enum scan_class class,
		    const struct header *h);
	/*
	 * The headers have ended. "blank": by an empty line, whose LF is
	 * implied; otherwise by a body's first line, or the end.
	 */
	int	(*end)(void *arg, enum scan_class class, bool blank);
	/* Bytes of a body, boundary lines of MIME included. */
	int	(*body)(void *arg, struct view bytes);
	/*
	 * A new part has begun, or the text behind the last one: with
	 * "lines", for limits that count for a part. May be NULL.
	 */
	void	(*part)(void *arg);
	/* Something is wrong at this text. May be NULL: not looked for. */
	int	(*defect)(void *arg, enum scan_defect d, struct view where);
};

struct scan_rules {
	size_t	header_size;		/* header_size_limit */
	size_t	line_size;		/* line_length_limit: of a line in
					 * one callback */
	size_t	boundary_size;		/* mime_boundary_length_limit */
	size_t	nesting;		/* mime_nesting_limit */
	bool	mime;			/* look into parts */
	bool	lines;			/* body: a line in each callback */
	unsigned defects;		/* 1 << DEFECT_*: what to report */
};

struct scan	*scan_new(struct arena *a, const struct scan_rules *rules,
		    const struct scan_ops *ops, void *arg);
/* The next bytes; 0 or what a callback returned. */
int		 scan_put(struct scan *s, struct view bytes);
/* There are no more. */
int		 scan_end(struct scan *s);
/* Give the buffers back. */
void		 scan_free(struct scan **sp);

/* Any part, or header, that says it is 8bit or binary? Or that all is 7bit? */
enum encoding	 scan_encoding(const struct scan *s);

/* Whether there is a byte above 127. Fast. */
bool		 scan_8bit(struct view v);

#endif

/* SPDX-License-Identifier: ISC */
/* scan_in - the inside of struct scan. */
#ifndef POSTERN_MESSAGE_SCAN_IN_H
#define POSTERN_MESSAGE_SCAN_IN_H

#include "base/arena.h"
#include "base/buf.h"

#include "scan.h"

enum scan_phase { SCAN_HEADERS, SCAN_BODY };

struct scan {
	struct scan_rules	 rules;
	const struct scan_ops	*ops;
	void			*arg;
	struct arena		*arena;

	enum scan_phase		 phase;
	enum scan_class		 class;
	struct buf		 head;	/* the header that is being read */
	bool			 is_head; /* its first line is a header's */
	bool			 head_cut;
	struct buf		 line;	/* a line that has not come whole */
	bool			 inside; /* of a line that has been handed on */

	/* The part that is being read. */
	enum ctype		 type;
	enum encoding		 encoding;
	struct buf		 boundary; /* its own, if it is a multipart */

	/* The multiparts around it: boundaries in slots that are kept. */
	struct buf		*around;
	size_t			 depth;
	size_t			 nested; /* multiparts and messages */
	size_t			*at_depth; /* "nested" when it was entered */
	enum ctype		*part;	/* what a part is by default */
	enum encoding		 found;	/* for scan_encoding() */
};

/* scan_mime.c: what a header says of the part. */
int	scan_mime_header(struct scan *s, const struct header *h);
/* The part's headers have ended: enter what it is. */
int	scan_mime_enter(struct scan *s, struct view where);
/*
 * Whether a line (without LF) is a boundary of a multipart around us; then
 * the part it begins has been begun.
 */
bool	scan_mime_boundary(struct scan *s, struct view line);
void	scan_mime_init(struct scan *s);

int	scan_defect(struct scan *s, enum scan_defect d, struct view where);
/* A body's bytes: look for what they must not have, hand them on. */
int	scan_body(struct scan *s, struct view v);

#endif

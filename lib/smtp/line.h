/* SPDX-License-Identifier: ISC */
/*
 * line - the one reader of SMTP lines in the tree.
 *
 * A line ends with CR LF. What a lone LF is depends on the caller: smtpd(8)
 * follows smtpd_forbid_bare_newline, a client takes it as an end of line.
 */
#ifndef POSTERN_SMTP_LINE_H
#define POSTERN_SMTP_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"
#include "stream.h"

struct smtp_line {
	struct view	 text;		/* without the line end; may hold NULs.
					   Void after the next read. */
	bool		 bare_lf;	/* ended with LF alone */
	bool		 cut;		/* was longer than "max": the first
					   max bytes, the rest was skipped */
};

/*
 * The next line, at most "max" bytes of it (max < SMTP_IN_MAX). Of a longer
 * one the rest is read and thrown away, up to SMTP_SKIP_MAX bytes: then it is
 * SMTP_FLOOD. SMTP_EOF in the middle of a line loses the part.
 */
#define SMTP_SKIP_MAX	(16 * 1024 * 1024)

enum smtp_io	smtp_line_read(struct smtp_stream *st, size_t max,
		    struct smtp_line *out) __attribute__((warn_unused_result));

#endif

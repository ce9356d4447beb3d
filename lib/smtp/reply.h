/* SPDX-License-Identifier: ISC */
/*
 * reply - what an SMTP server says: the client's parser.
 *
 * The server is a stranger: lines and their number are limited, lines that
 * are no reply are skipped, all text is made printable.
 */
#ifndef POSTERN_SMTP_REPLY_H
#define POSTERN_SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "stream.h"

#define SMTP_REPLY_TEXT	(16 * 1024)	/* bytes of text that are kept */
#define SMTP_REPLY_LINES 1000		/* lines in one reply */
#define SMTP_DSN_SIZE	12		/* "5.123.123" and a NUL */

struct smtp_reply {
	int		 code;		/* 200 to 599 */
	char		 dsn[SMTP_DSN_SIZE]; /* "2.1.5" of the last line, or "" */
	struct buf	 text;		/* "550-5.1.1 a\n550 5.1.1 b": as sent,
					   printable, lines joined with LF */
	size_t		 nlines;	/* lines that are in text */
	size_t		 garbage;	/* lines that were no reply */
	bool		 cut;		/* text or a line was over its limit */
};

/* An empty reply; give its memory back. */
void		smtp_reply_init(struct smtp_reply *r);
void		smtp_reply_fini(struct smtp_reply *r);

/*
 * Flush, then read one whole reply, lines of up to line_max bytes. SMTP_FLOOD
 * if it has more than SMTP_REPLY_LINES lines or garbage lines: the connection
 * is of no use any more. The code is that of the last line.
 */
enum smtp_io	smtp_reply_read(struct smtp_stream *st, size_t line_max,
		    struct smtp_reply *r) __attribute__((warn_unused_result));

/* Line "i" behind code and separator ("PIPELINING"); false: no such line. */
bool		smtp_reply_line(const struct smtp_reply *r, size_t i,
		    struct view *out);

/*
 * "2.1.5" at the start of "text" (code and separator are gone): its length,
 * or 0 if there is none or if its class is not "class" ('2', '4', '5').
 */
size_t		smtp_dsn_parse(struct view text, int class);

/* Decode "250 ", "250-" at the start of a line: the code, 0 if it is none. */
int		smtp_reply_code(struct view line, bool *last);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * dsn - delivery status codes (RFC 3463) and the text of notices (RFC 3464).
 *
 * Texts come from remote servers and from tables: they are bounded here and
 * come out as lines that fit a message, whatever they hold.
 */
#ifndef POSTERN_DSN_H
#define POSTERN_DSN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"

#define DSN_CODE_SIZE	12		/* of a buffer for "5.123.123" */
#define DSN_LINE	79		/* columns of a folded line */

/*
 * The length of the code that "text" begins with: a class of 2, 4 or 5 and
 * two numbers of one to three digits, with a blank or the end behind it; 0 if
 * there is none.
 */
size_t	dsn_code(struct view text);

/*
 * Split "5.1.1 text" or "text". The code, or "dflt", is copied to "code"; the
 * text behind code and blanks is returned.
 */
const char *dsn_split(const char *text, const char *dflt,
	    char code[DSN_CODE_SIZE]);

/*
 * Append "text" as lines of at most DSN_LINE columns, all but the first with
 * four blanks in front, and a newline behind the last. Lines are broken at
 * blanks; what has none for a long time is broken anywhere but inside a
 * character. Control bytes become '?', and no line is longer than SMTP allows.
 * "column" is what stands on the first line already. -1: it does not fit.
 */
int	dsn_fold(struct buf *out, const char *text, size_t column)
	    __attribute__((warn_unused_result));

/*
 * Append the address type (rfc822, or utf-8 of RFC 6533), "; ", and the
 * external form of an address in internal form. -1: it does not fit.
 */
int	dsn_address(struct buf *out, const char *addr)
	    __attribute__((warn_unused_result));

#endif

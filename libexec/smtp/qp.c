/* SPDX-License-Identifier: ISC */
/* Quoted-printable (RFC 2045, 6.7). */
#include "content.h"

#define QP_COLUMNS	76		/* a line's length, "=" included */

void
qp_line(struct view line, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t col = 0;

	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];
		bool last = i + 1 == line.n;
		bool plain = (c >= 0x20 && c < 0x7f && c != '=') || c == '\t';
		size_t width;

		/* White space at the end of a line does not survive. */
		if (last && (c == ' ' || c == '\t'))
			plain = false;
		width = plain ? 1 : 3;
		if (col + width + !last > QP_COLUMNS) {
			buf_xputs(out, "=\n");
			col = 0;
		}
		if (plain)
			buf_xput(out, &line.p[i], 1);
		else
			buf_xput(out, (const char[]){ '=', hex[c >> 4],
			    hex[c & 15] }, 3);
		col += width;
	}
	buf_xputs(out, "\n");
}

/* SPDX-License-Identifier: ISC */
/* content - from the bytes that were read to those that are sent. */
#include <string.h>

#include "sendmail.h"

/* ">>From ...": a line of a mailbox file, not of a message. */
static bool
is_from_line(struct view line)
{
	while (line.n > 0 && line.p[0] == '>')
		line = view_sub(line, 1, line.n);
	return (view_starts(line, "From "));
}

static bool
has_cr(struct view line)
{
	return (line.n > 0 && line.p[line.n - 1] == '\r');
}

void
content_fix(struct buf *b, bool keep_dots, enum line_ends ends)
{
	struct view rest = buf_view(b), line;
	bool first = true, head = true, strip = ends == LINES_ALWAYS;
	size_t out = 0;

	/* What is written never overtakes what is read, but for one LF. */
	if (b->n > 0 && b->p[b->n - 1] != '\n') {
		if (buf_putc(b, '\n') == -1)
			b->p[b->n - 1] = '\n';
		rest = buf_view(b);
	}
	while (view_field(&rest, '\n', &line)) {
		if (first && ends == LINES_STRICT)
			strip = has_cr(line);
		first = false;
		if (strip && has_cr(line))
			line.n--;
		if (!keep_dots && view_eq(line, "."))
			break;
		if (head && is_from_line(line))
			continue;
		head = false;
		memmove(b->p + out, line.p, line.n);
		out += line.n;
		b->p[out++] = '\n';
	}
	buf_cut(b, out);
}

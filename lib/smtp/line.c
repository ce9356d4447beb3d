/* SPDX-License-Identifier: ISC */
/* line - the one reader of SMTP lines (line.h). */
#include <string.h>

#include "base/log.h"
#include "line.h"

/* Read and drop up to the line end; it is known that it is not there yet. */
static enum smtp_io
skip_rest(struct smtp_stream *st, bool *bare_lf)
{
	enum smtp_io io;
	struct view in;
	const char *lf;
	size_t skipped = 0;
	bool cr = false;

	for (;;) {
		in = smtp_stream_input(st);
		if (in.n > 0) {
			if ((lf = memchr(in.p, '\n', in.n)) != NULL) {
				*bare_lf = lf == in.p ? !cr : lf[-1] != '\r';
				smtp_stream_take(st, (size_t)(lf - in.p) + 1);
				return (SMTP_OK);
			}
			cr = in.p[in.n - 1] == '\r';
			skipped += in.n;
			smtp_stream_take(st, in.n);
			if (skipped > SMTP_SKIP_MAX)
				return (SMTP_FLOOD);
		}
		if ((io = smtp_stream_fill(st)) != SMTP_OK)
			return (io);
	}
}

/* A line that is too long: keep "max" bytes, they move out of the input. */
static enum smtp_io
cut_line(struct smtp_stream *st, size_t max, struct smtp_line *out)
{
	static char kept[SMTP_IN_MAX];
	struct view in = smtp_stream_input(st);
	enum smtp_io io;
	bool bare_lf;

	memcpy(kept, in.p, max);
	smtp_stream_take(st, max);
	if ((io = skip_rest(st, &bare_lf)) != SMTP_OK)
		return (io);
	*out = (struct smtp_line){ .text = { kept, max }, .cut = true,
	    .bare_lf = bare_lf };
	return (SMTP_OK);
}

enum smtp_io
smtp_line_read(struct smtp_stream *st, size_t max, struct smtp_line *out)
{
	struct view in;
	const char *lf;
	enum smtp_io io;
	size_t n, seen = 0;
	bool bare;

	must(max > 0 && max < SMTP_IN_MAX - 2);
	for (;;) {
		in = smtp_stream_input(st);
		lf = in.n > seen ?
		    memchr(in.p + seen, '\n', in.n - seen) : NULL;
		if (lf != NULL)
			break;
		/* One more than max: it may be the CR of the line end. */
		if (in.n > max + 1 || (in.n > max && in.p[max] != '\r'))
			return (cut_line(st, max, out));
		seen = in.n;
		if ((io = smtp_stream_fill(st)) != SMTP_OK)
			return (io);
	}
	n = (size_t)(lf - in.p);
	bare = n == 0 || lf[-1] != '\r';
	if (!bare)
		n--;
	if (n > max)
		return (cut_line(st, max, out));
	*out = (struct smtp_line){ .text = { in.p, n }, .bare_lf = bare };
	smtp_stream_take(st, (size_t)(lf - in.p) + 1);
	return (SMTP_OK);
}

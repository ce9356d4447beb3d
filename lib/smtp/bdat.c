/* SPDX-License-Identifier: ISC */
/*
 * bdat - content that arrives by BDAT (data.h, RFC 3030).
 *
 * Only line ends change: CR LF and LF become LF. A CR at the end of what has
 * come is held back, for the LF may be in the next chunk.
 */
#include <string.h>

#include "base/log.h"
#include "data.h"

void
smtp_bdat_chunk(struct smtp_data *d, uint64_t n)
{
	d->left = n;
	d->end = n == 0;
}

static void
put_text(struct smtp_data *d, struct buf *out, const char *p, size_t n)
{
	if (n == 0)
		return;
	buf_xput(out, p, n);
	d->size += n;
	d->mid_line = true;
}

static void
put_line_end(struct smtp_data *d, struct buf *out)
{
	buf_xput(out, "\n", 1);
	d->size += 2;
	d->mid_line = false;
}

/* Copy n bytes with CR LF made LF; at most one byte more than n comes out. */
static void
put_bytes(struct smtp_data *d, struct buf *out, const char *p, size_t n)
{
	const char *end = p + n, *lf;
	size_t len;
	bool cr;

	while (p < end) {
		lf = memchr(p, '\n', (size_t)(end - p));
		len = (size_t)((lf != NULL ? lf : end) - p);
		cr = d->cr;
		d->cr = false;
		if (cr && len > 0) {
			put_text(d, out, "\r", 1);
			cr = false;
		}
		if (len > 0 && p[len - 1] == '\r') {
			len--;
			cr = true;
		}
		put_text(d, out, p, len);
		if (lf == NULL) {
			d->cr = cr;
			return;
		}
		if (!cr)
			d->bare_lf = true;
		put_line_end(d, out);
		p = lf + 1;
	}
}

enum smtp_io
smtp_bdat_read(struct smtp_stream *st, struct smtp_data *d, struct buf *out,
    size_t want)
{
	enum smtp_io io;
	struct view in;
	size_t n, before = out->n;

	must(want <= out->max && want > 1);
	while (!d->end && out->n + 1 < want) {
		in = smtp_stream_input(st);
		if (in.n == 0) {
			if (out->n > before)
				break;
			if ((io = smtp_stream_fill(st)) != SMTP_OK)
				return (io);
			continue;
		}
		n = want - out->n - 1;		/* one for a CR held back */
		if (n > in.n)
			n = in.n;
		if (n > d->left)
			n = (size_t)d->left;
		put_bytes(d, out, in.p, n);
		smtp_stream_take(st, n);
		d->received += n;
		d->left -= n;
		d->end = d->left == 0;
	}
	return (SMTP_OK);
}

void
smtp_bdat_last(struct smtp_data *d, struct buf *out)
{
	if (d->cr) {
		d->cr = false;
		put_text(d, out, "\r", 1);
	}
	if (d->mid_line)
		put_line_end(d, out);
}

enum smtp_io
smtp_bdat_skip(struct smtp_stream *st, struct smtp_data *d)
{
	enum smtp_io io;
	struct view in;
	size_t n;

	while (!d->end) {
		in = smtp_stream_input(st);
		if (in.n == 0) {
			if ((io = smtp_stream_fill(st)) != SMTP_OK)
				return (io);
			continue;
		}
		n = in.n > d->left ? (size_t)d->left : in.n;
		smtp_stream_take(st, n);
		d->received += n;
		d->left -= n;
		d->end = d->left == 0;
	}
	return (SMTP_OK);
}

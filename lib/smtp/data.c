/* SPDX-License-Identifier: ISC */
/*
 * data - content that arrives by DATA (data.h).
 *
 * Work is by line: one memchr for its end, one copy of it. What is not yet a
 * whole line is handed on too (a line has no limit), but for the few bytes
 * at its start that decide about dots, and a CR that may belong to its end.
 */
#include <string.h>

#include "base/log.h"
#include "data.h"

void
smtp_data_start(struct smtp_data *d, bool lf_ends)
{
	memset(d, 0, sizeof(*d));
	d->lf_ends = lf_ends;
}

/* A whole line "p" of n bytes with its LF: what of it is content? */
static struct view
unstuff(struct smtp_data *d, const char *p, size_t n)
{
	bool bare = n < 2 || p[n - 2] != '\r', before = d->prev_bare;
	size_t len = n - (bare ? 1 : 2);

	d->prev_bare = bare;
	if (bare)
		d->bare_lf = true;
	if (d->mid_line || len == 0 || p[0] != '.')
		return ((struct view){ p, len });
	if (len > 1)
		return ((struct view){ p + 1, len - 1 });
	/* A lone dot. RFC 5321 4.5.2: CR LF before it, CR LF behind it. */
	if ((!bare && !before) || d->lf_ends)
		d->end = true;
	else
		d->bare_dot = true;
	return ((struct view){ NULL, 0 });
}

/* Content of one line with its end; a lone dot leaves nothing. */
static void
put_line(struct smtp_data *d, struct buf *out, struct view v)
{
	if (v.p == NULL)
		return;
	buf_xput(out, v.p, v.n);
	buf_xput(out, "\n", 1);
	d->size += v.n + 2;
	d->mid_line = false;
}

/*
 * The start of a line whose end has not come: take what is known to be
 * content. How many bytes of the input that is.
 */
static size_t
put_part(struct smtp_data *d, struct buf *out, struct view in, size_t room)
{
	size_t skip = 0, n = in.n;

	if (n > 0 && in.p[n - 1] == '\r')
		n--;
	if (!d->mid_line && n > 0 && in.p[0] == '.') {
		/* Only when the next byte tells that it is no lone dot. */
		if (n < 2)
			return (0);
		skip = 1;
	}
	if (n - skip > room)
		n = skip + room;
	if (n <= skip)
		return (0);
	buf_xput(out, in.p + skip, n - skip);
	d->size += n - skip;
	d->mid_line = true;
	return (n);
}

/* Take lines off the input while they fit; false: no whole line is left. */
static bool
take_lines(struct smtp_stream *st, struct smtp_data *d, struct buf *out,
    size_t want)
{
	struct view in = smtp_stream_input(st);
	const char *lf;
	size_t at = 0, n;
	bool fits = true;

	while (!d->end && at < in.n) {
		lf = memchr(in.p + at, '\n', in.n - at);
		if (lf == NULL)
			break;
		n = (size_t)(lf - (in.p + at)) + 1;
		if (out->n + n > want) {
			fits = false;
			break;
		}
		put_line(d, out, unstuff(d, in.p + at, n));
		at += n;
	}
	smtp_stream_take(st, at);
	d->received += at;
	return (!fits || d->end);
}

enum smtp_io
smtp_data_read(struct smtp_stream *st, struct smtp_data *d, struct buf *out,
    size_t want)
{
	enum smtp_io io;
	struct view in;
	const char *lf;
	size_t n, before = out->n;

	must(want <= out->max && want >= SMTP_DATA_MIN);
	while (!d->end && out->n < want) {
		if (take_lines(st, d, out, want)) {
			if (d->end || out->n >= want / 2)
				break;
		}
		/* A line that does not fit, or one that is not whole yet. */
		in = smtp_stream_input(st);
		lf = in.n > 0 ? memchr(in.p, '\n', in.n) : NULL;
		if (lf != NULL)
			in.n = (size_t)(lf - in.p);
		n = put_part(d, out, in, want - out->n);
		smtp_stream_take(st, n);
		d->received += n;
		if (n > 0)
			continue;
		if (lf != NULL || out->n > before)
			break;
		if ((io = smtp_stream_fill(st)) != SMTP_OK)
			return (io);
	}
	return (SMTP_OK);
}

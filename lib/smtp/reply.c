/* SPDX-License-Identifier: ISC */
/* reply - parser of what SMTP servers say (reply.h). */
#include <string.h>

#include "base/log.h"
#include "line.h"
#include "reply.h"

void
smtp_reply_init(struct smtp_reply *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->text, SMTP_REPLY_TEXT);
}

void
smtp_reply_fini(struct smtp_reply *r)
{
	buf_fini(&r->text);
}

static bool
is_digit(int c)
{
	return (c >= '0' && c <= '9');
}

int
smtp_reply_code(struct view line, bool *last)
{
	const char *p = line.p;

	if (line.n < 3 || p[0] < '2' || p[0] > '5' || !is_digit(p[1]) ||
	    !is_digit(p[2]))
		return (0);
	if (line.n > 3 && p[3] != ' ' && p[3] != '-')
		return (0);
	*last = line.n == 3 || p[3] == ' ';
	return ((p[0] - '0') * 100 + (p[1] - '0') * 10 + p[2] - '0');
}

/* One to three digits at "at", without a leading zero; how many, or 0. */
static size_t
dsn_number(struct view v, size_t at)
{
	size_t n = 0;

	while (at + n < v.n && is_digit(v.p[at + n]))
		n++;
	if (n > 3 || (n > 1 && v.p[at] == '0'))
		return (0);
	return (n);
}

size_t
smtp_dsn_parse(struct view text, int class)
{
	size_t subject, detail, end;

	if (text.n < 5 || text.p[0] != class || text.p[1] != '.')
		return (0);
	if ((subject = dsn_number(text, 2)) == 0)
		return (0);
	end = 2 + subject;
	if (end >= text.n || text.p[end] != '.')
		return (0);
	if ((detail = dsn_number(text, end + 1)) == 0)
		return (0);
	end += 1 + detail;
	if (end < text.n && text.p[end] != ' ' && text.p[end] != '\t')
		return (0);
	return (end);
}

static void
keep_line(struct smtp_reply *r, const struct smtp_line *line)
{
	size_t at = r->text.n, need;

	need = line->text.n + (r->nlines > 0);
	if (line->cut)
		r->cut = true;
	if (r->text.n + need > r->text.max) {
		r->cut = true;
		return;
	}
	if (r->nlines > 0)
		buf_xput(&r->text, "\n", 1);
	at = r->text.n;
	buf_xput(&r->text, line->text.p, line->text.n);
	printable(r->text.p + at, line->text.n);
	r->nlines++;
}

enum smtp_io
smtp_reply_read(struct smtp_stream *st, size_t line_max, struct smtp_reply *r)
{
	struct smtp_line line;
	struct view text;
	enum smtp_io io;
	size_t lines = 0, n;
	bool last = false;
	int code;

	buf_reset(&r->text);
	r->code = 0;
	r->dsn[0] = '\0';
	r->nlines = r->garbage = 0;
	r->cut = false;
	if ((io = smtp_stream_flush(st)) != SMTP_OK)
		return (io);
	while (!last) {
		if ((io = smtp_line_read(st, line_max, &line)) != SMTP_OK)
			return (io);
		if (++lines > SMTP_REPLY_LINES)
			return (SMTP_FLOOD);
		if ((code = smtp_reply_code(line.text, &last)) == 0) {
			r->garbage++;
			continue;
		}
		keep_line(r, &line);
		r->code = code;
	}
	text = view_sub(line.text, 4, SIZE_MAX);
	n = smtp_dsn_parse(text, line.text.p[0]);
	must(n < sizeof(r->dsn));
	memcpy(r->dsn, text.p, n);
	r->dsn[n] = '\0';
	return (SMTP_OK);
}

bool
smtp_reply_line(const struct smtp_reply *r, size_t i, struct view *out)
{
	struct view all = buf_view(&r->text), line;

	if (i >= r->nlines)
		return (false);
	do {
		if (!view_field(&all, '\n', &line))
			return (false);
	} while (i-- > 0);
	*out = view_sub(line, 4, SIZE_MAX);
	return (true);
}

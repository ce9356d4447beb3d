/* SPDX-License-Identifier: ISC */
/*
 * MIME structure, as far as the client needs it to change content.
 *
 * The structure is a stranger's: whatever it is, each line comes out, changed
 * or not, and nesting has a limit behind which nothing is changed.
 */
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "conf/conf.h"
#include "content.h"
#include "generic.h"

void
edit_init(struct edit *e, bool generic, bool to_7bit, wire_fn fn, void *arg)
{
	memset(e, 0, sizeof(*e));
	e->generic = generic;
	e->to_7bit = to_7bit;
	e->fn = fn;
	e->arg = arg;
	e->in_header = e->primary = true;
	buf_init(&e->line, EDIT_LINE_MAX);
	buf_init(&e->head, (size_t)cf->header_size_limit + EDIT_LINE_MAX);
}

void
edit_fini(struct edit *e)
{
	buf_fini(&e->line);
	buf_fini(&e->head);
}

static void
pass(struct edit *e, struct view v)
{
	if (v.n > 0)
		e->fn(e->arg, v.p, v.n);
}

/* "; boundary=..." of a Content-Type. */
static void
take_boundary(struct edit *e, struct view v)
{
	struct view part;

	while (view_field(&v, ';', &part)) {
		size_t n = 0;

		part = view_trim(part);
		if (!view_istarts(part, "boundary"))
			continue;
		part = view_trim(view_sub(part, strlen("boundary"), part.n));
		if (part.n == 0 || part.p[0] != '=')
			continue;
		part = view_trim(view_sub(part, 1, part.n));
		if (part.n > 0 && part.p[0] == '"') {
			part = view_sub(part, 1, part.n);
			for (size_t i = 0; i < part.n && part.p[i] != '"' &&
			     n < EDIT_BOUNDARY; i++)
				if (part.p[i] != '\\')
					e->next.text[n++] = part.p[i];
		} else {
			part = view_word(&part, " \t\r\n(");
			n = part.n < EDIT_BOUNDARY ? part.n : EDIT_BOUNDARY;
			memcpy(e->next.text, part.p, n);
		}
		e->next.n = n;
		return;
	}
}

/* True: the header is not to be sent as it is. */
static bool
take_mime(struct edit *e, struct view name, struct view body)
{
	body = view_trim(body);
	if (view_ieq(name, "Content-Type")) {
		e->multipart = view_istarts(body, "multipart/");
		e->message = view_istarts(body, "message/rfc822") ||
		    view_istarts(body, "message/global");
		if (e->multipart)
			take_boundary(e, body);
	} else if (view_ieq(name, "Content-Transfer-Encoding")) {
		e->eight = view_istarts(body, "8bit") ||
		    view_istarts(body, "binary");
		return (e->eight);
	}
	return (false);
}

/* One whole header, folded lines and all. */
static void
take_header(struct edit *e)
{
	struct view head = buf_view(&e->head), name, body;
	ptrdiff_t colon = view_chr(head, ':');
	struct buf out;

	if (head.n == 0)
		return;
	if (colon < 0) {
		pass(e, head);
		goto out;
	}
	name = view_trim(view_sub(head, 0, (size_t)colon));
	body = view_sub(head, (size_t)colon + 1, head.n);
	if (e->to_7bit && take_mime(e, name, body))
		goto out;
	if (e->generic && e->primary && generic_header_name(name)) {
		buf_init(&out, e->head.max * 4);
		if (generic_header(body, &out) < 0)
			e->failed = true;
		pass(e, view_sub(head, 0, (size_t)colon + 1));
		pass(e, buf_view(&out));
		buf_fini(&out);
	} else
		pass(e, head);
out:
	buf_reset(&e->head);
}

static void
start_header(struct edit *e)
{
	e->in_header = true;
	e->primary = false;
	e->eight = e->multipart = e->message = e->quote = false;
	e->next.n = 0;
}

static void
end_header(struct edit *e)
{
	bool composite = e->multipart || e->message;

	take_header(e);
	if (e->eight)
		pass(e, composite ? VIEW("Content-Transfer-Encoding: 7bit\n") :
		    VIEW("Content-Transfer-Encoding: quoted-printable\n"));
	e->quote = e->eight && !composite;
	if (e->multipart && e->next.n > 0 && e->depth < EDIT_NESTING)
		e->stack[e->depth++] = e->next;
	e->in_header = false;
	e->primary = false;
}

/* "--boundary" of this multipart or of one around it. */
static bool
is_delimiter(struct edit *e, struct view line, bool *last)
{
	struct view rest;

	if (e->depth == 0 || !view_starts(line, "--"))
		return (false);
	line = view_sub(line, 2, line.n);
	for (size_t i = e->depth; i-- > 0;) {
		struct edit_boundary *b = &e->stack[i];

		if (line.n < b->n || memcmp(line.p, b->text, b->n) != 0)
			continue;
		rest = view_sub(line, b->n, line.n);
		*last = view_starts(rest, "--");
		if (!*last && view_trim(rest).n > 0)
			continue;
		e->depth = *last ? i : i + 1;
		return (true);
	}
	return (false);
}

/* A line with its LF, or the last one without. */
static void
take_line(struct edit *e, struct view line)
{
	struct buf out;
	bool lf = line.n > 0 && line.p[line.n - 1] == '\n', last;

	if (is_delimiter(e, line, &last)) {
		if (e->in_header)
			take_header(e);
		pass(e, line);
		start_header(e);
		e->in_header = !last;
		return;
	}
	if (e->in_header) {
		if (line.n == 1 && lf) {
			bool nested;

			end_header(e);
			nested = e->message;
			pass(e, line);
			if (nested)
				start_header(e);
			return;
		}
		if (line.p[0] != ' ' && line.p[0] != '\t')
			take_header(e);
		if (buf_put(&e->head, line.p, line.n) < 0) {
			take_header(e);
			pass(e, line);
		}
		return;
	}
	if (!e->quote) {
		pass(e, line);
		return;
	}
	buf_init(&out, EDIT_LINE_MAX * 4);
	qp_line(view_sub(line, 0, line.n - lf), &out);
	pass(e, buf_view(&out));
	buf_fini(&out);
}

void
edit_put(struct edit *e, const char *p, size_t n)
{
	while (n > 0) {
		const char *lf = memchr(p, '\n', n);
		size_t k = lf != NULL ? (size_t)(lf - p) + 1 : n;

		/* Nothing more can change: from here on in one piece. */
		if (!e->to_7bit && !e->in_header && e->line.n == 0) {
			e->fn(e->arg, p, n);
			return;
		}
		if (e->raw || buf_put(&e->line, p, k) < 0) {
			pass(e, buf_view(&e->line));
			buf_reset(&e->line);
			e->fn(e->arg, p, k);
			e->raw = lf == NULL;
		} else if (lf != NULL) {
			take_line(e, buf_view(&e->line));
			buf_reset(&e->line);
		}
		p += k;
		n -= k;
	}
}

void
edit_end(struct edit *e)
{
	if (e->line.n > 0)
		take_line(e, buf_view(&e->line));
	buf_reset(&e->line);
	if (e->in_header)
		take_header(e);
}

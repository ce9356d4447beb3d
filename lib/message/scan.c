/* SPDX-License-Identifier: ISC */
/*
 * scan - a stranger's message, taken apart while it comes in.
 *
 * Only line starts matter. In a body the next one that can matter is found
 * by searching for what a boundary begins with; all before it is one block.
 */
#include <stdint.h>
#include <string.h>

#include "scan_in.h"

/* A line that is no header by here is a body's. */
#define NAME_LINE_MAX	2048

bool
scan_8bit(struct view v)
{
	uint64_t all = 0, word;
	size_t i = 0;

	/* Blocks, so that the compiler makes vectors of them. */
	for (; i + 64 <= v.n; i += 64) {
		for (size_t j = 0; j < 64; j += 8) {
			memcpy(&word, v.p + i + j, 8);
			all |= word;
		}
		if (all & UINT64_C(0x8080808080808080))
			return (true);
	}
	for (; i < v.n; i++)
		if ((unsigned char)v.p[i] > 127)
			return (true);
	return (false);
}

struct scan *
scan_new(struct arena *a, const struct scan_rules *rules,
    const struct scan_ops *ops, void *arg)
{
	struct scan *s = arena_get(a, sizeof(*s));

	s->rules = *rules;
	s->ops = ops;
	s->arg = arg;
	s->arena = a;
	buf_init(&s->head, rules->header_size > NAME_LINE_MAX ?
	    rules->header_size : NAME_LINE_MAX);
	buf_init(&s->line, rules->line_size > NAME_LINE_MAX ?
	    rules->line_size : NAME_LINE_MAX);
	scan_mime_init(s);
	return (s);
}

void
scan_free(struct scan **sp)
{
	struct scan *s = *sp;

	if (s == NULL)
		return;
	buf_fini(&s->head);
	buf_fini(&s->line);
	buf_fini(&s->boundary);
	for (size_t i = 0; i <= s->rules.nesting; i++)
		buf_fini(&s->around[i]);
	*sp = NULL;
}

enum encoding
scan_encoding(const struct scan *s)
{
	return (s->found);
}

int
scan_defect(struct scan *s, enum scan_defect d, struct view where)
{
	if (s->ops->defect == NULL || !(s->rules.defects & (1U << d)))
		return (0);
	return (s->ops->defect(s->arg, d, where));
}

int
scan_body(struct scan *s, struct view v)
{
	int rc;

	if (v.n == 0)
		return (0);
	if ((s->rules.defects & (1U << DEFECT_8BIT_BODY)) != 0 &&
	    s->encoding != ENC_8BIT && s->encoding != ENC_BINARY &&
	    scan_8bit(v) &&
	    (rc = scan_defect(s, DEFECT_8BIT_BODY, v)) != 0)
		return (rc);
	return (s->ops->body(s->arg, v));
}

/* Up to and including the next LF; all, and false, if there is none. */
static bool
to_lf(struct view v, struct view *out)
{
	const char *lf = v.n > 0 ? memchr(v.p, '\n', v.n) : NULL;

	*out = view_sub(v, 0, lf != NULL ? (size_t)(lf - v.p) + 1 : v.n);
	return (lf != NULL);
}

static struct view
drop(struct view v, struct view front)
{
	return (view_sub(v, front.n, v.n));
}

/* A line that is a boundary ends a part, and belongs to none. */
static int
put_boundary(struct scan *s, struct view line)
{
	int rc = s->ops->body(s->arg, line);

	if (s->ops->part != NULL)
		s->ops->part(s->arg);
	return (rc);
}

/* Headers. */

static int
finish_header(struct scan *s)
{
	struct header h = { .text = buf_view(&s->head), .cut = s->head_cut };
	int rc;

	if (s->head.n == 0)
		return (0);
	if (h.text.p[h.text.n - 1] == '\n')
		h.text.n--;
	if (h.text.n > s->rules.header_size) {
		h.text.n = s->rules.header_size;
		h.cut = true;
	}
	(void)header_parse(h.text, &h);
	if ((rc = scan_mime_header(s, &h)) == 0)
		rc = s->ops->header(s->arg, s->class, &h);
	buf_reset(&s->head);
	s->is_head = s->head_cut = false;
	return (rc);
}

static int
end_headers(struct scan *s, bool blank)
{
	enum scan_class class = s->class;
	int rc;

	if ((rc = scan_mime_enter(s, buf_view(&s->boundary))) != 0)
		return (rc);
	return (s->ops->end(s->arg, class, blank));
}

/*
 * The first line of what may be a header is in s->head, whole or up to the
 * longest name there is: go on with it, or leave the headers.
 */
static int
judge_line(struct scan *s, bool whole)
{
	struct view v = buf_view(&s->head);
	struct header h;
	int rc;

	if (v.n == 1 && v.p[0] == '\n') {
		buf_reset(&s->head);
		return (end_headers(s, true));
	}
	if (whole && scan_mime_boundary(s, view_sub(v, 0, v.n - 1))) {
		/* A part's headers ended without a line of body. */
		rc = put_boundary(s, v);
		buf_reset(&s->head);
		return (rc);
	}
	if (header_parse(v, &h)) {
		s->is_head = true;
		return (0);
	}
	if ((rc = end_headers(s, false)) == 0) {
		if (s->phase == SCAN_HEADERS) {
			/* An attached message begins with this line. */
			return (judge_line(s, whole));
		}
		s->inside = !whole;
		rc = scan_body(s, v);
	}
	buf_reset(&s->head);
	return (rc);
}

/* More of a header's text; what does not fit is lost. */
static void
collect(struct scan *s, struct view v)
{
	size_t room = s->rules.header_size > s->head.n ?
	    s->rules.header_size - s->head.n : 0;

	if (!s->is_head)
		room = s->head.max - s->head.n;
	if (v.n > room) {
		v.n = room;
		s->head_cut = true;
	}
	buf_xput(&s->head, v.p, v.n);
}

/* A line of headers, or a piece of one. */
static int
take_head(struct scan *s, struct view *v)
{
	bool start = !s->inside, whole;
	struct view part;
	int rc;

	if (start && s->is_head && v->p[0] != ' ' && v->p[0] != '\t' &&
	    (rc = finish_header(s)) != 0)
		return (rc);
	whole = to_lf(*v, &part);
	if (!s->is_head && s->head.n + part.n > NAME_LINE_MAX) {
		part.n = NAME_LINE_MAX - s->head.n;
		whole = part.n > 0 && part.p[part.n - 1] == '\n';
	}
	collect(s, part);
	*v = drop(*v, part);
	s->inside = !whole;
	if (!s->is_head && (whole || s->head.n >= NAME_LINE_MAX))
		return (judge_line(s, whole));
	return (0);
}

/* Bodies. */

/* A line that may be a boundary, or that the consumer wants whole. */
static int
take_line(struct scan *s, struct view *v)
{
	struct view part, line;
	bool whole = to_lf(*v, &part);
	int rc;

	if (s->line.n + part.n > s->line.max) {
		part.n = s->line.max - s->line.n;
		whole = false;
	}
	line = part;
	if (s->line.n > 0 || !whole) {
		buf_xput(&s->line, part.p, part.n);
		line = buf_view(&s->line);
	}
	*v = drop(*v, part);
	if (!whole && s->line.n < s->line.max)
		return (0);
	if (!s->inside && scan_mime_boundary(s, view_sub(line, 0,
	    line.n - whole)))
		rc = put_boundary(s, line);
	else
		rc = scan_body(s, line);
	s->inside = !whole;
	buf_reset(&s->line);
	return (rc);
}

/* What cannot be a boundary, as one block. */
static int
take_block(struct scan *s, struct view *v)
{
	const char *p = NULL;
	struct view part = *v;

	if (s->depth == 0) {
		s->inside = v->p[v->n - 1] != '\n';
	} else if (s->inside) {
		s->inside = !to_lf(*v, &part);
	} else if ((p = memmem(v->p, v->n, "\n--", 3)) != NULL) {
		part.n = (size_t)(p - v->p) + 1;
	} else {
		/* A line at the end that is not whole may yet be one. */
		p = memrchr(v->p, '\n', v->n);
		if (p != NULL && p + 1 < v->p + v->n && p[1] == '-')
			part.n = (size_t)(p - v->p) + 1;
		else
			s->inside = v->p[v->n - 1] != '\n';
	}
	*v = drop(*v, part);
	return (scan_body(s, part));
}

static int
take_body(struct scan *s, struct view *v)
{
	if (s->rules.lines || s->line.n > 0 ||
	    (s->depth > 0 && !s->inside && v->p[0] == '-'))
		return (take_line(s, v));
	return (take_block(s, v));
}

int
scan_put(struct scan *s, struct view v)
{
	int rc = 0;

	while (rc == 0 && v.n > 0)
		rc = s->phase == SCAN_HEADERS ? take_head(s, &v) :
		    take_body(s, &v);
	return (rc);
}

int
scan_end(struct scan *s)
{
	int rc = 0;

	if (s->phase == SCAN_HEADERS && s->head.n > 0 && !s->is_head)
		rc = judge_line(s, false);
	if (rc == 0 && s->phase == SCAN_HEADERS)
		rc = finish_header(s);
	if (rc == 0 && s->line.n > 0)
		rc = scan_body(s, buf_view(&s->line));
	buf_reset(&s->line);
	if (rc == 0 && s->phase == SCAN_HEADERS)
		rc = end_headers(s, false);
	return (rc);
}

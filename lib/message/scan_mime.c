/* SPDX-License-Identifier: ISC */
/* scan_mime - the nesting of MIME parts. */
#include <string.h>

#include "scan_in.h"

void
scan_mime_init(struct scan *s)
{
	buf_init(&s->boundary, s->rules.boundary_size);
	s->around = arena_array(s->arena, s->rules.nesting + 1,
	    sizeof(*s->around));
	s->at_depth = arena_array(s->arena, s->rules.nesting + 1,
	    sizeof(*s->at_depth));
	s->part = arena_array(s->arena, s->rules.nesting + 1,
	    sizeof(*s->part));
	for (size_t i = 0; i <= s->rules.nesting; i++)
		buf_init(&s->around[i], s->rules.boundary_size);
}

static void
note_encoding(struct scan *s, enum encoding e)
{
	if (e == ENC_8BIT || e == ENC_BINARY)
		s->found = ENC_8BIT;
	else if (e != ENC_NONE && s->found == ENC_NONE)
		s->found = ENC_7BIT;
}

int
scan_mime_header(struct scan *s, const struct header *h)
{
	if (h->id == HDR_CONTENT_TYPE)
		s->type = ctype_parse(h->body, &s->boundary);
	if (h->id == HDR_CONTENT_ENCODING) {
		s->encoding = encoding_parse(h->body);
		note_encoding(s, s->encoding);
	}
	if (scan_8bit(h->text))
		return (scan_defect(s, DEFECT_8BIT_HEADER, h->text));
	return (0);
}

static bool
is_coded(const struct scan *s)
{
	return (s->encoding == ENC_CODED || s->encoding == ENC_OTHER);
}

int
scan_mime_enter(struct scan *s, struct view where)
{
	bool composite = s->type != CTYPE_LEAF;
	bool multipart = s->type == CTYPE_MULTIPART || s->type == CTYPE_DIGEST;
	int rc;

	s->phase = SCAN_BODY;
	if (!s->rules.mime || !composite)
		return (0);
	if (is_coded(s) &&
	    (rc = scan_defect(s, DEFECT_ENCODING, where)) != 0)
		return (rc);
	if (s->type == CTYPE_MESSAGE || is_coded(s) ||
	    (multipart && s->boundary.n == 0))
		return (0);
	if (s->nested >= s->rules.nesting)
		return (scan_defect(s, DEFECT_NESTING, where));
	s->nested++;
	if (multipart) {
		buf_reset(&s->around[s->depth]);
		buf_xput(&s->around[s->depth], s->boundary.p, s->boundary.n);
		s->part[s->depth] = s->type == CTYPE_DIGEST ? CTYPE_RFC822 :
		    CTYPE_LEAF;
		s->at_depth[s->depth++] = s->nested;
		s->type = CTYPE_LEAF;	/* the text before the first part */
		return (0);
	}
	s->type = CTYPE_LEAF;
	s->encoding = ENC_NONE;
	s->class = SCAN_NESTED;
	s->phase = SCAN_HEADERS;
	return (0);
}

bool
scan_mime_boundary(struct scan *s, struct view line)
{
	const struct buf *b;
	struct view rest;

	if (s->depth == 0 || !view_starts(line, "--"))
		return (false);
	line = view_sub(line, 2, line.n);
	for (size_t i = s->depth; i-- > 0;) {
		b = &s->around[i];
		if (line.n < b->n || memcmp(line.p, b->p, b->n) != 0)
			continue;
		rest = view_sub(line, b->n, line.n);
		s->type = s->part[i];
		s->encoding = ENC_NONE;
		s->class = SCAN_MIME;
		s->nested = s->at_depth[i];
		s->depth = i + 1;
		s->phase = SCAN_HEADERS;
		if (view_starts(rest, "--")) {
			s->nested--;
			s->depth = i;
			s->type = CTYPE_LEAF;
			s->phase = SCAN_BODY;
		}
		return (true);
	}
	return (false);
}

/* SPDX-License-Identifier: ISC */
/*
 * ctype - what a MIME part says that it is.
 *
 * Lenient: what is read wrong here can only make cleanup(8) look at less, or
 * more, of a message; nothing is changed by it.
 */
#include <string.h>

#include "base/buf.h"

#include "ctype.h"

#define COMMENTS_MAX	50	/* how deep comments are followed */
#define TSPECIALS	"()<>@,;:\\\"/[]?="

/* Skip white space and comments. */
static void
skip(struct view *v)
{
	unsigned depth = 0;

	while (v->n > 0) {
		char c = v->p[0];

		if (c == '(' && depth < COMMENTS_MAX)
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '\\' && depth > 0 && v->n > 1)
			*v = view_sub(*v, 1, v->n);
		else if (depth == 0 && c != ' ' && c != '\t' && c != '\n' &&
		    c != '\r')
			return;
		*v = view_sub(*v, 1, v->n);
	}
}

static struct view
token(struct view *v)
{
	struct view t;
	size_t n = 0;

	skip(v);
	while (n < v->n && (unsigned char)v->p[n] > ' ' &&
	    strchr(TSPECIALS, v->p[n]) == NULL)
		n++;
	t = view_sub(*v, 0, n);
	*v = view_sub(*v, n, v->n);
	skip(v);
	return (t);
}

static bool
take(struct view *v, char c)
{
	skip(v);
	if (v->n == 0 || v->p[0] != c)
		return (false);
	*v = view_sub(*v, 1, v->n);
	return (true);
}

/* A token or quoted string, into "out" (may be NULL). */
static void
value(struct view *v, struct buf *out)
{
	struct view t;
	size_t i;

	skip(v);
	if (v->n == 0 || v->p[0] != '"') {
		/* More than a token: real boundaries have '=' and '/'. */
		for (i = 0; i < v->n && (unsigned char)v->p[i] > ' ' &&
		    v->p[i] != ';' && v->p[i] != '"'; i++)
			;
		t = view_sub(*v, 0, i);
		*v = view_sub(*v, i, v->n);
		if (out != NULL && t.n > out->max)
			t.n = out->max;
		if (out != NULL)
			buf_xput(out, t.p, t.n);
		return;
	}
	for (i = 1; i < v->n && v->p[i] != '"'; i++) {
		if (v->p[i] == '\\' && i + 1 < v->n)
			i++;
		if (out != NULL && v->p[i] != '\n' && v->p[i] != '\0' &&
		    out->n < out->max)
			buf_xput(out, v->p + i, 1);
	}
	*v = view_sub(*v, i + 1, v->n);
}

enum ctype
ctype_parse(struct view v, struct buf *boundary)
{
	struct view type = token(&v), subtype = { "", 0 }, name;
	struct buf *out;

	buf_reset(boundary);
	if (take(&v, '/'))
		subtype = token(&v);
	while (v.n > 0 && boundary->n == 0) {
		if (!take(&v, ';')) {
			v = view_sub(v, 1, v.n);	/* not understood */
			continue;
		}
		name = token(&v);
		out = view_ieq(name, "boundary") ? boundary : NULL;
		if (take(&v, '='))
			value(&v, out);
	}
	if (view_ieq(type, "multipart"))
		return (view_ieq(subtype, "digest") ? CTYPE_DIGEST :
		    CTYPE_MULTIPART);
	if (!view_ieq(type, "message"))
		return (CTYPE_LEAF);
	return (view_ieq(subtype, "rfc822") || view_ieq(subtype, "global") ?
	    CTYPE_RFC822 : CTYPE_MESSAGE);
}

enum encoding
encoding_parse(struct view v)
{
	static const struct {
		const char	*name;
		enum encoding	 encoding;
	} names[] = {
		{ "7bit", ENC_7BIT }, { "8bit", ENC_8BIT },
		{ "binary", ENC_BINARY }, { "base64", ENC_CODED },
		{ "quoted-printable", ENC_CODED },
	};
	struct view t = token(&v);

	if (t.n == 0)
		return (ENC_NONE);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (view_ieq(t, names[i].name))
			return (names[i].encoding);
	return (ENC_OTHER);
}

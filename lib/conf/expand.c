/* SPDX-License-Identifier: ISC */
/*
 * expand - $name, ${name}, $(name), $$, conditions and comparisons.
 *
 * Runs in the privileged master on the administrator's text. A value may
 * name itself, or double at each level: depth, work and result are bounded.
 */
#include <ctype.h>
#include <string.h>

#include "base/num.h"
#include "conf_in.h"

#define DEPTH_MAX	50		/* values within values */
#define WORK_MAX	20000		/* references in one expansion */
#define RESULT_MAX	(1024 * 1024)	/* bytes */
#define SHOWN		30		/* bytes of text in a message */

struct expand {
	struct conf		*c;
	struct conf_error	*e;
	unsigned		 work;
};

static int	expand(struct expand *x, struct view text, int depth,
		    struct buf *out);

static int
wrong(struct expand *x, const char *what, struct view at)
{
	return (conf_fail(x->e, "%s at \"%.*s\"", what,
	    (int)(at.n < SHOWN ? at.n : SHOWN), at.p));
}

static int
put(struct expand *x, const char *p, size_t n, struct buf *out)
{
	if (buf_put(out, p, n) == -1)
		return (conf_fail(x->e, "expected a result of at most %d "
		    "bytes", RESULT_MAX));
	return (0);
}

static bool
name_byte(char c)
{
	return (isalnum((unsigned char)c) || c == '_');
}

static struct view
take_name(struct view *v)
{
	size_t n = 0;
	struct view name;

	while (n < v->n && name_byte(v->p[n]))
		n++;
	name = view_sub(*v, 0, n);
	*v = view_sub(*v, n, v->n);
	return (name);
}

/* What is between the bracket that *v begins with and its partner. */
static bool
take_group(struct view *v, struct view *inner)
{
	char open = v->p[0], close = open == '{' ? '}' : ')';
	size_t i, depth = 0;

	for (i = 0; i < v->n; i++) {
		if (v->p[i] == open)
			depth++;
		else if (v->p[i] == close && --depth == 0) {
			*inner = view_sub(*v, 1, i - 1);
			*v = view_sub(*v, i + 1, v->n);
			return (true);
		}
	}
	return (false);
}

/* The value of a name that is not expanded yet; NULL: unknown. */
static const char *
lookup(struct expand *x, struct view name)
{
	const char *s = view_str(x->c->arena, name);

	return (s == NULL ? NULL : conf_raw(x->c, s));
}

static int
expand_name(struct expand *x, struct view name, int depth, struct buf *out)
{
	const char *text;

	if ((text = lookup(x, name)) == NULL)
		return (0);
	return (expand(x, view_of(text), depth + 1, out));
}

/* "?{yes}:{no}", "?yes", ":{no}" or ":no". */
static int
expand_branch(struct expand *x, struct view v, bool cond, int depth,
    struct buf *out)
{
	bool want = v.p[0] == '?';
	struct view rest = view_trim(view_sub(v, 1, v.n)), first, other = { 0 };

	if (rest.n == 0 || rest.p[0] != '{') {
		first = rest;
		rest = view_sub(rest, rest.n, 0);
	} else if (!take_group(&rest, &first))
		return (wrong(x, "expected \"}\"", rest));
	rest = view_trim(rest);
	if (rest.n > 0) {
		if (!want)
			return (wrong(x, "unexpected input", rest));
		if (rest.p[0] != ':')
			return (wrong(x, "expected \":\"", rest));
		rest = view_trim(view_sub(rest, 1, rest.n));
		other = rest;
		if (rest.n > 0 && rest.p[0] == '{') {
			if (!take_group(&rest, &other))
				return (wrong(x, "expected \"}\"", rest));
			if (view_trim(rest).n > 0)
				return (wrong(x, "unexpected input", rest));
		}
	}
	return (expand(x, view_trim(cond == want ? first : other), depth, out));
}

/* major[.minor[.patch]] */
static bool
level_parse(struct view v, int64_t out[3])
{
	struct view part;
	int i = 0;

	out[0] = out[1] = out[2] = 0;
	if (v.n == 0 || v.p[v.n - 1] == '.')
		return (false);
	while (view_field(&v, '.', &part))
		if (i == 3 || !num_parse(part, 0, 1000000, &out[i++]))
			return (false);
	return (true);
}

/* -1, 0 or 1 like strcmp(3), in *d; false if one is no level. */
static bool
compare(struct view a, struct view b, bool level, int *d)
{
	int64_t l[3], r[3];
	int i;

	if (level) {
		if (!level_parse(a, l) || !level_parse(b, r))
			return (false);
		for (i = 0; i < 2 && l[i] == r[i]; i++)
			;
		*d = (l[i] > r[i]) - (l[i] < r[i]);
	} else if (num_parse(a, INT64_MIN, INT64_MAX, &l[0]) &&
	    num_parse(b, INT64_MIN, INT64_MAX, &r[0]))
		*d = (l[0] > r[0]) - (l[0] < r[0]);
	else
		/* Both have a NUL behind them: they are whole buffers. */
		*d = strcmp(a.p, b.p);
	return (true);
}

static const struct op {
	const char	*text;
	bool		 less, same, more;	/* when it is true */
} ops[] = {
	{ "==", false, true, false },
	{ "!=", true, false, true },
	{ "<=", true, true, false },
	{ ">=", false, true, true },
	{ "<", true, false, false },
	{ ">", false, false, true },
};

static const struct op *
take_op(struct view *v, bool *level)
{
	size_t i;

	*v = view_trim(*v);
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (view_starts(*v, ops[i].text)) {
			*v = view_sub(*v, strlen(ops[i].text), v->n);
			if ((*level = view_starts(*v, "level")))
				*v = view_sub(*v, 5, v->n);
			*v = view_trim(*v);
			return (&ops[i]);
		}
	return (NULL);
}

/* "{a} op {b}", alone or with branches behind it. */
static int
expand_compare(struct expand *x, struct view v, int depth, struct buf *out)
{
	struct view left, right;
	struct buf a, b;
	const struct op *op;
	bool level, cond;
	int d, rc = -1;

	if (!take_group(&v, &left))
		return (wrong(x, "expected \"}\"", v));
	if ((op = take_op(&v, &level)) == NULL)
		return (wrong(x, "expected a comparison", v));
	if (v.n == 0 || v.p[0] != '{' || !take_group(&v, &right))
		return (wrong(x, "expected \"{\" and \"}\"", v));
	v = view_trim(v);
	if (v.n > 0 && v.p[0] != '?' && v.p[0] != ':')
		return (wrong(x, "expected \"?\" or \":\"", v));
	buf_init(&a, RESULT_MAX);
	buf_init(&b, RESULT_MAX);
	if (expand(x, view_trim(left), depth, &a) == -1 ||
	    expand(x, view_trim(right), depth, &b) == -1)
		goto out;
	if (!compare(buf_view(&a), buf_view(&b), level, &d)) {
		(void)conf_fail(x->e, "expected two levels like 3.6, found "
		    "\"%.30s\" and \"%.30s\"", a.p, b.p);
		goto out;
	}
	cond = d < 0 ? op->less : d > 0 ? op->more : op->same;
	if (v.n > 0)
		rc = expand_branch(x, v, cond, depth, out);
	else
		rc = cond ? put(x, "true", 4, out) : 0;
out:
	buf_fini(&a);
	buf_fini(&b);
	return (rc);
}

/* function{text}; only what needs no library is here. */
static int
expand_call(struct expand *x, struct view name, struct view v, int depth,
    struct buf *out)
{
	struct view arg, rest = v;
	size_t at = out->n, i;

	if (!view_eq(name, "domain_to_ascii"))
		return (wrong(x, "unknown function", name));
	if (!take_group(&rest, &arg) || view_trim(rest).n > 0)
		return (wrong(x, "expected \"}\"", v));
	if (expand(x, view_trim(arg), depth, out) == -1)
		return (-1);
	for (i = at; i < out->n; i++) {
		if ((unsigned char)out->p[i] >= 0x80)
			return (wrong(x, "domain_to_ascii: expected a domain "
			    "in ASCII (xn--...)",
			    view_sub(buf_view(out), at, out->n)));
		out->p[i] = (char)tolower((unsigned char)out->p[i]);
	}
	return (0);
}

/* What stands between the brackets of ${...}. */
static int
expand_body(struct expand *x, struct view body, int depth, struct buf *out)
{
	struct view v = view_trim(body), name;
	const char *text;

	if (v.n > 0 && v.p[0] == '{')
		return (expand_compare(x, v, depth, out));
	name = take_name(&v);
	if (name.n == 0)
		return (wrong(x, "empty macro name", body));
	if (v.n > 0 && v.p[0] == '{')
		return (expand_call(x, name, v, depth, out));
	v = view_trim(v);
	if (v.n == 0)
		return (expand_name(x, name, depth, out));
	if (v.p[0] != '?' && v.p[0] != ':')
		return (wrong(x, "attribute name syntax error", v));
	text = lookup(x, name);
	return (expand_branch(x, v, text != NULL && *text != '\0', depth,
	    out));
}

static int
expand(struct expand *x, struct view text, int depth, struct buf *out)
{
	struct view name, body;
	ptrdiff_t at;
	int rc;

	if (depth >= DEPTH_MAX)
		return (wrong(x, "nested too deep", text));
	if (++x->work > WORK_MAX)
		return (wrong(x, "too many references", text));
	while ((at = view_chr(text, '$')) != -1) {
		if (put(x, text.p, (size_t)at, out) == -1)
			return (-1);
		text = view_sub(text, (size_t)at + 1, text.n);
		if (text.n > 0 && text.p[0] == '$') {
			rc = put(x, "$", 1, out);
			text = view_sub(text, 1, text.n);
		} else if (text.n > 0 &&
		    (text.p[0] == '{' || text.p[0] == '(')) {
			if (!take_group(&text, &body))
				return (wrong(x, "truncated macro reference",
				    text));
			rc = expand_body(x, body, depth + 1, out);
		} else {
			body = text;
			name = take_name(&text);
			if (name.n == 0)
				return (wrong(x, "empty macro name", body));
			rc = expand_name(x, name, depth, out);
		}
		if (rc == -1)
			return (-1);
	}
	return (put(x, text.p, text.n, out));
}

const char *
conf_expand(struct conf *c, const char *text, struct conf_error *e)
{
	struct expand x = { .c = c, .e = e };
	struct buf out;
	const char *s = NULL;

	buf_init(&out, RESULT_MAX);
	if (expand(&x, view_of(text), 0, &out) == 0)
		s = arena_strn(c->arena, out.p, out.n);
	buf_fini(&out);
	return (s);
}

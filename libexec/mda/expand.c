/* SPDX-License-Identifier: ISC */
/*
 * expand - names in paths and command lines. The text is the administrator's,
 * the values are partly a stranger's: a filter says what they may be made of.
 */
#include <ctype.h>
#include <string.h>

#include "address/address.h"
#include "mda.h"

#define NEST_MAX	10

struct state {
	const char	*filter;
	expand_fn	 fn;
	void		*arg;
	struct buf	*out;
	int		 undef;
	int		 depth;
};

static int walk(struct state *s, struct view v);

static int
put_value(struct state *s, const char *value)
{
	for (; *value != '\0'; value++)
		if (buf_putc(s->out, s->filter == NULL ||
		    strchr(s->filter, *value) != NULL ? *value : '_') < 0)
			return (-1);
	return (0);
}

static bool
is_name(char c)
{
	return (isalnum((unsigned char)c) || c == '_');
}

/* The length up to the bracket that closes; or -1. */
static ptrdiff_t
closing(struct view v, char open, char close)
{
	int depth = 1;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == open)
			depth++;
		else if (v.p[i] == close && --depth == 0)
			return ((ptrdiff_t)i);
	}
	return (-1);
}

/* "{text}" without its braces, so that "?{yes}:{no}" can be said. */
static struct view
braced(struct view v, struct view *rest)
{
	ptrdiff_t n;

	*rest = (struct view){ v.p + v.n, 0 };
	if (v.n == 0 || v.p[0] != '{' ||
	    (n = closing(view_sub(v, 1, v.n), '{', '}')) < 0)
		return (v);
	*rest = view_sub(v, (size_t)n + 2, v.n);
	return (view_sub(v, 1, (size_t)n));
}

/* ?text, :text, ?{yes}:{no} behind a name. */
static int
condition(struct state *s, const char *value, struct view v)
{
	const bool set = value != NULL && *value != '\0';
	const char op = v.p[0];
	struct view rest, yes = braced(view_sub(v, 1, v.n), &rest), no;

	if (op == '?' && rest.n > 0 && rest.p[0] == ':') {
		no = braced(view_sub(rest, 1, rest.n), &rest);
		return (walk(s, set ? yes : no));
	}
	if (rest.n > 0)
		return (-1);
	return (set == (op == '?') ? walk(s, yes) : 0);
}

static int
reference(struct state *s, struct view name, struct view cond)
{
	const char *value = s->fn(s->arg, view_str(mda.arena, name));

	if (cond.n > 0) {
		if (cond.p[0] != '?' && cond.p[0] != ':')
			return (-1);
		return (condition(s, value, cond));
	}
	if (value == NULL) {
		s->undef = 1;
		return (0);
	}
	return (put_value(s, value));
}

/* Behind a '$'; moves *v. */
static int
dollar(struct state *s, struct view *v)
{
	struct view in = *v;
	size_t n = 0;
	ptrdiff_t len;

	if (in.n > 0 && (in.p[0] == '{' || in.p[0] == '(')) {
		len = closing(view_sub(in, 1, in.n), in.p[0],
		    in.p[0] == '{' ? '}' : ')');
		if (len < 0)
			return (-1);
		*v = view_sub(in, (size_t)len + 2, in.n);
		in = view_sub(in, 1, (size_t)len);
		while (n < in.n && is_name(in.p[n]))
			n++;
		if (n == 0)
			return (-1);
		return (reference(s, view_sub(in, 0, n),
		    view_sub(in, n, in.n)));
	}
	while (n < in.n && is_name(in.p[n]))
		n++;
	if (n == 0)
		return (-1);
	*v = view_sub(in, n, in.n);
	return (reference(s, view_sub(in, 0, n), (struct view){ "", 0 }));
}

static int
walk(struct state *s, struct view v)
{
	int rc = 0;

	if (++s->depth > NEST_MAX)
		return (-1);
	while (rc == 0 && v.n > 0) {
		const char c = v.p[0];

		v = view_sub(v, 1, v.n);
		if (c != '$')
			rc = buf_putc(s->out, c);
		else if (v.n > 0 && v.p[0] == '$') {
			v = view_sub(v, 1, v.n);
			rc = buf_putc(s->out, '$');
		} else
			rc = dollar(s, &v);
	}
	s->depth--;
	return (rc);
}

int
expand(const char *text, const char *filter, expand_fn fn, void *arg,
    struct buf *out)
{
	struct state s = { filter, fn, arg, out, 0, 0 };

	return (walk(&s, view_of(text)) < 0 ? -1 : s.undef);
}

static const char *
some(const char *value)
{
	return (*value != '\0' ? value : NULL);
}

const char *
expand_local(void *arg, const char *name)
{
	const struct msg_mda_task *t = &mda.t;
	static char delimiter[2];

	(void)arg;
	if (strcmp(name, "user") == 0)
		return (some(t->login));
	if (strcmp(name, "home") == 0)
		return (some(t->home));
	if (strcmp(name, "shell") == 0)
		return (some(t->shell));
	if (strcmp(name, "extension") == 0)
		return (some(t->extension));
	if (strcmp(name, "domain") == 0)
		return (some(t->domain));
	if (strcmp(name, "recipient") == 0)
		return (mda.m.recipient);
	if (strcmp(name, "local") == 0)
		return (view_str(mda.arena,
		    addr_split(view_of(mda.m.recipient)).local));
	if (strcmp(name, "recipient_delimiter") == 0) {
		/* The one that the address has. */
		const char *p = strpbrk(mda.m.recipient,
		    cf->recipient_delimiter);

		delimiter[0] = p != NULL ? *p : *cf->recipient_delimiter;
		return (some(delimiter));
	}
	return (NULL);
}

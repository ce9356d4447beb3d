/* SPDX-License-Identifier: ISC */
/*
 * match - match lists.
 *
 * All patterns are looked at when the list is opened; what is matched against
 * them is a stranger's.
 */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "cidr.h"
#include "match.h"
#include "text.h"

struct pattern {
	bool		 negate;
	bool		 is_net;
	const char	*text;		/* a name, or .parent */
	struct table	*table;		/* or a table */
	struct cidr	 net;		/* if is_net */
};

struct match {
	struct arena	*arena;
	const char	*title;
	unsigned	 flags;
	unsigned	 table_flags;
	struct table_source *src;
	size_t		 n, room;
	struct pattern	*pattern;
};

static int add_words(struct match *, struct view, bool, unsigned,
    const char **);

static int
failed(struct match *m, const char **err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
failed(struct match *m, const char **err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*err = arena_printf(m->arena, "%s: %s", m->title,
	    arena_vprintf(m->arena, fmt, ap));
	va_end(ap);
	return (-1);
}

static int
append(struct match *m, const struct pattern *p, const char **err)
{
	struct pattern *more;

	if (m->n == MATCH_PATTERNS_MAX)
		return (failed(m, err, "too many patterns"));
	if (m->n == m->room) {
		m->room = m->room == 0 ? 8 : 2 * m->room;
		more = arena_array(m->arena, m->room, sizeof(*more));
		if (m->n > 0)
			memcpy(more, m->pattern, m->n * sizeof(*more));
		m->pattern = more;
	}
	m->pattern[m->n++] = *p;
	return (0);
}

static int
add_file(struct match *m, const char *path, bool negate, unsigned depth,
    const char **err)
{
	struct text text;
	int fd, rc;

	if (depth >= MATCH_FILE_NEST_MAX)
		return (failed(m, err, "%s: files are nested too deep", path));
	if ((fd = m->src->fd(m->src->arg, path)) == -1)
		return (failed(m, err, "open file %s: %m", path));
	text_open(&text, fd, path);
	while ((rc = text_next(&text)) == 1)
		if (add_words(m, buf_view(&text.line), negate, depth + 1,
		    err) == -1)
			break;
	text_close(&text);
	if (rc == -1)
		return (failed(m, err, "cannot read %s", path));
	return (rc == 0 ? 0 : -1);
}

/* Hexadecimal digits and colons before a slash; "cdb:/x" has an empty part. */
static bool
looks_like_v6(struct view v)
{
	ptrdiff_t slash = view_chr(v, '/');
	size_t i, end = slash == -1 ? v.n : (size_t)slash, colons = 0;

	for (i = 0; i < end; i++) {
		colons += v.p[i] == ':';
		if (strchr("0123456789abcdefABCDEF:.", v.p[i]) == NULL)
			return (false);
	}
	return (colons > 1);
}

static bool
looks_like_addr(struct view v)
{
	size_t i;

	if (v.n > 0 && v.p[0] == '[')
		return (true);
	for (i = 0; i < v.n; i++)
		if (strchr("0123456789./", v.p[i]) == NULL)
			return (looks_like_v6(v));
	return (v.n > 0);
}

/* type:name, and not an address with colons in it. */
static bool
is_table(struct view v)
{
	struct cidr c;

	return (view_chr(v, ':') > 0 && v.p[0] != '[' && !cidr_addr(v, &c) &&
	    (view_chr(v, '/') == -1 || view_chr(v, '/') > view_chr(v, ':')) &&
	    !looks_like_v6(v));
}

static int
add_word(struct match *m, struct view v, bool negate, unsigned depth,
    const char **err)
{
	struct pattern p = { .negate = negate };
	const char *bad;

	for (; v.n > 0 && v.p[0] == '!'; v = view_trim(view_sub(v, 1, v.n)))
		p.negate = !p.negate;
	if (v.n == 0)
		return (failed(m, err, "no pattern behind \"!\""));
	if (v.n > 1 && v.p[0] == '/')
		return (add_file(m, view_str(m->arena, v), p.negate, depth,
		    err));
	p.text = view_str(m->arena, v);
	if (is_table(view_of(p.text))) {
		p.table = table_open(m->arena, p.text, m->table_flags, m->src,
		    err);
		if (p.table == NULL)
			return (failed(m, err, "%s", *err));
	} else {
		bad = cidr_parse(m->arena, v, &p.net);
		p.is_net = bad == NULL;
		if (bad != NULL && looks_like_addr(v)) {
			if (m->flags & MATCH_WARN_ADDR)
				return (failed(m, err, "%s", bad));
			log_warn("%s: %s", m->title, bad);
		}
	}
	return (append(m, &p, err));
}

static int
add_words(struct match *m, struct view all, bool negate, unsigned depth,
    const char **err)
{
	struct view word, more;

	while ((word = view_group(&all, ", \t\r\n")).n > 0) {
		/* "! name", with a blank between. */
		if (word.n == 1 && word.p[0] == '!') {
			more = view_group(&all, ", \t\r\n");
			if (add_word(m, more, !negate, depth, err) == -1)
				return (-1);
		} else if (add_word(m, word, negate, depth, err) == -1)
			return (-1);
	}
	return (0);
}

struct match *
match_open(struct arena *a, const char *title, const char *value,
    unsigned flags, unsigned table_flags, struct table_source *src,
    const char **err)
{
	struct match *m = arena_get(a, sizeof(*m));

	m->arena = a;
	m->title = arena_str(a, title);
	m->flags = flags;
	m->table_flags = table_flags;
	m->src = src;
	return (add_words(m, view_of(value), false, 0, err) == -1 ? NULL : m);
}

static int
ask_table(struct match *m, struct table *t, const char *key)
{
	const char *value;
	int rc = table_lookup(t, key, &value);

	if (rc == -1)
		log_warn("%s: %s: table lookup problem", m->title,
		    table_name(t));
	return (rc);
}

/* The name, and, where the table is one of names, its parents. */
static int
name_in_table(struct match *m, struct table *t, const char *name)
{
	const char *key = name;
	int rc;

	for (;;) {
		if ((rc = ask_table(m, t, key)) != 0)
			return (rc);
		if (table_is_pattern(t) || key[0] == '\0' ||
		    (key = strchr(key + 1, '.')) == NULL)
			return (0);
		key += (m->flags & MATCH_PARENT) != 0;
	}
}

static int
match_name(struct match *m, const struct pattern *p, const char *name)
{
	size_t n = strlen(name), want;
	const char *text = p->text;

	if (p->table != NULL)
		return (name_in_table(m, p->table, name));
	if (strcasecmp(text, name) == 0)
		return (1);
	want = strlen(text);
	if (n <= want || strcasecmp(name + n - want, text) != 0)
		return (0);
	if (m->flags & MATCH_PARENT)
		return (name[n - want - 1] == '.' && text[0] != '.');
	return (text[0] == '.');
}

static int
match_net(struct match *m, const struct pattern *p, const char *addr)
{
	struct cidr c;

	if (p->table != NULL)
		return (ask_table(m, p->table, addr));
	if (strcasecmp(p->text, addr) == 0)
		return (1);
	return (p->is_net && cidr_addr(view_of(addr), &c) &&
	    cidr_match(&p->net, &c));
}

/* Go through the patterns with a name, an address, or both. */
static int
match_any(struct match *m, const char *name, const char *addr)
{
	const struct pattern *p;
	size_t i;
	int rc;

	for (i = 0; m != NULL && i < m->n; i++) {
		p = &m->pattern[i];
		rc = name == NULL ? 0 : match_name(m, p, name);
		if (rc == 0 && addr != NULL)
			rc = match_net(m, p, addr);
		if (rc != 0)
			return (rc == -1 ? -1 : !p->negate);
	}
	return (0);
}

int
match_domain(struct match *m, const char *name)
{
	return (match_any(m, name, NULL));
}

int
match_addr(struct match *m, const char *addr)
{
	return (match_any(m, NULL, addr));
}

int
match_host(struct match *m, const char *name, const char *addr)
{
	return (match_any(m, name, addr));
}

int
match_string(struct match *m, const char *text)
{
	const struct pattern *p;
	size_t i;
	int rc;

	for (i = 0; m != NULL && i < m->n; i++) {
		p = &m->pattern[i];
		rc = p->table != NULL ? ask_table(m, p->table, text) :
		    strcasecmp(p->text, text) == 0;
		if (rc != 0)
			return (rc == -1 ? -1 : !p->negate);
	}
	return (0);
}

unsigned
match_parent_flag(const char *parent_domain_matches_subdomains,
    const char *list)
{
	struct view all = view_of(parent_domain_matches_subdomains), word;

	while ((word = view_word(&all, ", \t\r\n")).n > 0)
		if (view_ieq(word, list))
			return (MATCH_PARENT);
	return (0);
}

/* SPDX-License-Identifier: ISC */
/*
 * spec - finding tables in the text of parameters.
 *
 * The privileged master links this: libc and lib/base only, no file is
 * opened or read.
 */
#include <sys/stat.h>

#include <string.h>

#include "base/arena.h"
#include "spec.h"

#define SEPARATORS	", \t\r\n"
#define NEST_MAX	20

enum shape { S_FILE, S_INDEX, S_TEXT, S_INNER, S_REMOTE, S_PROXY, S_UNIX };

static const struct {
	const char	*type;
	enum shape	 shape;
} types[] = {
	{ "btree",	S_INDEX },
	{ "cdb",	S_INDEX },
	{ "cidr",	S_FILE },
	{ "environ",	S_REMOTE },
	{ "fail",	S_TEXT },
	{ "hash",	S_INDEX },
	{ "inline",	S_TEXT },
	{ "ldap",	S_REMOTE },
	{ "lmdb",	S_REMOTE },
	{ "memcache",	S_REMOTE },
	{ "mongodb",	S_REMOTE },
	{ "mysql",	S_REMOTE },
	{ "nis",	S_REMOTE },
	{ "nisplus",	S_REMOTE },
	{ "pcre",	S_FILE },
	{ "pgsql",	S_REMOTE },
	{ "pipemap",	S_INNER },
	{ "proxy",	S_PROXY },
	{ "randmap",	S_TEXT },
	{ "redis",	S_REMOTE },
	{ "regexp",	S_FILE },
	{ "socketmap",	S_REMOTE },
	{ "sqlite",	S_REMOTE },
	{ "static",	S_TEXT },
	{ "tcp",	S_REMOTE },
	{ "texthash",	S_FILE },
	{ "unionmap",	S_INNER },
	{ "unix",	S_UNIX },
};

/* The shape of a type, or -1. */
static int
shape_of(struct view type)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (view_eq(type, types[i].type))
			return ((int)types[i].shape);
	return (-1);
}

/* A word of lower case letters before a colon that is not a URL's. */
static bool
split_type(struct view word, struct view *type, struct view *name)
{
	ptrdiff_t colon = view_chr(word, ':');
	ptrdiff_t i;

	if (colon <= 0 || (size_t)colon + 1 == word.n)
		return (false);
	for (i = 0; i < colon; i++)
		if ((word.p[i] < 'a' || word.p[i] > 'z') &&
		    (i == 0 || word.p[i] < '0' || word.p[i] > '9'))
			return (false);
	*type = view_sub(word, 0, (size_t)colon);
	*name = view_sub(word, (size_t)colon + 1, word.n);
	return (true);
}

/* The files behind unix:NAME; NULL: no such map. */
static const char *
unix_path(const char *name)
{
	if (strcmp(name, "passwd.byname") == 0)
		return ("/etc/passwd");
	return (strcmp(name, "group.byname") == 0 ? "/etc/group" : NULL);
}

bool
spec_parse(struct arena *a, struct view word, struct spec *out)
{
	struct view type, name;
	struct spec s;
	int shape;

	if (!split_type(word, &type, &name))
		return (false);
	memset(&s, 0, sizeof(s));
	s.type = view_str(a, type);
	s.name = view_str(a, name);
	s.id = view_str(a, word);
	if (s.type == NULL || s.name == NULL || s.id == NULL)
		return (false);
	shape = shape_of(type);
	/* What needs no help is served here, whether or not it says proxy: */
	if (shape == S_PROXY && spec_parse(a, name, out) &&
	    (out->kind == SPEC_FILE || out->kind == SPEC_NONE))
		return (true);
	s.kind = shape == -1 ? SPEC_UNKNOWN :
	    shape == S_REMOTE || shape == S_PROXY ? SPEC_REMOTE : SPEC_NONE;
	if (shape == S_INDEX) {
		s.kind = SPEC_FILE;
		s.source = s.name;
		s.path = arena_printf(a, "%s.cdb", s.name);
	} else if (shape == S_FILE && s.name[0] != '{') {
		s.kind = SPEC_FILE;
		s.path = s.name;
	} else if (shape == S_UNIX) {
		s.path = unix_path(s.name);
		s.kind = s.path != NULL ? SPEC_FILE : SPEC_UNKNOWN;
	}
	*out = s;
	return (true);
}

struct scan {
	struct arena	*arena;
	bool		 lists;
	const char	*default_type;
	spec_fn		 fn;
	void		*arg;
};

static int scan_words(struct scan *, struct view, unsigned);

/* A file name: a table of the default type, or a file of patterns. */
static int
scan_path(struct scan *c, struct view word)
{
	struct spec s;
	const char *path = view_str(c->arena, word);

	if (path == NULL)
		return (0);
	if (c->default_type != NULL) {
		path = arena_printf(c->arena, "%s:%s", c->default_type, path);
		if (spec_parse(c->arena, view_of(path), &s))
			return (c->fn(c->arg, &s));
		return (0);
	}
	s = (struct spec){ SPEC_PATTERN, "", path, path, path, NULL };
	return (c->fn(c->arg, &s));
}

static int
scan_word(struct scan *c, struct view word, unsigned depth)
{
	struct spec s;
	int rc;

	if (depth > NEST_MAX)
		return (-1);
	while (word.n > 1 && word.p[0] == '!')
		word = view_trim(view_sub(word, 1, word.n));
	if (c->lists && word.n > 1 && word.p[0] == '/')
		return (scan_path(c, word));
	if (word.n > 1 && word.p[0] == '{' && word.p[word.n - 1] == '}')
		return (scan_words(c, view_sub(word, 1, word.n - 2),
		    depth + 1));
	if (!spec_parse(c->arena, word, &s))
		return (0);
	if ((rc = c->fn(c->arg, &s)) != 0)
		return (rc);
	if (shape_of(view_of(s.type)) == S_INNER)
		return (scan_word(c, view_of(s.name), depth + 1));
	return (0);
}

static int
scan_words(struct scan *c, struct view text, unsigned depth)
{
	struct view word;
	int rc;

	while ((word = view_group(&text, SEPARATORS)).n > 0)
		if ((rc = scan_word(c, word, depth)) != 0)
			return (rc);
	return (0);
}

int
spec_scan(struct arena *a, const char *value, bool lists,
    const char *default_type, spec_fn fn, void *arg)
{
	struct scan c = { a, lists, default_type, fn, arg };

	return (scan_words(&c, view_of(value), 0));
}

bool
spec_is_stale(const struct spec *s)
{
	struct stat index, source;

	if (s->source == NULL || stat(s->source, &source) == -1)
		return (false);
	if (stat(s->path, &index) == -1)
		return (true);
	return (source.st_mtim.tv_sec > index.st_mtim.tv_sec ||
	    (source.st_mtim.tv_sec == index.st_mtim.tv_sec &&
	    source.st_mtim.tv_nsec > index.st_mtim.tv_nsec));
}

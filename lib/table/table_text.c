/* SPDX-License-Identifier: ISC */
/*
 * table_text - texthash: a source file in memory; inline: text of main.cf;
 * static: always the same answer; fail: always an error.
 */
#include <string.h>

#include "base/log.h"
#include "entry.h"
#include "memory.h"
#include "table_in.h"
#include "text.h"

static bool
add(struct table *t, const char *key, const char *value, bool replace)
{
	if (t->flags & TABLE_NOFOLD)
		return (memory_put(t->state, key, value, replace));
	if (table_fold(key, t->flags & TABLE_UTF8, &t->key) == -1)
		return (true);		/* too long to be asked for, too */
	return (memory_put(t->state, buf_str(&t->key), value, replace));
}

static int
texthash_open(struct table *t, const char **err)
{
	struct text text;
	const char *key, *value;
	int fd, rc;

	if ((fd = table_fd(t, err)) == -1)
		return (-1);
	t->state = memory_new(t->arena);
	text_open(&text, fd, t->name);
	while ((rc = text_next(&text)) == 1)
		if (entry_split(&text, t->flags & TABLE_UTF8, &key, &value) &&
		    !add(t, key, value, t->flags & TABLE_DUP_LAST) &&
		    !(t->flags & (TABLE_DUP_LAST | TABLE_DUP_QUIET)))
			log_warn("%s, line %u: duplicate entry: \"%s\"",
			    t->name, text.lineno, key);
	text_close(&text);
	if (rc == -1)
		return (table_err(t, err, "cannot read %s", t->name));
	return (0);
}

static int
memory_lookup(struct table *t, const char *key)
{
	const char *value = memory_get(t->state, key);

	if (value == NULL)
		return (0);
	return (buf_puts(&t->value, value) == 0 ? 1 : -1);
}

static int
each(struct table *t, int (*fn)(void *, const char *, const char *), void *arg)
{
	return (memory_each(t->state, fn, arg));
}

/* One "key=value", or "{key = value}"; blanks around both do not count. */
static int
inline_add(struct table *t, struct view pair, const char **err)
{
	struct view key, value;
	ptrdiff_t eq;

	if (pair.n > 1 && pair.p[0] == '{') {
		if (pair.p[pair.n - 1] != '}')
			return (table_err(t, err, "syntax error after '}' in "
			    "\"%s\"", t->spec));
		pair = view_trim(view_sub(pair, 1, pair.n - 2));
	}
	if ((eq = view_chr(pair, '=')) == -1)
		return (table_err(t, err, "missing '=' after attribute name: "
		    "\"%s\"; need \"inline:{name=value...}\"", t->spec));
	key = view_trim(view_sub(pair, 0, (size_t)eq));
	value = view_trim(view_sub(pair, (size_t)eq + 1, pair.n));
	add(t, view_str(t->arena, key), view_str(t->arena, value), true);
	return (0);
}

static int
inline_open(struct table *t, const char **err)
{
	struct view all = view_trim(view_of(t->name)), pair;

	t->state = memory_new(t->arena);
	if (all.n < 2 || all.p[0] != '{' || all.p[all.n - 1] != '}')
		return (table_err(t, err, "bad syntax: \"%s\"; need "
		    "\"inline:{name=value...}\"", t->spec));
	all = view_trim(view_sub(all, 1, all.n - 2));
	if (all.n == 0)
		return (table_err(t, err, "bad syntax: \"%s\"; need "
		    "\"inline:{name=value...}\"", t->spec));
	while ((pair = view_group(&all, ", \t\r\n")).n > 0)
		if (inline_add(t, pair, err) == -1)
			return (-1);
	return (0);
}

static int
static_open(struct table *t, const char **err)
{
	struct view v = view_of(t->name), word;

	if (v.p[0] == '{') {
		word = view_group(&v, "");
		if (word.p[word.n - 1] != '}')
			return (table_err(t, err, "bad static:name syntax: "
			    "%s in \"%s\"", view_chr(word, '}') == -1 ?
			    "missing '}'" : "syntax error after '}'",
			    t->name));
		v = view_trim(view_sub(word, 1, word.n - 2));
	}
	t->state = view_str(t->arena, v);
	return (0);
}

static int
static_lookup(struct table *t, const char *key)
{
	(void)key;
	return (buf_puts(&t->value, t->state) == 0 ? 1 : -1);
}

static int
fail_open(struct table *t, const char **err)
{
	(void)t;
	(void)err;
	return (0);
}

static int
fail_lookup(struct table *t, const char *key)
{
	log_warn("%s: lookup of \"%s\" fails, as all do in this table",
	    t->spec, key);
	return (-1);
}

const struct table_ops table_texthash = { "texthash", false, true,
	texthash_open, memory_lookup, each, NULL };
const struct table_ops table_inline = { "inline", false, true, inline_open,
	memory_lookup, each, NULL };
const struct table_ops table_static = { "static", false, false, static_open,
	static_lookup, NULL, NULL };
const struct table_ops table_fail = { "fail", true, false, fail_open,
	fail_lookup, NULL, NULL };

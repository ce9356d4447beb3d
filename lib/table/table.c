/* SPDX-License-Identifier: ISC */
/*
 * table - open by type, fold the key, ask, check the answer.
 */
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "spec.h"
#include "table_in.h"

static const struct table_ops *const types[] = {
	&table_btree,
	&table_cdb,
	&table_cidr,
	&table_fail,
	&table_hash,
	&table_inline,
	&table_pcre,
	&table_pipemap,
	&table_randmap,
	&table_regexp,
	&table_static,
	&table_texthash,
	&table_unionmap,
	&table_unix,
};

#define NTYPES	(sizeof(types) / sizeof(types[0]))

const char *
table_type(size_t i)
{
	return (i < NTYPES ? types[i]->type : NULL);
}

int
table_err(struct table *t, const char **err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*err = arena_vprintf(t->arena, fmt, ap);
	va_end(ap);
	return (-1);
}

int
table_fd(struct table *t, const char **err)
{
	struct spec s;
	int fd;

	if (!spec_parse(t->arena, view_of(t->spec), &s) || s.path == NULL)
		return (table_err(t, err, "%s has no file", t->spec));
	if ((fd = t->src->fd(t->src->arg, s.id)) == -1)
		return (table_err(t, err, s.source != NULL ?
		    "open database %s: %m" : "open %s: %m", s.path));
	return (fd);
}

static const struct table_ops *
ops_of(const char *type)
{
	size_t i;

	for (i = 0; i < NTYPES; i++)
		if (strcmp(types[i]->type, type) == 0)
			return (types[i]);
	return (NULL);
}

static struct table *
find_opened(struct table_source *src, const char *spec, unsigned flags)
{
	struct table *t;

	for (t = src->opened; t != NULL; t = t->next)
		if (t->flags == flags && strcmp(t->spec, spec) == 0)
			return (t);
	return (NULL);
}

static void
close_one(struct table *t)
{
	if (t->ops->close != NULL)
		t->ops->close(t);
	buf_fini(&t->value);
	buf_fini(&t->key);
}

static int
broken_lookup(struct table *t, const char *key)
{
	log_warn("%s is unavailable: look-up of \"%s\" fails", t->spec, key);
	return (-1);
}

static const struct table_ops table_broken = { "", false, false, NULL,
	broken_lookup, NULL, NULL };

static struct table *
open_broken(struct arena *a, const char *spec, unsigned flags,
    struct table_source *src, const char *err)
{
	struct table *t = arena_get(a, sizeof(*t));

	log_error("%s", err);
	t->ops = &table_broken;
	t->spec = arena_str(a, spec);
	t->name = t->spec;
	t->flags = flags;
	t->arena = a;
	t->src = src;
	buf_init(&t->value, TABLE_VALUE_MAX);
	buf_init(&t->key, 4 * TABLE_KEY_MAX);
	t->next = src->opened;
	src->opened = t;
	return (t);
}

static struct table *
open_at(struct arena *a, const char *spec, unsigned flags,
    struct table_source *src, unsigned depth, const char **err)
{
	struct spec s;
	struct table *t;

	if ((t = find_opened(src, spec, flags)) != NULL)
		return (t);
	if (depth > TABLE_NEST_MAX) {
		*err = "tables are nested too deep";
		return (NULL);
	}
	if (!spec_parse(a, view_of(spec), &s)) {
		*err = arena_printf(a, "open dictionary: expecting "
		    "\"type:name\" form instead of \"%s\"", spec);
		return (NULL);
	}
	t = arena_get(a, sizeof(*t));
	if ((t->ops = ops_of(s.type)) == NULL) {
		*err = arena_printf(a, s.kind == SPEC_REMOTE ?
		    "dictionary type %s is served by proxymap only" :
		    "unsupported dictionary type: %s", s.type);
		return (NULL);
	}
	t->spec = s.id;
	t->name = s.name;
	t->flags = flags;
	t->pattern = t->ops->pattern;
	t->depth = depth;
	t->arena = a;
	t->src = src;
	buf_init(&t->value, TABLE_VALUE_MAX);
	buf_init(&t->key, 4 * TABLE_KEY_MAX);
	if (t->ops->open(t, err) == -1) {
		close_one(t);
		return (NULL);
	}
	t->next = src->opened;
	src->opened = t;
	return (t);
}

struct table *
table_open(struct arena *a, const char *spec, unsigned flags,
    struct table_source *src, const char **err)
{
	struct table *t = open_at(a, spec, flags, src, 0, err);

	if (t == NULL && src->lenient)
		t = open_broken(a, spec, flags, src, *err);
	return (t);
}

struct table *
table_inner(struct table *outer, const char *spec, const char **err)
{
	return (open_at(outer->arena, spec, outer->flags, outer->src,
	    outer->depth + 1, err));
}

void
tables_close(struct table_source *src)
{
	struct table *t;

	while ((t = src->opened) != NULL) {
		src->opened = t->next;
		close_one(t);
	}
}

const char *
table_name(const struct table *t)
{
	return (t->spec);
}

bool
table_is_pattern(const struct table *t)
{
	return (t->pattern);
}

/* An answer with a NUL, or one that is not UTF-8, is a table's damage. */
static int
check_value(struct table *t, const char *key, const char **value)
{
	struct view v = buf_view(&t->value);

	if (view_chr(v, '\0') != -1) {
		log_warn("%s: value of key \"%s\" has a NUL byte in it",
		    t->spec, key);
		return (-1);
	}
	if ((t->flags & TABLE_UTF8) && !utf8_valid(v)) {
		log_warn("%s: key \"%s\": non-UTF-8 value", t->spec, key);
		return (-1);
	}
	*value = buf_str(&t->value);
	return (1);
}

int
table_lookup(struct table *t, const char *key, const char **value)
{
	size_t n = strlen(key);
	int rc;

	if (n == 0 || n > TABLE_KEY_MAX)
		return (0);
	if ((t->flags & TABLE_UTF8) && !utf8_valid((struct view){ key, n })) {
		log_warn("%s: non-UTF-8 key \"%s\"", t->spec, key);
		return (0);
	}
	/* A copy in any case: the key may be what this table answered. */
	buf_reset(&t->key);
	if (t->ops->fold && !(t->flags & TABLE_NOFOLD))
		rc = table_fold(key, t->flags & TABLE_UTF8, &t->key);
	else
		rc = buf_put(&t->key, key, n);
	if (rc == -1)
		return (0);
	buf_reset(&t->value);
	key = buf_str(&t->key);
	rc = t->ops->lookup(t, key);
	return (rc == 1 ? check_value(t, key, value) : rc);
}

int
table_each(struct table *t,
    int (*fn)(void *arg, const char *key, const char *value), void *arg)
{
	return (t->ops->each == NULL ? -2 : t->ops->each(t, fn, arg));
}

/* SPDX-License-Identifier: ISC */
/*
 * table_join - tables made of tables: unionmap, pipemap; and randmap.
 *
 * An error of one table is an error of the whole: half an answer would be a
 * wrong one.
 */
#include <sys/random.h>

#include <string.h>

#include "base/log.h"
#include "table_in.h"

#define MEMBERS_MAX	1000

struct members {
	size_t		 n;
	struct table	*table[MEMBERS_MAX];	/* or */
	const char	*text[MEMBERS_MAX];	/* of randmap */
};

static int
syntax(struct table *t, const char *what, const char **err)
{
	return (table_err(t, err, "bad syntax: \"%s\"; need \"%s:{%s...}\"",
	    t->spec, t->ops->type, what));
}

static int
add_table(struct table *t, struct members *m, const char *word,
    const char **err)
{
	if (strchr(word, ':') == NULL)
		return (syntax(t, "type:name", err));
	m->table[m->n] = table_inner(t, word, err);
	if (m->table[m->n] == NULL)
		return (-1);
	/* One member with parts of keys in it, and parts are worth asking. */
	t->pattern = (m->n == 0 || t->pattern) &&
	    table_is_pattern(m->table[m->n]);
	return (0);
}

/* The words inside of the braces, as tables or as texts. */
static int
open_members(struct table *t, bool tables, const char **err)
{
	const char *what = tables ? "type:name" : "value";
	struct view all = view_trim(view_of(t->name)), word;
	struct members *m = arena_get(t->arena, sizeof(*m));

	t->state = m;
	if (all.n < 2 || all.p[0] != '{' || all.p[all.n - 1] != '}')
		return (syntax(t, what, err));
	all = view_sub(all, 1, all.n - 2);
	while ((word = view_group(&all, ", \t\r\n")).n > 0) {
		if (m->n == MEMBERS_MAX)
			return (table_err(t, err, "%s: more than %d members",
			    t->ops->type, MEMBERS_MAX));
		m->text[m->n] = view_str(t->arena, word);
		if (tables && add_table(t, m, m->text[m->n], err) == -1)
			return (-1);
		m->n++;
	}
	return (m->n == 0 ? syntax(t, what, err) : 0);
}

static int
open_tables(struct table *t, const char **err)
{
	return (open_members(t, true, err));
}

static int
open_values(struct table *t, const char **err)
{
	return (open_members(t, false, err));
}

static int
too_long(struct table *t)
{
	log_warn("%s: the value is too long", t->spec);
	return (-1);
}

/* All that is found, with commas between. */
static int
unionmap_lookup(struct table *t, const char *key)
{
	struct members *m = t->state;
	const char *value;
	size_t i;
	int rc, found = 0;

	for (i = 0; i < m->n; i++) {
		if ((rc = table_lookup(m->table[i], key, &value)) == -1)
			return (-1);
		if (rc == 0)
			continue;
		if ((found && buf_putc(&t->value, ',') == -1) ||
		    buf_puts(&t->value, value) == -1)
			return (too_long(t));
		found = 1;
	}
	return (found);
}

/* What one table answers is what the next one is asked. */
static int
pipemap_lookup(struct table *t, const char *key)
{
	struct members *m = t->state;
	const char *value = key;
	size_t i;
	int rc;

	for (i = 0; i < m->n; i++)
		if ((rc = table_lookup(m->table[i], value, &value)) != 1)
			return (rc);
	return (buf_puts(&t->value, value) == 0 ? 1 : too_long(t));
}

static int
randmap_lookup(struct table *t, const char *key)
{
	struct members *m = t->state;
	unsigned r;

	(void)key;
	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r)) {
		log_warn("%s: getrandom: %m", t->spec);
		return (-1);
	}
	return (buf_puts(&t->value, m->text[r % m->n]) == 0 ? 1 :
	    too_long(t));
}

const struct table_ops table_unionmap = { "unionmap", false, false,
	open_tables, unionmap_lookup, NULL, NULL };
const struct table_ops table_pipemap = { "pipemap", false, false, open_tables,
	pipemap_lookup, NULL, NULL };
const struct table_ops table_randmap = { "randmap", true, false, open_values,
	randmap_lookup, NULL, NULL };

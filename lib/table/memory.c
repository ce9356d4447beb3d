/* SPDX-License-Identifier: ISC */
/*
 * memory - keys and values in an arena, in the order of the keys.
 */
#include <bsd/sys/tree.h>
#include <string.h>

#include "base/arena.h"
#include "memory.h"

struct entry {
	RB_ENTRY(entry)	 link;
	const char	*key;
	const char	*value;
};

RB_HEAD(entries, entry);

struct memory {
	struct arena	*arena;
	struct entries	 all;
};

static int
entry_cmp(const struct entry *a, const struct entry *b)
{
	return (strcmp(a->key, b->key));
}

/* RB_GENERATE_STATIC() of libbsd needs a __unused that nobody defines. */
#define UNUSED_STATIC __attribute__((unused)) static
RB_GENERATE_INTERNAL(entries, entry, link, entry_cmp, UNUSED_STATIC)

struct memory *
memory_new(struct arena *a)
{
	struct memory *m = arena_get(a, sizeof(*m));

	m->arena = a;
	RB_INIT(&m->all);
	return (m);
}

/* RB_FIND() wants an unchanging tree without const. */
static struct entry *
find(const struct memory *m, const char *key)
{
	struct entries all = m->all;
	struct entry look = { .key = key };

	return (RB_FIND(entries, &all, &look));
}

bool
memory_put(struct memory *m, const char *key, const char *value, bool replace)
{
	struct entry *e = find(m, key);

	if (e != NULL) {
		if (replace)
			e->value = arena_str(m->arena, value);
		return (false);
	}
	e = arena_get(m->arena, sizeof(*e));
	e->key = arena_str(m->arena, key);
	e->value = arena_str(m->arena, value);
	RB_INSERT(entries, &m->all, e);
	return (true);
}

const char *
memory_get(const struct memory *m, const char *key)
{
	struct entry *e = find(m, key);

	return (e == NULL ? NULL : e->value);
}

bool
memory_drop(struct memory *m, const char *key)
{
	struct entry *e = find(m, key);

	if (e != NULL)
		RB_REMOVE(entries, &m->all, e);
	return (e != NULL);
}

int
memory_each(const struct memory *m,
    int (*fn)(void *arg, const char *key, const char *value), void *arg)
{
	struct entries all = m->all;
	struct entry *e;
	int rc;

	RB_FOREACH(e, entries, &all)
		if ((rc = fn(arg, e->key, e->value)) != 0)
			return (rc);
	return (0);
}

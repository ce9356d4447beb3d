/* SPDX-License-Identifier: ISC */
/* Duplicates among the deliveries of one recipient. */
#include <bsd/sys/tree.h>
#include <string.h>

#include "local_in.h"

struct key {
	RB_ENTRY(key)	 link;
	const char	*text;
};

struct seen {
	RB_HEAD(keys, key) keys;
	struct arena	*a;
	size_t		 n, limit;	/* 0: none */
};

static int
compare(const struct key *a, const struct key *b)
{
	return (strcmp(a->text, b->text));
}

RB_PROTOTYPE(keys, key, link, compare)
RB_GENERATE(keys, key, link, compare)

struct seen *
seen_new(struct arena *a, size_t limit)
{
	struct seen *s = arena_get(a, sizeof(*s));

	RB_INIT(&s->keys);
	s->a = a;
	s->n = 0;
	s->limit = limit;
	return (s);
}

bool
seen(struct seen *s, const char *text)
{
	struct key *k = arena_get(s->a, sizeof(*k));

	k->text = text;
	if (RB_FIND(keys, &s->keys, k) != NULL)
		return (true);
	/* Beyond the limit there are duplicates, not lost mail. */
	if (s->limit > 0 && s->n >= s->limit)
		return (false);
	k->text = arena_str(s->a, text);
	RB_INSERT(keys, &s->keys, k);
	s->n++;
	return (false);
}

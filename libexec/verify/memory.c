/* SPDX-License-Identifier: ISC */
/* memory - the cache where address_verify_map is empty: a tree, bounded. */
#include <bsd/sys/tree.h>

#include <string.h>

#include "base/xalloc.h"

#include "cache_in.h"

struct node {
	RB_ENTRY(node)	 entry;
	char		*key;
	char		*record;
};
RB_HEAD(memory_tree, node);

static struct memory_tree tree = RB_INITIALIZER(&tree);
static size_t used, most;
static char *at;			/* where sweeping goes on */

static int
node_cmp(const struct node *a, const struct node *b)
{
	return (strcmp(a->key, b->key));
}

RB_PROTOTYPE(memory_tree, node, entry, node_cmp)
RB_GENERATE(memory_tree, node, entry, node_cmp)

static size_t
size_of(const struct node *n)
{
	return (sizeof(*n) + strlen(n->key) + strlen(n->record) + 64);
}

static void
drop(struct node *n)
{
	used -= size_of(n);
	RB_REMOVE(memory_tree, &tree, n);
	xfree(&n->key);
	xfree(&n->record);
	xfree(&n);
}

void
memory_open(size_t max)
{
	most = max;
}

void
memory_close(void)
{
	while (!RB_EMPTY(&tree))
		drop(RB_MIN(memory_tree, &tree));
	xfree(&at);
}

static struct node *
find(const char *key)
{
	struct node want;

	/* Only looked at, by node_cmp(). */
	memcpy(&want.key, &key, sizeof(key));
	return (RB_FIND(memory_tree, &tree, &want));
}

bool
memory_get(const char *key, struct buf *out)
{
	const struct node *n = find(key);

	return (n != NULL && buf_puts(out, n->record) == 0);
}

void
memory_drop(const char *key)
{
	struct node *n = find(key);

	if (n != NULL)
		drop(n);
}

void
memory_put(const char *key, struct view record)
{
	struct node *n;

	memory_drop(key);
	n = xcalloc(1, sizeof(*n));
	n->key = xstrdup(key);
	n->record = xprintf("%.*s", (int)record.n, record.p);
	RB_INSERT(memory_tree, &tree, n);
	used += size_of(n);
	/* Whoever comes next in the alphabet makes room. */
	while (used > most && RB_MIN(memory_tree, &tree) != RB_MAX(memory_tree, &tree))
		drop(RB_NEXT(memory_tree, &tree, n) != NULL ?
		    RB_NEXT(memory_tree, &tree, n) : RB_MIN(memory_tree, &tree));
}

bool
memory_sweep(size_t count, bool (*over)(struct view), uint64_t *kept,
    uint64_t *dropped)
{
	struct node want, *n, *next;

	want.key = at;
	n = at == NULL ? RB_MIN(memory_tree, &tree) : RB_NFIND(memory_tree, &tree, &want);
	for (; n != NULL && count > 0; n = next, count--) {
		next = RB_NEXT(memory_tree, &tree, n);
		if (over(view_of(n->record))) {
			drop(n);
			(*dropped)++;
		} else
			(*kept)++;
	}
	xfree(&at);
	if (n != NULL)
		at = xstrdup(n->key);
	return (n == NULL);
}

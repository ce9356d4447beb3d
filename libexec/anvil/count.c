/* SPDX-License-Identifier: ISC */
/*
 * count - a tree by name, and a list of those without a connection in the
 * order of their last event: who is to be forgotten first.
 *
 * The number of clients is bounded; who floods it pushes out others that are
 * idle, and that is all.
 */
#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"

#include "count.h"

#define EXPIRE_STEP	2		/* idle ones looked at for each new one */

struct counter {
	RB_ENTRY(counter)	 entry;
	TAILQ_ENTRY(counter)	 idle;
	struct mono		 start, last;
	uint32_t		 count;
	uint32_t		 rate[ANVIL_KIND_MAX + 1];
	const char		*ident;		/* behind the struct */
};
RB_HEAD(tree, counter);

struct count_state {
	struct tree		 tree;
	TAILQ_HEAD(, counter)	 idle;
};

static int
counter_cmp(const struct counter *a, const struct counter *b)
{
	return (strcmp(a->ident, b->ident));
}

/* RB_GENERATE_STATIC() of libbsd needs a __unused that nobody defines. */
#define UNUSED_STATIC	__attribute__((unused)) static
RB_GENERATE_INTERNAL(tree, counter, entry, counter_cmp, UNUSED_STATIC)

void
counts_init(struct counts *c, struct span unit, size_t max)
{
	c->unit = unit;
	c->max = max;
	c->n = 0;
	c->state = xcalloc(1, sizeof(*c->state));
	RB_INIT(&c->state->tree);
	TAILQ_INIT(&c->state->idle);
}

static void
forget(struct counts *c, struct counter *k)
{
	must(k->count == 0);
	TAILQ_REMOVE(&c->state->idle, k, idle);
	RB_REMOVE(tree, &c->state->tree, k);
	c->n--;
	xfree(&k);
}

/* All connections must have been given back. */
void
counts_fini(struct counts *c)
{
	struct counter *k;

	while ((k = TAILQ_FIRST(&c->state->idle)) != NULL)
		forget(c, k);
	must(c->n == 0);
	xfree(&c->state);
}

static bool
is_over(const struct counts *c, struct mono since, struct mono now)
{
	return (mono_add(since, c->unit).ns < now.ns);
}

static void
expire(struct counts *c, struct mono now, size_t most)
{
	struct counter *k;

	while (most-- > 0 && (k = TAILQ_FIRST(&c->state->idle)) != NULL &&
	    is_over(c, k->last, now))
		forget(c, k);
}

void
counts_expire(struct counts *c, struct mono now)
{
	expire(c, now, SIZE_MAX);
}

static struct counter *
find(struct counts *c, const char *ident)
{
	struct counter key = { .ident = ident };

	return (RB_FIND(tree, &c->state->tree, &key));
}

static struct counter *
add(struct counts *c, const char *ident, struct mono now)
{
	const size_t n = strlen(ident) + 1;
	struct counter *k;

	expire(c, now, EXPIRE_STEP);
	if (c->n == c->max) {
		if ((k = TAILQ_FIRST(&c->state->idle)) == NULL)
			return (NULL);
		forget(c, k);
	}
	k = xcalloc(1, sizeof(*k) + n);
	memcpy(k + 1, ident, n);
	k->ident = (const char *)(k + 1);
	k->start = now;
	(void)RB_INSERT(tree, &c->state->tree, k);
	TAILQ_INSERT_TAIL(&c->state->idle, k, idle);
	c->n++;
	return (k);
}

static bool
is_question(enum anvil_kind kind)
{
	return (kind == ANVIL_LOOKUP || kind == ANVIL_NEWTLS_STATUS);
}

/* To the end of the idle ones, or out of them. */
static void
touch(struct counts *c, struct counter *k, uint32_t count, struct mono now)
{
	if (k->count == 0)
		TAILQ_REMOVE(&c->state->idle, k, idle);
	k->count = count;
	k->last = now;
	if (count == 0)
		TAILQ_INSERT_TAIL(&c->state->idle, k, idle);
}

static void
fill(const struct counter *k, enum anvil_kind kind,
    struct msg_anvil_status *out)
{
	if (kind == ANVIL_NEWTLS_STATUS)
		kind = ANVIL_NEWTLS;
	if (kind == ANVIL_LOOKUP)
		kind = ANVIL_CONNECT;
	*out = (struct msg_anvil_status){ k->count, k->rate[kind],
		k->rate[ANVIL_MAIL], k->rate[ANVIL_RCPT],
		k->rate[ANVIL_NEWTLS], k->rate[ANVIL_AUTH] };
}

struct counter *
counts_event(struct counts *c, enum anvil_kind kind, const char *ident,
    struct mono now, struct msg_anvil_status *out)
{
	struct counter *k = find(c, ident);

	must(kind != ANVIL_DISCONNECT);
	*out = (struct msg_anvil_status){ 0 };
	if (k == NULL && is_question(kind))
		return (NULL);
	if (k == NULL && (k = add(c, ident, now)) == NULL) {
		out->count = kind == ANVIL_CONNECT;
		out->rate = 1;
		return (NULL);
	}
	if (is_over(c, k->start, now)) {
		memset(k->rate, 0, sizeof(k->rate));
		k->start = now;
	}
	if (!is_question(kind)) {
		touch(c, k, k->count + (kind == ANVIL_CONNECT), now);
		if (k->rate[kind] < UINT32_MAX)
			k->rate[kind]++;
	}
	fill(k, kind, out);
	return (kind == ANVIL_CONNECT ? k : NULL);
}

void
counts_disconnect(struct counts *c, struct counter **kp, struct mono now)
{
	struct counter *k = *kp;

	if (k == NULL)
		return;
	*kp = NULL;
	must(k->count > 0);
	touch(c, k, k->count - 1, now);
}

const char *
counter_ident(const struct counter *k)
{
	return (k->ident);
}

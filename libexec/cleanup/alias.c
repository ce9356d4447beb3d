/* SPDX-License-Identifier: ISC */
/*
 * alias - virtual_alias_maps: one recipient becomes some others.
 *
 * Results are looked up again until they are nobody's alias, or their own.
 * Depth, number and length of what comes out are bounded.
 */
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "cleanup.h"

struct item {
	const char	*addr;
	int64_t		 depth;
	bool		 final;
};

struct work {
	struct message	*m;
	struct item	*item;		/* in order; those before "next" done */
	size_t		 n, room, next;
	size_t		 at;		/* where results of this one go */
	bool		 failed;
	const char	*addr;		/* whose results these are */
	int64_t		 depth;
};

static bool
unreasonable(struct message *m, const char *what, const char *addr)
{
	log_warn("%s: unreasonable virtual_alias_maps map %s for %s -- "
	    "message not accepted, try again later", m->id, what, addr);
	message_fail(m, MAIL_STAT_DEFER, "4.6.0 Alias expansion error");
	return (false);
}

static void
insert(struct work *w, const char *addr)
{
	struct item *grown;

	if (w->n == w->room) {
		w->room = w->room * 2 + 4;
		grown = arena_array(w->m->arena, w->room, sizeof(*grown));
		if (w->n > 0)
			memcpy(grown, w->item, w->n * sizeof(*grown));
		w->item = grown;
	}
	memmove(w->item + w->at + 1, w->item + w->at,
	    (w->n - w->at) * sizeof(*w->item));
	w->item[w->at++] = (struct item){ addr, w->depth,
		strcasecmp(addr, w->addr) == 0 };
	w->n++;
}

static int
add_result(void *arg, const char *external)
{
	struct work *w = arg;
	const char *addr;

	if ((int64_t)strlen(external) >
	    cf->virtual_alias_address_length_limit) {
		w->failed = !unreasonable(w->m, "result length", w->addr);
		return (1);
	}
	if ((int64_t)w->n >= cf->virtual_alias_expansion_limit) {
		w->failed = !unreasonable(w->m, "expansion size", w->addr);
		return (1);
	}
	addr = address_standard(w->m, &w->m->c->local, view_of(external));
	if (addr != NULL && *addr != '\0')
		insert(w, addr);
	return (0);
}

/* Replace the next item by what it is an alias of; false: noted in m. */
static bool
expand_one(struct work *w)
{
	struct item it = w->item[w->next];
	struct maps_found found;
	int rc;

	rc = it.final ? 0 : maps_find_address(w->m->c->alias,
	    &w->m->c->keys, it.addr, &found);
	if (rc == 0) {
		w->next++;
		return (true);
	}
	if (rc > 0 && it.depth >= cf->virtual_alias_recursion_limit)
		return (unreasonable(w->m, "nesting", it.addr));
	w->addr = it.addr;
	w->depth = it.depth + 1;
	w->at = w->next;
	w->n--;
	memmove(w->item + w->next, w->item + w->next + 1,
	    (w->n - w->next) * sizeof(*w->item));
	if (rc > 0)
		rc = maps_each_result(&found, it.addr,
		    w->m->c->extend_alias, add_result, w);
	if (w->failed)
		return (false);
	if (rc >= 0 && w->at == w->next)
		return (unreasonable(w->m, "result (no address in it)",
		    it.addr));
	if (rc < 0) {
		log_warn("%s: virtual_alias_maps map lookup problem for %s "
		    "-- message not accepted, try again later", w->m->id,
		    it.addr);
		message_fail(w->m, MAIL_STAT_DEFER,
		    "4.3.0 Temporary lookup failure");
		return (false);
	}
	return (true);
}

bool
alias_expand(struct message *m, const char *addr, struct alias_result *out)
{
	struct work w = { .m = m, .addr = "" };

	insert(&w, addr);
	w.item[0].final = !m->mapped || maps_is_empty(m->c->alias);
	while (w.next < w.n)
		if (!expand_one(&w))
			return (false);
	out->addr = arena_array(m->arena, w.n + 1, sizeof(*out->addr));
	out->n = w.n;
	for (size_t i = 0; i < w.n; i++)
		out->addr[i] = w.item[i].addr;
	return (true);
}

/* SPDX-License-Identifier: ISC */
/* client - qmgr(8) says what waits; others want it sent. */
#include <bsd/sys/queue.h>

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "flush.h"

#define QUIET		span_s(60)	/* between two warnings of one kind */

struct client {
	LIST_ENTRY(client) link;
	struct chan	*ch;
};
static LIST_HEAD(, client) clients = LIST_HEAD_INITIALIZER(clients);

/* FLUSH_DONE: there may be a log for it, and this is its name. */
static enum flush_status
eligible(const char *site, char name[SITELOG_NAME])
{
	if (!sitelog_name(site, name))
		return (FLUSH_BAD);
	switch (match_domain(flush.eligible, site)) {
	case 1:
		return (FLUSH_DONE);
	case 0:
		return (FLUSH_DENIED);
	default:
		log_warn("fast_flush_domains: lookup of %s has failed", site);
		return (FLUSH_FAILED);
	}
}

/* One that does not get into a log is tried at its time like any other. */
static void
not_logged(const struct msg_flush_add *m)
{
	static struct mono quiet_until;
	const int error = errno;

	if (!mono_past(quiet_until))
		return;
	quiet_until = mono_in(QUIET);
	errno = error;
	log_warn("%s: not logged for %s: %s", m->queue_id, m->site,
	    error == EDQUOT ? "too many sites" :
	    error == EFBIG ? "too many messages" :
	    error == EINVAL ? "no queue id" : strerror(error));
}

static void
add(const struct msg_flush_add *m)
{
	char name[SITELOG_NAME];

	if (eligible(m->site, name) == FLUSH_DONE &&
	    sitelog_add(&flush.logs, name, m->queue_id, flush.now()) == -1)
		not_logged(m);
}

static void
answer(struct client *c, enum flush_status status)
{
	const struct msg_flush_done m = { status };

	if (chan_put(c->ch, V_flush_done, &m) == -1 ||
	    chan_flush(c->ch, MONO_NEVER) == -1)
		log_debug("a client did not wait for its answer");
}

static void
request(struct client *c, enum verb verb)
{
	union {
		struct msg_flush_add		add;
		struct msg_flush_site		site;
		struct msg_flush_refresh	refresh;
	} u;
	char name[SITELOG_NAME];
	enum flush_status status;

	if (!chan_get(c->ch, &u))
		return;
	switch ((int)verb) {
	case V_flush_add:
		add(&u.add);
		break;
	case V_flush_site:
		status = eligible(u.site.site, name);
		if (status == FLUSH_DONE)
			send_site(name);
		answer(c, status);
		break;
	case V_flush_refresh:
		refresh(u.refresh.all != 0);
		answer(c, FLUSH_DONE);
		break;
	default:
		chan_refuse(c->ch, "not a request");
	}
}

static void
client_speaks(struct chan *ch, void *arg)
{
	struct client *c = arg;
	enum verb verb;
	enum chan_got got;

	while ((got = chan_next(ch, MONO_NEVER, &verb)) == CHAN_MESSAGE)
		request(c, verb);
	if (got != CHAN_GONE)
		return;
	LIST_REMOVE(c, link);
	chan_free(&c->ch);
	xfree(&c);
}

void
client_new(struct loop *l, struct chan *ch)
{
	struct client *c = xcalloc(1, sizeof(*c));

	c->ch = ch;
	LIST_INSERT_HEAD(&clients, c, link);
	chan_watch(ch, l, client_speaks, c);
}

void
clients_last_words(void)
{
	struct client *c, *next;

	for (c = LIST_FIRST(&clients); c != NULL; c = next) {
		next = LIST_NEXT(c, link);
		client_speaks(c->ch, c);
	}
}

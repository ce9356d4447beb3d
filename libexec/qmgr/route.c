/* SPDX-License-Identifier: ISC */
/*
 * route - what the resolver's answer means for one recipient: which
 * destination it waits for.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "conf/conf.h"

#include "qmgr.h"

#define UNAVAILABLE	"4.3.0 mail transport unavailable"

/* An answer, and what was made of it. */
struct hop_to {
	const char	*transport;
	const char	*nexthop;
	const char	*addr;
};

static bool
listed(const char *list, const char *name)
{
	struct view rest = view_of(list), word;

	while ((word = view_word(&rest, ", \t\r\n")).n != 0)
		if (view_eq(word, name))
			return (true);
	return (false);
}

/* Mail to the sender of undeliverable bounces ends here, never returns. */
static bool
is_double_bounce(const char *addr)
{
	const char *at = strrchr(addr, '@');
	size_t n;

	if (at == NULL)
		return (false);
	n = (size_t)(at - addr);
	return (strlen(cf->double_bounce_sender) == n &&
	    strncasecmp(addr, cf->double_bounce_sender, n) == 0 &&
	    strcasecmp(at + 1, cf->myhostname) == 0);
}

/* content_filter: "transport:nexthop", either part of which may be empty. */
static void
by_filter(struct message *m, struct rcpt *r, struct hop_to *to)
{
	const char *filter = m->qf.env.filter;
	const char *colon = strchr(filter, ':'), *at;
	struct arena *a = message_arena(m);

	to->addr = r->addr;
	to->nexthop = colon != NULL ? colon + 1 : "";
	to->transport = colon == NULL ? filter :
	    arena_strn(a, filter, (size_t)(colon - filter));
	if (*to->nexthop == '\0')
		to->nexthop = cf->default_filter_nexthop;
	if (*to->nexthop == '\0') {
		at = strrchr(r->addr, '@');
		to->nexthop = at != NULL ? at + 1 : cf->myhostname;
	}
}

static void
to_error(struct hop_to *to, const char *service, const char *text)
{
	to->transport = service;
	to->nexthop = text;
}

static void
judge(struct message *m, struct rcpt *r, const struct msg_resolved *answer,
    struct hop_to *to)
{
	to->transport = answer->transport;
	to->nexthop = answer->nexthop;
	to->addr = answer->recipient;
	if (answer->flags & RESOLVE_FAIL) {
		to->addr = r->addr;
		to_error(to, SERVICE_RETRY, "4.3.0 address resolver failure");
	} else if (answer->flags & RESOLVE_ERROR) {
		to->addr = r->addr;
		to_error(to, cf->error_service_name,
		    "5.1.3 bad address syntax");
	} else if (is_double_bounce(to->addr)) {
		to_error(to, "discard",
		    "undeliverable postmaster notification discarded");
	} else if (*m->qf.env.filter != '\0' &&
	    !message_traces(m, TRACE_NO_DELIVERY))
		by_filter(m, r, to);
	if (listed(cf->defer_transports, to->transport))
		to_error(to, SERVICE_RETRY, "4.3.2 deferred transport");
}

#define KEY_MAX	4096

/* One destination a recipient if the transport takes one at a time. */
static struct destination *
destination_for(struct transport *t, const struct hop_to *to)
{
	char key[KEY_MAX];
	size_t i;

	if (t->rcpt_limit == 1 && to->addr[0] != '\0')
		(void)snprintf(key, sizeof(key), "%s\n%s", to->nexthop,
		    to->addr);
	else
		(void)snprintf(key, sizeof(key), "%s", to->nexthop);
	for (i = 0; key[i] != '\0'; i++)
		key[i] = (char)tolower((unsigned char)key[i]);
	return (destination_get(t, key, to->nexthop));
}

/* The transport can be used; a missing one is reported now and then. */
static bool
usable(struct transport *t)
{
	if (t->gate == GATE_DEAD)
		return (false);
	if (t->missing) {
		log_warn("connect to transport private/%s: No such file or "
		    "directory", t->name);
		transport_kill(t, UNAVAILABLE);
		return (false);
	}
	return (true);
}

struct destination *
route_error(const char *service, const char *reason)
{
	struct transport *t = transport_get(service);

	if (!usable(t))
		return (NULL);
	return (destination_get(t, reason, reason));
}

static void
revive(struct transport *t, const struct hop_to *to)
{
	struct destination *d = destination_for(t, to);

	if (d->gate == GATE_DEAD)
		destination_revive(d);
	else
		destination_check(d);
}

void
route(struct message *m, struct rcpt *r, const struct msg_resolved *answer)
{
	struct arena *a = message_arena(m);
	const char *reason = NULL;
	struct destination *d = NULL;
	struct transport *t;
	struct hop_to to;

	judge(m, r, answer, &to);
	r->addr = arena_str(a, to.addr);
	t = transport_get(to.transport);
	if (m->revive)
		revive(t, &to);
	if (!usable(t))
		reason = t->reason;
	else if ((d = destination_for(t, &to))->gate == GATE_DEAD)
		reason = d->reason;
	if (reason != NULL)
		d = strcmp(t->name, SERVICE_RETRY) == 0 ? NULL :
		    route_error(SERVICE_RETRY, reason);
	r->dest = d;
	if (d != NULL)
		d->refs++;
	else
		report_deferred(m, r, reason);
}

void
route_defer(struct message *m, struct rcpt **rcpts, uint32_t n,
    const char *reason)
{
	struct destination *d = route_error(SERVICE_RETRY, reason);

	if (d != NULL) {
		(void)entry_new(m, d, rcpts, n);
		transport_run(d->t);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		report_deferred(m, rcpts[i], reason);
}

/* Entries of a transport that cannot be used and has no stand-in. */
static void
give_up(struct entry *e, const char *reason)
{
	for (uint32_t i = 0; i < e->n; i++)
		report_deferred(e->m, e->rcpts[i], reason);
	entry_done(e);
}

void
route_suspend(struct destination *d, const char *reason)
{
	struct destination *retry = NULL;
	struct entry_list moving;
	struct entry *e;

	if (d->todo_n == 0)
		return;
	if (strcmp(d->t->name, SERVICE_RETRY) != 0)
		retry = route_error(SERVICE_RETRY, reason);
	TAILQ_INIT(&moving);
	TAILQ_CONCAT(&moving, &d->todo, link);
	d->todo_n = 0;
	while ((e = TAILQ_FIRST(&moving)) != NULL) {
		TAILQ_REMOVE(&moving, e, link);
		qm.sched->entry_taken(e);
		if (retry != NULL)
			destination_put(retry, e, false);
		else
			give_up(e, reason);
	}
	qm.sched->destination(d);
	if (retry != NULL)
		transport_run(retry->t);
}

/* SPDX-License-Identifier: ISC */
/*
 * One request: host after host until one takes the mail, but no further than
 * the first that says a word to us (I4). The rest is for a fresh worker.
 */
#include <string.h>
#include <strings.h>

#include "address/address.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "conf/conf.h"
#include "dialect.h"
#include "smtp_in.h"
#include "tls.h"

/* Where to go on: opaque to qmgr(8). */
struct place {
	uint32_t	site;		/* of the nexthop's list */
	uint32_t	sessions;	/* of this site so far */
	uint32_t	host;
};

static struct place
place_decode(uint32_t c)
{
	return ((struct place){ c >> 24, (c >> 16) & 0xff, c & 0xffff });
}

static uint32_t
place_encode(struct place p)
{
	if (p.sessions > 0xff)
		p.sessions = 0xff;
	return (p.site << 24 | p.sessions << 16 | p.host);
}

/* The walk over sites and hosts. */
struct walk {
	struct delivery	*d;
	struct site	 site[SITES_MAX];
	size_t		 nsites;
	struct place	 at;
	bool		 myself;	/* no fallback relay: it may send the
					   mail straight back */
	bool		 over;		/* all recipients are dealt with */
};

static bool
wanted(const struct delivery *d)
{
	struct view v = view_of(cf->smtp_connection_cache_destinations), w;

	if ((d->r->m.flags & DELIVER_FLAG_KEEP) &&
	    cf->smtp_connection_cache_on_demand)
		return (true);
	while ((w = view_word(&v, ", \t\r\n")).n > 0)
		if (view_ieq(w, d->nexthop))
			return (true);
	return (false);
}

static bool
needs_utf8(const struct agent_request *r)
{
	if ((r->m.sendopts & SENDOPT_SMTPUTF8) == 0)
		return (false);
	if (!is_ascii(view_of(r->m.sender)))
		return (true);
	for (size_t i = 0; i < r->nrcpt; i++)
		if (!is_ascii(view_of(r->rcpt[i].addr)))
			return (true);
	return (content_header_8bit(r));
}

static void
delivery_init(struct delivery *d, struct client *c, struct agent_request *r)
{
	*d = (struct delivery){ .c = c, .r = r, .nexthop = r->m.nexthop };
	d->next = arena_array(r->arena, r->nrcpt, sizeof(*d->next));
	d->accepted = arena_array(r->arena, r->nrcpt, sizeof(*d->accepted));
	d->keep = wanted(d);
	d->utf8 = needs_utf8(r);
}

/* Recipients marked for the next host, after a host that never answered. */
static void
forget_next(struct delivery *d)
{
	memset(d->next, 0, d->r->nrcpt * sizeof(*d->next));
}

static void
session_limit(struct walk *w)
{
	w->at.sessions++;
	if (cf->smtp_mx_session_limit > 0 &&
	    w->at.sessions >= cf->smtp_mx_session_limit &&
	    w->at.site + 1 == w->nsites)
		w->d->final = true;
}

/* True: go on with the next host in this very worker. */
static bool
try_host(struct walk *w, const struct site *site, const struct route *route)
{
	struct delivery *d = w->d;
	const struct host *h = &route->host[w->at.host];

	d->srv = NULL;
	d->accepted = memset(d->accepted, 0,
	    d->r->nrcpt * sizeof(*d->accepted));
	d->loop_check = site->port == 25 && !dialect_lmtp;
	d->final = w->at.site + 1 == w->nsites && w->at.host + 1 == route->n;
	if (!connect_host(d, h)) {
		if (verdict_is_soft(&d->why))
			return (true);
		/* Ourselves: worse hosts are out of the question. */
		w->myself = true;
		w->at.host = (uint32_t)route->n;
		return (true);
	}
	if (server_hello(d)) {
		session_limit(w);
		d->c->only = w->nsites == 1 && route->n == 1;
		transact(d);
	}
	if (!server_alive(d->srv) || !d->keep)
		server_close(d->srv);
	if (!d->c->tainted && fail_left(d) == 0 && d->r->left > 0) {
		forget_next(d);
		return (true);
	}
	w->over = true;
	/* Where a fresh worker goes on, should something be left. */
	w->at.host++;
	if (cf->smtp_mx_session_limit > 0 &&
	    w->at.sessions >= cf->smtp_mx_session_limit)
		w->at.host = UINT16_MAX;
	return (false);
}

static void
try_site(struct walk *w)
{
	struct delivery *d = w->d;
	const struct site *site = &w->site[w->at.site];
	struct arena *a = d->r->arena;
	struct route route;
	int tls;

	d->nexthop = site->host;
	tls = tls_required(site, d->r);
	if (tls != 0) {
		verdict_own(&d->why, a, tls > 0 ? "4.7.5" : "4.3.5", "%s",
		    tls > 0 ? "TLS is required, but our TLS engine is "
		    "unavailable" : "table lookup problem");
		return;
	}
	if (!route_find(&d->c->dns, a, site, order_seed(d->r->m.queue_id,
	    d->r->m.nexthop), &route, &d->why))
		w->myself = w->myself || route.myself;
	else {
		w->myself = w->myself || route.myself;
		if (w->myself)
			while (w->nsites > w->at.site + 1 &&
			    w->site[w->nsites - 1].fallback)
				w->nsites--;
		while (w->at.host < route.n && try_host(w, site, &route))
			w->at.host++;
	}
}

static void
walk(struct delivery *d, struct place at)
{
	struct walk w = { .d = d, .at = at };

	w.nsites = nexthop_sites(d->r->arena, d->r->m.nexthop,
	    cf->smtp_fallback_relay, w.site, &d->why);
	while (w.at.site < w.nsites && !w.over) {
		if (w.site[w.at.site].fallback && w.myself)
			break;
		try_site(&w);
		if (!w.over)
			w.at = (struct place){ .site = w.at.site + 1 };
	}
	if (!w.over) {
		/* No host took it, and none is left. */
		if (d->why.dsn[0] == '\0')
			verdict_own(&d->why, d->r->arena, "4.4.1",
			    "no more hosts to try for %s", d->r->m.nexthop);
		d->srv = NULL;
		d->final = true;
		fail_all(d, &d->why, true);
	}
	d->cursor = place_encode(w.at);
}

/* The worker has its server: the same address again, or nothing. */
static void
again(struct delivery *d)
{
	struct client *c = d->c;
	struct host h = c->srv.host;

	h.name = arena_str(d->r->arena, h.name);
	if (h.path != NULL)
		h.path = arena_str(d->r->arena, h.path);
	server_close(&c->srv);
	d->loop_check = h.port == 25 && !dialect_lmtp;
	d->may_be_stale = d->stale = false;
	d->srv = NULL;
	if (!connect_host(d, &h))
		fail_all(d, &d->why, true);
	else if (server_hello(d))
		transact(d);
}

static void
reuse(struct delivery *d)
{
	struct client *c = d->c;
	struct site site[SITES_MAX];

	/* Failures on this host say nothing about the order of hosts. */
	d->cursor = 0;
	d->final = c->only;
	if (strcmp(c->nexthop, d->r->m.nexthop) != 0 ||
	    d->r->m.cursor != 0) {
		memset(d->next, true, d->r->nrcpt * sizeof(*d->next));
		d->cursor = d->r->m.cursor;
		return;
	}
	if (nexthop_sites(d->r->arena, d->r->m.nexthop, "", site, &d->why) > 0)
		d->nexthop = site[0].host;
	if (server_alive(&c->srv)) {
		d->srv = &c->srv;
		d->may_be_stale = true;
		transact(d);
		if (!d->stale)
			goto out;
		memset(d->accepted, 0, d->r->nrcpt * sizeof(*d->accepted));
	}
	again(d);
out:
	if (d->srv != NULL && (!server_alive(d->srv) || !d->keep))
		server_close(d->srv);
}

bool
deliver(struct client *c, struct agent_request *r)
{
	static const struct agent_result next = { .outcome = OUTCOME_NEXT,
		.dsn = "4.0.0", .reason = "next host" };
	struct delivery d;
	bool kept;

	delivery_init(&d, c, r);
	if (c->tainted)
		reuse(&d);
	else {
		xfree(&c->nexthop);
		c->nexthop = xstrdup(r->m.nexthop);
		walk(&d, place_decode(r->m.cursor));
	}
	agent_report_rest(c->chan, r, &next);
	kept = d.keep && d.srv != NULL && server_alive(d.srv);
	return (agent_finish(c->chan, r, kept, d.cursor) == 0);
}

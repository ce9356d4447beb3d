/* SPDX-License-Identifier: ISC */
/*
 * route - transport and next hop.
 *
 * Each step may replace what the ones before it said: the recipient's domain,
 * relayhost, the sender's relayhost, the next hop of the class's transport,
 * the sender's default transport, transport_maps, relocated_maps.
 */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "trivial.h"

/* "transport:nexthop" taken apart; both may be empty. */
struct pair {
	struct view	transport;
	struct view	nexthop;
};

static struct pair
pair_of(const char *value)
{
	struct view v = view_trim(view_of(value));
	ptrdiff_t colon = view_chr(v, ':');

	if (colon < 0)
		return ((struct pair){ v, { "", 0 } });
	return ((struct pair){ view_sub(v, 0, (size_t)colon),
	    view_trim(view_sub(v, (size_t)colon + 1, v.n)) });
}

static void
set(struct arena *a, const char **member, struct view v)
{
	if (v.n > 0)
		*member = arena_strn(a, v.p, v.n);
}

static void
set_pair(struct arena *a, const char *value, struct resolution *r)
{
	struct pair p = pair_of(value);

	set(a, &r->transport, p.transport);
	set(a, &r->nexthop, p.nexthop);
}

/*
 * What the sender's address gives: 1 with *value; 0 nothing, or DUNNO; -1 a
 * table failed.
 */
static int
by_sender(struct trivial *t, struct maps *m, const char *title,
    const char *sender, const char *null_key, const char **value)
{
	struct maps_found found;
	int rc;

	if (maps_is_empty(m))
		return (0);
	if (*sender == '\0')
		rc = maps_find(m, null_key, MAPS_WHOLE, &found.value);
	else
		rc = maps_find_address(m, &t->keys, sender, &found);
	if (rc != 1)
		return (rc);
	if (view_ieq(view_trim(view_of(found.value)), "DUNNO"))
		return (0);
	if (*found.value == '\0') {
		log_warn("ignoring null lookup result from %s for \"%s\"",
		    title, sender);
		return (0);
	}
	*value = found.value;
	return (1);
}

static bool
next_hop_by_sender(struct trivial *t, struct arena *a,
    const struct routing *way, const char *sender, struct resolution *r)
{
	const char *value;
	int rc;

	set(a, &r->nexthop, view_trim(view_of(way->relayhost)));
	rc = by_sender(t, way->sender_relayhosts,
	    "sender_dependent_relayhost_maps", sender,
	    cf->empty_address_relayhost_maps_lookup_key, &value);
	if (rc == 1)
		set(a, &r->nexthop, view_trim(view_of(value)));
	return (rc >= 0);
}

/* The class's own transport, before transport_maps. */
static bool
by_class(struct trivial *t, struct arena *a, const struct routing *way,
    const char *sender, struct resolution *r)
{
	const char *value;
	int rc;

	switch (r->flags & RESOLVE_CLASS) {
	case RESOLVE_CLASS_LOCAL:
		set_pair(a, way->local, r);
		return (true);
	case RESOLVE_CLASS_ALIAS:
		r->transport = "error";
		r->nexthop = "5.1.1 User unknown in virtual alias table";
		return (true);
	case RESOLVE_CLASS_VIRTUAL:
		set_pair(a, way->virtual, r);
		return (true);
	case RESOLVE_CLASS_RELAY:
		if (!next_hop_by_sender(t, a, way, sender, r))
			return (false);
		set_pair(a, way->relay, r);
		return (true);
	default:
		if (!next_hop_by_sender(t, a, way, sender, r))
			return (false);
		set_pair(a, way->dflt, r);
		rc = by_sender(t, way->sender_transports,
		    "sender_dependent_default_transport_maps", sender,
		    cf->empty_address_default_transport_maps_lookup_key,
		    &value);
		if (rc == 1)
			set_pair(a, value, r);
		return (rc >= 0);
	}
}

/* What "transport:" without a next hop means. */
static const char *
default_next_hop(struct view transport, const char *domain)
{
	if (view_eq(transport, "error"))
		return ("Address is undeliverable");
	if (view_eq(transport, "retry"))
		return ("Address is temporarily undeliverable");
	return (domain);
}

static bool
by_recipient(struct trivial *t, struct arena *a, const struct routing *way,
    const char *domain, struct resolution *r)
{
	const char *value;
	struct pair p;
	int rc;

	rc = maps_find_transport(way->transports, &t->keys, r->recipient,
	    t->parents, &value);
	if (rc != 1)
		return (rc == 0);
	p = pair_of(value);
	set(a, &r->transport, p.transport);
	if (p.transport.n > 0)
		r->nexthop = default_next_hop(p.transport, domain);
	set(a, &r->nexthop, p.nexthop);
	return (true);
}

static bool
has_moved(struct trivial *t, struct arena *a, struct resolution *r)
{
	struct maps_found found;
	int rc;

	rc = maps_find_address(t->relocated, &t->keys, r->recipient, &found);
	if (rc != 1)
		return (rc == 0);
	r->transport = "error";
	r->nexthop = cf->relocated_prefix_enable ?
	    arena_printf(a, "5.1.6 User has moved to %s", found.value) :
	    arena_str(a, found.value);
	return (true);
}

bool
trivial_route(struct trivial *t, struct arena *a, const struct routing *way,
    const char *sender, const char *domain, struct resolution *r)
{
	r->transport = "";
	r->nexthop = domain;
	if (!by_class(t, a, way, sender, r) ||
	    !by_recipient(t, a, way, domain, r) ||
	    !has_moved(t, a, r))
		return (false);
	if (*r->transport == '\0') {
		log_warn("null transport for %s: check the transport "
		    "parameters", r->recipient);
		return (false);
	}
	return (true);
}

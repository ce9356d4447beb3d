/* SPDX-License-Identifier: ISC */
/* From a site to the addresses of its hosts, through resolver(8). */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "dialect.h"
#include "smtp_in.h"

/* What one destination may cost us, whatever its DNS says. */
#define HOSTS_MAX	500
#define MX_MAX		50

/* resolver(8) has its own limit; this one is for a resolver that hangs. */
#define RESOLVER_SLACK	span_s(10)

struct search {
	struct dns	*dns;
	struct arena	*a;
	const struct site *site;
	struct route	*out;
	size_t		 room;		/* in out->host */
	struct verdict	*why;
};

static struct mono
deadline(void)
{
	return (mono_add(mono_in(cf->resolver_timeout), RESOLVER_SLACK));
}

static uint32_t
families(void)
{
	struct view v = view_of(cf->inet_protocols), w;
	uint32_t f = 0;

	while ((w = view_word(&v, ", \t\r\n")).n > 0) {
		if (view_ieq(w, "all"))
			return (DNS_V4 | DNS_V6);
		f |= view_ieq(w, "ipv4") ? DNS_V4 :
		    view_ieq(w, "ipv6") ? DNS_V6 : 0;
	}
	return (f);
}

static bool
use_dns(void)
{
	return (!cf->disable_dns_lookups &&
	    strcmp(cf->smtp_dns_support_level, "disabled") != 0);
}

/* smtp_host_lookup: dns, native, or both in either order. */
static uint32_t
lookup_flags(void)
{
	struct view v = view_of(cf->smtp_host_lookup), w;
	bool native = false, dns = false;

	while ((w = view_word(&v, ", \t\r\n")).n > 0) {
		native = native || view_ieq(w, "native");
		dns = dns || view_ieq(w, "dns");
	}
	/* What the system does natively is: the hosts file, then DNS. */
	if (native || !use_dns())
		return (DNS_Q_HOSTS);
	return (0);
}

/* Is "a" one of the addresses in a list of them? */
static bool
listed(const char *list, const struct dns_addr *a)
{
	struct view v = view_of(list), w;
	struct dns_addr b;

	while ((w = view_word(&v, ", \t\r\n")).n > 0)
		if (dns_addr_parse(w, &b) && dns_addr_eq(a, &b))
			return (true);
	return (false);
}

bool
host_is(const struct host *a, const struct host *b)
{
	if (a->path != NULL || b->path != NULL)
		return (a->path != NULL && b->path != NULL &&
		    strcmp(a->path, b->path) == 0);
	return (dns_addr_eq(&a->addr, &b->addr));
}

const char *
host_addr_text(struct arena *a, const struct host *h)
{
	char text[DNS_ADDR_TEXT];

	if (h->path != NULL)
		return (h->path);
	dns_addr_text(&h->addr, text);
	return (arena_str(a, text));
}

bool
route_is_mine(const struct dns_addr *a)
{
	return (listed(cf->inet_interfaces, a) ||
	    listed(cf->proxy_interfaces, a));
}

static void
not_found(struct search *s, const char *dsn, const char *name,
    enum dns_type type, enum dns_status status)
{
	verdict_own(s->why, s->a, dsn, "Host or domain name not found. Name "
	    "service error for name=%s type=%s: %s", name, dns_type_text(type),
	    dns_status_text(status));
}

static void
addr_failed(struct search *s, const struct dns_addrs *n)
{
	switch (n->status) {
	case DNS_TEMPFAIL:
	case DNS_BOGUS:
		not_found(s, "4.4.3", n->name, n->type, n->status);
		break;
	case DNS_OK:
	case DNS_NXDOMAIN:
	case DNS_NODATA:
	case DNS_INVALID:
		not_found(s, "5.4.4", n->name, n->type, n->status);
		break;
	}
}

static void
make_room(struct search *s, size_t n)
{
	s->room = n < HOSTS_MAX ? n : HOSTS_MAX;
	s->out->host = arena_array(s->a, s->room, sizeof(struct host));
}

static void
add_host(struct search *s, const char *name, const struct dns_addr *addr,
    uint32_t pref)
{
	struct route *o = s->out;

	for (size_t i = 0; i < o->n; i++)
		if (dns_addr_eq(&o->host[i].addr, addr))
			return;
	if (o->n < s->room)
		o->host[o->n++] = (struct host){ .name = name, .addr = *addr,
			.port = s->site->port, .pref = pref };
}

static const char *
host_name(const struct dns_addrs *n)
{
	return (cf->smtp_cname_overrides_servername && n->cname != NULL &&
	    n->cname[0] != '\0' ? n->cname : n->name);
}

/* A host by its name or address, no MX. */
static bool
find_host(struct search *s)
{
	struct dns_addrs n = { .name = s->site->host };
	struct dns_addr a;

	if (dns_addr_parse(view_of(s->site->host), &a)) {
		make_room(s, 1);
		add_host(s, s->site->host, &a, 0);
		return (true);
	}
	dns_find_addrs(s->dns, s->a, &n, 1, families(),
	    lookup_flags() | (use_dns() ? 0 : DNS_Q_NODNS), deadline());
	if (n.status != DNS_OK) {
		addr_failed(s, &n);
		return (false);
	}
	make_room(s, n.naddr);
	for (size_t i = 0; i < n.naddr; i++)
		add_host(s, host_name(&n), &n.addr[i], 0);
	return (true);
}

/*
 * We are a mail exchanger ourselves: mail must only go to better ones
 * (RFC 5321, 5.1).
 */
static bool
cut_at_self(struct search *s)
{
	struct route *o = s->out;
	uint32_t self = UINT32_MAX, best = UINT32_MAX;
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++) {
		if (o->host[i].pref < best)
			best = o->host[i].pref;
		if (o->host[i].pref < self && route_is_mine(&o->host[i].addr))
			self = o->host[i].pref;
	}
	for (size_t i = 0; i < o->n; i++)
		o->host[i].best = o->host[i].pref == best;
	/* Another port is another server, which may well be here. */
	if (self == UINT32_MAX || s->site->port != 25)
		return (true);
	o->myself = true;
	for (size_t i = 0; i < o->n; i++)
		if (o->host[i].pref < self)
			o->host[n++] = o->host[i];
	o->n = n;
	if (n > 0)
		return (true);
	verdict_own(s->why, s->a, "5.4.6", "mail for %s loops back to myself",
	    s->site->host);
	return (false);
}

static bool
mx_hosts(struct search *s, const struct dns_lookup *mx)
{
	size_t n = mx->nrr < MX_MAX ? mx->nrr : MX_MAX;
	struct dns_addrs *names = arena_array(s->a, n, sizeof(*names));
	size_t all = 0;
	bool soft = false;

	for (size_t i = 0; i < n; i++)
		names[i].name = mx->rr[i].name;
	dns_find_addrs(s->dns, s->a, names, n, families(), lookup_flags(),
	    deadline());
	for (size_t i = 0; i < n; i++)
		all += names[i].naddr;
	make_room(s, all + 1);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < names[i].naddr; k++)
			add_host(s, host_name(&names[i]), &names[i].addr[k],
			    mx->rr[i].pref);
		if (names[i].naddr > 0 || soft)
			continue;
		/* A host that may be there tomorrow outweighs those that
		   do not exist. */
		addr_failed(s, &names[i]);
		soft = verdict_is_soft(s->why);
	}
	if (s->out->n > 0)
		return (true);
	log_warn("no MX host for %s has a valid address record",
	    s->site->host);
	if (cf->smtp_defer_if_no_mx_address_found)
		s->why->dsn[0] = '4';
	return (false);
}

static bool
find_mx(struct search *s)
{
	struct dns_lookup mx = { .type = DNS_MX, .name = s->site->host };

	dns_ask(s->dns, s->a, &mx, 1, deadline());
	switch (mx.status) {
	case DNS_OK:
		if (mx.nrr == 1 && (mx.rr[0].name[0] == '\0' ||
		    strcmp(mx.rr[0].name, ".") == 0)) {
			verdict_own(s->why, s->a, "5.1.0",
			    "Domain %s does not accept mail (nullMX)",
			    s->site->host);
			return (false);
		}
		return (mx_hosts(s, &mx));
	case DNS_NXDOMAIN:
	case DNS_NODATA:
		return (find_host(s));
	case DNS_INVALID:
		not_found(s, "5.4.4", s->site->host, DNS_MX, mx.status);
		return (false);
	case DNS_TEMPFAIL:
	case DNS_BOGUS:
		break;
	}
	if (cf->ignore_mx_lookup_error)
		return (find_host(s));
	not_found(s, "4.4.3", s->site->host, DNS_MX, mx.status);
	return (false);
}

bool
route_find(struct dns *dns, struct arena *a, const struct site *site,
    uint64_t seed, struct route *out, struct verdict *why)
{
	struct search s = { .dns = dns, .a = a, .site = site, .out = out,
		.why = why };

	*out = (struct route){ 0 };
	if (site->path != NULL) {
		/* Its server is here, whatever it says its name is. */
		make_room(&s, 1);
		out->host[out->n++] = (struct host){ .name = cf->myhostname,
			.path = site->path, .best = true };
		return (true);
	}
	if (!(site->direct || !use_dns() ? find_host(&s) : find_mx(&s)) ||
	    (!dialect_lmtp && !cut_at_self(&s)))
		return (false);
	order_hosts(out->host, out->n, seed);
	out->n = order_limit(out->host, out->n,
	    (size_t)cf->smtp_mx_address_limit);
	return (true);
}

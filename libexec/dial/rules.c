/* SPDX-License-Identifier: ISC */
/* What may be reached, from configuration. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "conf/conf.h"
#include "dns/dns.h"
#include "rules.h"

static uint8_t ports[65536 / 8];	/* a bit for each that is allowed */

static struct endpoint *endpoints;
static size_t nendpoints;

static bool
port_range(struct view w, int64_t *lo, int64_t *hi)
{
	ptrdiff_t at = view_chr(w, '-');

	if (at < 0)
		return (num_parse(w, 1, 65535, lo) &&
		    num_parse(w, 1, 65535, hi));
	return (num_parse(view_sub(w, 0, (size_t)at), 1, 65535, lo) &&
	    num_parse(view_sub(w, (size_t)at + 1, w.n), *lo, 65535, hi));
}

static void
read_ports(void)
{
	struct view v = view_of(cf->dial_allowed_ports), w;
	int64_t lo, hi;

	memset(ports, 0, sizeof(ports));
	while ((w = view_word(&v, ", \t\r\n")).n > 0) {
		if (!port_range(w, &lo, &hi))
			fatal("dial_allowed_ports: bad port or range: %.*s",
			    (int)w.n, w.p);
		for (; lo <= hi; lo++)
			ports[lo / 8] |= (uint8_t)(1 << lo % 8);
	}
}

/*
 * The addresses, or the name that has them. "localhost" is this system,
 * whatever DNS says.
 */
static bool
take_host(struct endpoint *e, struct view host)
{
	char *name;

	if (view_ieq(host, "localhost")) {
		(void)dns_addr_parse(VIEW("127.0.0.1"), &e->addr[0]);
		(void)dns_addr_parse(VIEW("::1"), &e->addr[1]);
		e->naddr = 2;
	} else if (dns_addr_parse(host, &e->addr[0])) {
		e->naddr = 1;
	} else if (host.n > 0 && host.n <= DNS_NAME_MAX) {
		name = xcalloc(1, host.n + 1);
		memcpy(name, host.p, host.n);
		e->host = name;
	} else
		return (false);
	return (true);
}

/* inet:host:port; an IPv6 address may be in brackets. */
static bool
take_inet(struct endpoint *e, struct view v)
{
	size_t at = v.n;
	int64_t port;

	while (at > 0 && v.p[at - 1] != ':')
		at--;
	if (at == 0 || !num_parse(view_sub(v, at, v.n), 1, 65535, &port))
		return (false);
	e->port = (uint32_t)port;
	return (take_host(e, view_sub(v, 0, at - 1)));
}

/* role=unix:path, role=inet:host:port */
static bool
take_endpoint(struct endpoint *e, struct view word)
{
	ptrdiff_t eq = view_chr(word, '=');

	if (eq < 0)
		return (false);
	e->text = view_sub(word, (size_t)eq + 1, word.n);
	for (e->role = 0; e->role < ROLE_COUNT; e->role++)
		if (view_eq(view_sub(word, 0, (size_t)eq),
		    policy_table[e->role].name))
			break;
	if (e->role == ROLE_COUNT)
		return (false);
	e->is_unix = view_starts(e->text, "unix:");
	return (e->is_unix || (view_starts(e->text, "inet:") &&
	    take_inet(e, view_sub(e->text, 5, e->text.n))));
}

static void
read_endpoints(void)
{
	struct view v = view_of(cf->dial_endpoints), rest = v, w;
	size_t n = 0;

	while (view_word(&rest, " ").n > 0)
		n++;
	endpoints = xcalloc(n + 1, sizeof(*endpoints));
	nendpoints = 0;
	for (uint32_t i = 0; (w = view_word(&v, " ")).n > 0; i++) {
		endpoints[nendpoints] = (struct endpoint){ .number = i };
		if (take_endpoint(&endpoints[nendpoints], w))
			nendpoints++;
		else
			log_warn("not an address of a server: %.*s", (int)w.n,
			    w.p);
	}
}

void
rules_init(void)
{
	read_ports();
	read_endpoints();
}

/* Addresses that no server has; 0.0.0.0 and :: would be this system. */
static bool
is_server_addr(const struct dns_addr *a)
{
	static const uint8_t none[16];

	if (memcmp(a->bytes, none, sizeof(none)) == 0)
		return (false);
	if (a->family == AF_INET)
		return (a->bytes[0] != 0 && a->bytes[0] < 224);
	return (a->bytes[0] != 0xff);
}

const char *
rules_tcp(enum role_id from, const char *addr, uint32_t port)
{
	struct dns_addr a;

	if (from != ROLE_SMTP && from != ROLE_LMTP)
		return ("this role may not choose hosts");
	if (strchr(addr, '[') != NULL || !dns_addr_parse(view_of(addr), &a))
		return ("not a numeric address");
	if (!is_server_addr(&a))
		return ("not an address of a server");
	if (port == 0 || port > 65535 ||
	    (ports[port / 8] & 1 << port % 8) == 0)
		return ("the port is not in dial_allowed_ports");
	return (NULL);
}

const struct endpoint *
rules_endpoint(enum role_id from, const char *text)
{
	for (size_t i = 0; i < nendpoints; i++)
		if (endpoints[i].role == from &&
		    view_eq(endpoints[i].text, text))
			return (&endpoints[i]);
	return (NULL);
}

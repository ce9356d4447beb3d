/* SPDX-License-Identifier: ISC */
/* What may be reached, from configuration. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"
#include "dns/dns.h"
#include "rules.h"

static uint8_t ports[65536 / 8];	/* a bit for each that is allowed */

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

void
rules_init(void)
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

	/* Roles with fixed endpoints (policy servers, milters) come with the
	   services that need them. */
	if (from != ROLE_SMTP && from != ROLE_LMTP)
		return ("no endpoint is configured for this role");
	if (strchr(addr, '[') != NULL || !dns_addr_parse(view_of(addr), &a))
		return ("not a numeric address");
	if (!is_server_addr(&a))
		return ("not an address of a server");
	if (port == 0 || port > 65535 ||
	    (ports[port / 8] & 1 << port % 8) == 0)
		return ("the port is not in dial_allowed_ports");
	return (NULL);
}

const char *
rules_unix(enum role_id from, const char *path, uint32_t *number)
{
	struct view v = view_of(cf->dial_allowed_sockets), w;

	if (from != ROLE_LMTP)
		return ("no endpoint is configured for this role");
	for (uint32_t i = 0; (w = view_word(&v, ", \t\r\n{}")).n > 0; i++)
		if (view_starts(w, "unix:") &&
		    view_eq(view_sub(w, 5, w.n), path)) {
			*number = i;
			return (NULL);
		}
	return ("configuration does not name the socket");
}

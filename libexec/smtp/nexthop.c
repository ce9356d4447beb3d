/* SPDX-License-Identifier: ISC */
/* A nexthop as transport(5) and relayhost have it: names, [], ports, lists. */
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"
#include "dialect.h"
#include "smtp_in.h"

uint32_t
nexthop_port(struct view text)
{
	struct view known = view_of(cf->known_tcp_ports), item;
	int64_t n;

	if (num_parse(text, 1, 65535, &n))
		return ((uint32_t)n);
	/* "lmtp=24, smtp=25, smtps=submissions=465": the number comes last */
	while ((item = view_word(&known, ", \t\r\n")).n > 0) {
		struct view part, last = { 0 };
		bool hit = false;

		while (view_field(&item, '=', &part)) {
			hit = hit || (part.n == text.n && text.n > 0 &&
			    strncasecmp(part.p, text.p, text.n) == 0);
			last = part;
		}
		if (hit && num_parse(last, 1, 65535, &n))
			return ((uint32_t)n);
	}
	return (0);
}

/*
 * "name", "name:port", "[name]", "[name]:port"; IPv6 is always in []. With
 * LMTP "unix:path" too.
 */
static bool
parse_site(struct arena *a, struct view v, struct site *s)
{
	struct view host = v, port = view_of(cf->smtp_tcp_port);
	ptrdiff_t at;

	*s = (struct site){ .text = view_str(a, v),
		.direct = dialect_lmtp };
	if (dialect_lmtp && view_istarts(v, "unix:")) {
		s->host = s->path = view_str(a, view_sub(v, 5, v.n));
		return (s->path != NULL && s->path[0] != '\0');
	}
	if (view_istarts(v, "inet:"))
		v = host = view_sub(v, 5, v.n);
	if (v.n > 0 && v.p[0] == '[') {
		at = view_chr(v, ']');
		if (at < 0)
			return (false);
		host = view_sub(v, 1, (size_t)at - 1);
		s->direct = true;
		v = view_sub(v, (size_t)at + 1, v.n);
		if (v.n > 0 && v.p[0] != ':')
			return (false);
		if (v.n > 0)
			port = view_sub(v, 1, v.n);
	} else if ((at = view_chr(v, ':')) >= 0) {
		host = view_sub(v, 0, (size_t)at);
		port = view_sub(v, (size_t)at + 1, v.n);
	}
	if (view_istarts(host, "ipv6:"))
		host = view_sub(host, 5, host.n);
	if (host.n == 0 || host.n > DNS_NAME_MAX ||
	    (s->host = view_str(a, host)) == NULL)
		return (false);
	s->port = nexthop_port(port);
	return (s->port != 0);
}

static size_t
add_sites(struct arena *a, const char *list, bool fallback, struct site *out,
    size_t n, struct verdict *why)
{
	struct view v = view_of(list), word;

	while (n < SITES_MAX && (word = view_word(&v, ", \t\r\n")).n > 0) {
		if (!parse_site(a, word, &out[n])) {
			verdict_own(why, a, "4.3.5",
			    "bad destination in configuration: %.*s",
			    (int)word.n, word.p);
			log_warn("%s", why->reason);
			continue;
		}
		out[n++].fallback = fallback;
	}
	return (n);
}

size_t
nexthop_sites(struct arena *a, const char *nexthop, const char *fallback,
    struct site *out, struct verdict *why)
{
	size_t n;

	n = add_sites(a, nexthop, false, out, 0, why);
	if (n == 0 && why->dsn[0] == '\0')
		verdict_own(why, a, "4.3.5", "no destination is given");
	return (add_sites(a, fallback, true, out, n, why));
}

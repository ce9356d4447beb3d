/* SPDX-License-Identifier: ISC */
/* local - the domains that are delivered on this system; see local.h. */
#include <string.h>
#include <strings.h>

#include "address/address.h"
#include "base/arena.h"
#include "conf/conf.h"

#include "local.h"

#define ADDR_TEXT_MAX	64

struct local_domains {
	struct match	*names;
	struct match	*own;
	struct match	*proxy;
};

/* Plain addresses as a match list: IPv6 ones need brackets there. */
static const char *
bracketed(struct arena *a, const char *addresses)
{
	struct view rest = view_of(addresses), word;
	const char *list = "";

	while ((word = view_word(&rest, ", \t\r\n")).n > 0)
		list = arena_printf(a, view_chr(word, ':') >= 0 &&
		    word.p[0] != '[' ? "%s [%.*s]" : "%s %.*s", list,
		    (int)word.n, word.p);
	return (list);
}

struct local_domains *
local_domains_open(struct arena *a, struct table_source *src,
    const char **err)
{
	struct local_domains *l = arena_get(a, sizeof(*l));
	const char *own = cf_extra("own_addresses");

	l->names = match_open(a, "mydestination", cf->mydestination, 0, 0,
	    src, err);
	if (l->names == NULL)
		return (NULL);
	l->own = match_open(a, "inet_interfaces",
	    bracketed(a, own != NULL ? own : ""), 0, 0, src, err);
	if (l->own == NULL)
		return (NULL);
	l->proxy = match_open(a, "proxy_interfaces",
	    bracketed(a, cf->proxy_interfaces), 0, 0, src, err);
	return (l->proxy != NULL ? l : NULL);
}

int
local_domain(struct local_domains *l, const char *domain)
{
	struct view addr, d = view_of(domain);
	char text[ADDR_TEXT_MAX];
	int rc;

	if (d.n == 0 || d.p[0] != '[')
		return (match_string(l->names, domain));
	if (!host_literal(d, &addr) || addr.n >= sizeof(text))
		return (0);
	memcpy(text, addr.p, addr.n);
	text[addr.n] = '\0';
	if ((rc = match_addr(l->own, text)) != 0)
		return (rc);
	return (match_addr(l->proxy, text));
}

int
local_domain_or_origin(void *l, const char *domain)
{
	if (strcasecmp(domain, cf->myorigin) == 0)
		return (1);
	return (local_domain(l, domain));
}

/* SPDX-License-Identifier: ISC */
/*
 * cidr - networks and addresses, IPv4 and IPv6.
 */
#include <arpa/inet.h>

#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "cidr.h"

static struct view
unbracket(struct view v)
{
	if (v.n > 2 && v.p[0] == '[' && v.p[v.n - 1] == ']')
		return (view_sub(v, 1, v.n - 2));
	return (v);
}

bool
cidr_addr(struct view text, struct cidr *out)
{
	char copy[INET6_ADDRSTRLEN];
	struct cidr c = { .bits = 32 };

	text = unbracket(text);
	if (text.n >= sizeof(copy) || view_chr(text, '\0') != -1)
		return (false);
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(AF_INET, copy, c.addr) != 1) {
		if (inet_pton(AF_INET6, copy, c.addr) != 1)
			return (false);
		c.v6 = true;
		c.bits = 128;
	}
	*out = c;
	return (true);
}

/* Clear what is behind the mask; true if there was something. */
static bool
clear_host(struct cidr *c)
{
	bool any = false;
	unsigned i, n = c->v6 ? 128 : 32;

	for (i = c->bits; i < n; i++) {
		unsigned char bit = (unsigned char)(0x80 >> i % 8);

		any = any || (c->addr[i / 8] & bit);
		c->addr[i / 8] &= (unsigned char)~bit;
	}
	return (any);
}

static const char *
better(struct arena *a, struct view text, const struct cidr *c)
{
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(c->v6 ? AF_INET6 : AF_INET, c->addr, addr, sizeof(addr));
	return (arena_printf(a, "non-null host address bits in \"%.*s\", "
	    "perhaps you should use \"%s/%u\" instead", (int)text.n, text.p,
	    addr, c->bits));
}

const char *
cidr_parse(struct arena *a, struct view text, struct cidr *out)
{
	struct view in = unbracket(text), addr = in;
	struct cidr c;
	int64_t bits;
	ptrdiff_t slash = view_chr(in, '/');
	int n = text.n > 100 ? 100 : (int)text.n;

	if (slash != -1)
		addr = view_sub(in, 0, (size_t)slash);
	if (!cidr_addr(addr, &c))
		return (arena_printf(a, slash == -1 ?
		    "bad address pattern: \"%.*s\"" :
		    "bad network value in \"%.*s\"", n, text.p));
	if (slash != -1) {
		if (!num_parse(view_sub(in, (size_t)slash + 1, in.n), 0,
		    c.v6 ? 128 : 32, &bits))
			return (arena_printf(a,
			    "bad mask length in \"%.*s\"", n, text.p));
		c.bits = (unsigned)bits;
		if (clear_host(&c))
			return (better(a, text, &c));
	}
	*out = c;
	return (NULL);
}

bool
cidr_match(const struct cidr *net, const struct cidr *addr)
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;
	unsigned char mask = (unsigned char)(0xff00 >> rest);

	if (net->v6 != addr->v6 || memcmp(net->addr, addr->addr, whole) != 0)
		return (false);
	return (rest == 0 ||
	    (net->addr[whole] & mask) == (addr->addr[whole] & mask));
}

/* SPDX-License-Identifier: ISC */
/*
 * The order in which addresses are tried.
 *
 * A fresh worker must find the order of the one before it (OUTCOME_NEXT), so
 * chance comes from the queue id, and DNS may give its records in any order.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "smtp_in.h"

/* FNV-1a: spreads mail over servers, keeps no secret. */
uint64_t
order_seed(const char *queue_id, const char *nexthop)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (const char *p = queue_id; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	for (const char *p = nexthop; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	return (h);
}

static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (x ^ (x >> 31));
}

/* What qsort(3) compares: preference, family, then chance, then the bytes. */
struct place {
	struct host	host;
	uint64_t	rank;
	int		family;		/* 0 is tried first */
};

static int
compare(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;

	if (a->host.pref != b->host.pref)
		return (a->host.pref < b->host.pref ? -1 : 1);
	if (a->family != b->family)
		return (a->family < b->family ? -1 : 1);
	if (a->rank != b->rank)
		return (a->rank < b->rank ? -1 : 1);
	return (memcmp(&a->host.addr, &b->host.addr, sizeof(a->host.addr)));
}

static uint64_t
rank_of(const struct host *h, uint64_t seed)
{
	uint64_t x = mix(seed), part;

	if (!cf->smtp_randomize_addresses)
		return (0);
	for (size_t i = 0; i < sizeof(h->addr.bytes); i += sizeof(part)) {
		memcpy(&part, h->addr.bytes + i, sizeof(part));
		x = mix(x ^ part);
	}
	return (x);
}

void
order_hosts(struct host *h, size_t n, uint64_t seed)
{
	struct arena *a = arena_new(0);
	struct place *p = arena_array(a, n + 1, sizeof(*p));
	const char *first = cf->smtp_address_preference;

	for (size_t i = 0; i < n; i++) {
		p[i].host = h[i];
		p[i].rank = rank_of(&h[i], seed);
		if (strcmp(first, "ipv4") == 0)
			p[i].family = h[i].addr.family != AF_INET;
		else if (strcmp(first, "ipv6") == 0)
			p[i].family = h[i].addr.family != AF_INET6;
		else if (!cf->smtp_randomize_addresses)
			p[i].family = h[i].addr.family != AF_INET6;
	}
	qsort(p, n, sizeof(*p), compare);
	for (size_t i = 0; i < n; i++)
		h[i] = p[i].host;
	arena_free(&a);
}

/*
 * The first "limit" may be all of one family that does not work here: give
 * the last place to the first address of the other one.
 */
size_t
order_limit(struct host *h, size_t n, size_t limit)
{
	struct host other;
	size_t i;

	if (limit == 0 || n <= limit)
		return (n);
	if (!cf->smtp_balance_inet_protocols || limit < 2 ||
	    strcmp(cf->smtp_address_preference, "any") != 0)
		return (limit);
	for (i = 1; i < n && h[i].addr.family == h[0].addr.family; i++)
		;
	if (i >= limit && i < n) {
		other = h[i];
		memmove(&h[limit], &h[limit - 1], (i - limit + 1) *
		    sizeof(h[0]));
		h[limit - 1] = other;
	}
	return (limit);
}

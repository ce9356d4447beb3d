/* SPDX-License-Identifier: ISC */
/*
 * verp_fuzz - delimiters, a sender and a recipient, a line each: the new
 * sender is bounded, has the sender's domain, and both local parts.
 */
#include <string.h>

#include "address/address.h"
#include "address/verp.h"
#include "base/arena.h"
#include "base/log.h"

#define MAX	600

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct view v = { (const char *)p, n }, part[3];
	const char *text[3];
	struct addr_parts from, to;
	struct arena *a = arena_new(0);
	struct buf made;

	buf_init(&made, MAX);
	for (int i = 0; i < 3; i++)
		if (!view_field(&v, '\n', &part[i]) ||
		    (text[i] = view_str(a, part[i])) == NULL)
			goto out;
	if (!verp_delimiters_valid(part[0], NULL))
		goto out;
	if (verp_sender(text[0], text[1], text[2], &made) < 0) {
		must(made.n == 0 && part[1].n + part[2].n + 2 > MAX);
		goto out;
	}
	from = addr_split(part[1]);
	to = addr_split(part[2]);
	must(made.n <= part[1].n + part[2].n + 2);
	must(memcmp(made.p, from.local.p, from.local.n) == 0);
	must(made.p[from.local.n] == text[0][0]);
	must(memcmp(made.p + from.local.n + 1, to.local.p, to.local.n) == 0);
	if (from.domain.p != NULL)
		must(memcmp(made.p + made.n - from.domain.n, from.domain.p,
		    from.domain.n) == 0);
out:
	buf_fini(&made);
	arena_free(&a);
	return (0);
}

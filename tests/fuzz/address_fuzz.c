/* SPDX-License-Identifier: ISC */
/*
 * address_fuzz - the path of MAIL and RCPT from arbitrary bytes: what is
 * accepted has a local part and no control characters, and its external form
 * is read as the same address again.
 */
#include <stdint.h>
#include <string.h>

#include "address/address.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
again(struct arena *a, const struct addr_path *path, unsigned flags)
{
	const char *text = arena_printf(a, "<%s>", path->external), *why;
	struct view arg = view_of(text);
	struct addr_path two;

	must(addr_path_parse(a, &arg, flags & ~ADDR_PATH_STRICT, &two, &why));
	must(arg.n == 0);
	must(strcmp(two.internal, path->internal) == 0);
	must(strcmp(two.external, path->external) == 0);
}

static void
parts(const char *internal, unsigned flags)
{
	struct addr_parts p = addr_split(view_of(internal));
	size_t i;

	/* Only ""@domain has an empty one. */
	must(p.local.n > 0 || p.domain.n > 0);
	must(addr_extension(p.local, "+-", true) <= p.local.n);
	for (i = 0; internal[i] != '\0'; i++)
		must((unsigned char)internal[i] >= ' ');
	if (!(flags & (ADDR_PATH_UTF8 | ADDR_PATH_8BIT)))
		must(is_ascii(view_of(internal)));
	if (!(flags & ADDR_PATH_8BIT))
		must(utf8_valid(view_of(internal)));
}

static void
codings(struct view v)
{
	struct buf coded, plain;

	buf_init(&coded, 3 * v.n);
	buf_init(&plain, v.n);
	must(xtext_encode(v, &coded) == 0);
	must(xtext_decode(buf_view(&coded), &plain) == 0);
	must(plain.n == v.n && (v.n == 0 || memcmp(plain.p, v.p, v.n) == 0));
	buf_reset(&plain);
	if (xtext_decode(v, &plain) == 0)
		must(plain.n <= v.n);
	buf_reset(&coded);
	if (domain_to_ascii(v, &coded) == 0)
		must(is_ascii(buf_view(&coded)));
	buf_fini(&coded);
	buf_fini(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct addr_path path;
	struct arena *a;
	struct view arg, all;
	const char *why = NULL;
	unsigned flags;

	if (n == 0)
		return (0);
	flags = p[0] & 0x0f;
	all = arg = (struct view){ (const char *)p + 1, n - 1 };
	a = arena_new(0);
	if (addr_path_parse(a, &arg, flags, &path, &why)) {
		must(arg.n <= all.n && arg.p + arg.n == all.p + all.n);
		if (path.internal[0] == '\0')
			must(flags & ADDR_PATH_NULL);
		else {
			parts(path.internal, flags);
			again(a, &path, flags);
		}
	} else
		must(why != NULL && arg.n == all.n);
	codings(all);
	arena_free(&a);
	return (0);
}

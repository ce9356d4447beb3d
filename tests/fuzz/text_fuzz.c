/* SPDX-License-Identifier: ISC */
/*
 * text_fuzz - views, numbers and printable text from arbitrary bytes: parts
 * lie inside the whole, words lose nothing but separators, and what was made
 * printable stays as it is.
 */
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/num.h"
#include "base/view.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
inside(struct view part, struct view whole)
{
	must(part.n <= whole.n);
	must(part.n == 0 || (part.p >= whole.p &&
	    part.p + part.n <= whole.p + whole.n));
}

static size_t
separators(struct view v, const char *seps)
{
	size_t i, n = 0;

	for (i = 0; i < v.n; i++)
		n += v.p[i] != '\0' && strchr(seps, v.p[i]) != NULL;
	return (n);
}

static void
words(struct view whole, struct view (*next)(struct view *, const char *))
{
	static const char seps[] = ", \t\r\n";
	struct view word, v = whole;
	size_t n = 0;

	while ((word = next(&v, seps)).n > 0) {
		inside(word, whole);
		inside(v, whole);
		n += word.n - separators(word, seps);
	}
	must(v.n == 0);
	must(n == whole.n - separators(whole, seps));
}

static void
fields(struct view whole)
{
	struct view field, v = whole;
	size_t n = 0;

	while (view_field(&v, ':', &field)) {
		inside(field, whole);
		must(view_chr(field, ':') == -1);
		n += field.n + 1;
	}
	must(n == whole.n || n == whole.n + 1);
}

static void
numbers(struct view v)
{
	struct arena *a = arena_new(0);
	int64_t n, again;
	uint64_t u;

	if (num_parse(v, INT64_MIN, INT64_MAX, &n))
		must(num_parse(view_of(arena_printf(a, "%jd", (intmax_t)n)), n,
		    n, &again) && again == n);
	if (num_unsigned(v, 1000, &u))
		must(u <= 1000);
	arena_free(&a);
}

static void
text(struct view v)
{
	struct arena *a = arena_new(0);
	char *once = arena_strn(a, v.p, v.n), *twice;
	size_t i;

	printable(once, v.n);
	for (i = 0; i < v.n; i++)
		must((unsigned char)once[i] >= 0x20 && once[i] != 0x7f);
	twice = arena_strn(a, once, v.n);
	printable(twice, v.n);
	must(memcmp(once, twice, v.n) == 0);
	must((view_lower(a, v) == NULL) == (view_chr(v, '\0') != -1));
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct view v = { (const char *)bytes, n };

	words(v, view_word);
	words(v, view_group);
	fields(v);
	numbers(v);
	text(v);
	inside(view_trim(v), v);
	return (0);
}

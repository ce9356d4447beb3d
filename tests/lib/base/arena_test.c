/* SPDX-License-Identifier: ISC */
/* arena_test - zeroed, aligned, counted, limited, and gone at once. */
#include <atf-c.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "die.h"

struct want {			/* what a call that must die is to ask for */
	struct arena	*a;
	size_t		 n, size;
};

static void
get(void *arg)
{
	struct want *w = arg;

	(void)arena_get(w->a, w->n);
}

static void
array(void *arg)
{
	struct want *w = arg;

	(void)arena_array(w->a, w->n, w->size);
}

ATF_TC_WITHOUT_HEAD(pieces);
ATF_TC_BODY(pieces, tc)
{
	static const size_t sizes[] = { 0, 1, 7, 15, 16, 17, 100, 4095, 4096,
		4097, 70000, 300000, 1 };
	struct arena *a = arena_new(0);
	unsigned char *p[2 * sizeof(sizes) / sizeof(sizes[0])];
	size_t i, k, n = sizeof(sizes) / sizeof(sizes[0]);

	/* Twice, so that the second round meets memory that was used. */
	for (k = 0; k < 2; k++) {
		for (i = 0; i < n; i++) {
			p[i] = arena_get(a, sizes[i]);
			ATF_REQUIRE(p[i] != NULL);
			ATF_CHECK_EQ_MSG(0,
			    (uintptr_t)p[i] % _Alignof(max_align_t),
			    "%zu bytes: not aligned", sizes[i]);
			for (size_t at = 0; at < sizes[i]; at++)
				ATF_REQUIRE_EQ_MSG(0, p[i][at],
				    "%zu bytes: not zeroed", sizes[i]);
			memset(p[i], (int)i + 1, sizes[i]);
		}
		for (i = 0; i < n; i++)
			for (size_t at = 0; at < sizes[i]; at++)
				ATF_REQUIRE_EQ_MSG(i + 1, p[i][at],
				    "%zu bytes: overlapped", sizes[i]);
		arena_reset(a);
		ATF_CHECK_EQ(0, arena_used(a));
	}
	arena_free(&a);
	ATF_CHECK(a == NULL);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(limit);
ATF_TC_BODY(limit, tc)
{
	struct want w = { .a = arena_new(1024) };
	int i;

	/* Exactly the limit fits, nothing more does, not even nothing. */
	ATF_REQUIRE(arena_get(w.a, 1024) != NULL);
	ATF_CHECK_EQ(1024, arena_used(w.a));
	ATF_CHECK(dies(LOG_L_FATAL, "arena limit of 1024 bytes", get, &w));
	w.n = 1;
	ATF_CHECK(dies(LOG_L_FATAL, "arena limit", get, &w));

	arena_reset(w.a);
	w.n = 1025;
	ATF_CHECK(dies(LOG_L_FATAL, "arena limit", get, &w));
	ATF_CHECK_EQ(0, arena_used(w.a));

	/* Empty pieces are counted. */
	for (i = 0; i < 64; i++)
		(void)arena_get(w.a, 0);
	w.n = 0;
	ATF_CHECK(dies(LOG_L_FATAL, "arena limit", get, &w));
	arena_free(&w.a);
}

ATF_TC_WITHOUT_HEAD(overflow);
ATF_TC_BODY(overflow, tc)
{
	struct want w = { .a = arena_new(0), .n = SIZE_MAX };

	ATF_CHECK(dies(LOG_L_PANIC, "overflows", get, &w));
	w.n = SIZE_MAX / 2;
	w.size = 3;
	ATF_CHECK(dies(LOG_L_PANIC, "overflows", array, &w));
	/* No overflow, but more than there is. */
	w.n = SIZE_MAX / 4;
	ATF_CHECK(dies(LOG_L_FATAL, "out of memory", get, &w));
	ATF_CHECK_EQ(0, arena_used(w.a));
	arena_free(&w.a);
}

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
	struct arena *a = arena_new(0);
	char text[] = "abc", *s;
	int i;

	s = arena_str(a, text);
	text[0] = 'x';
	ATF_CHECK_STREQ("abc", s);
	ATF_CHECK_STREQ("", arena_str(a, ""));
	s = arena_strn(a, "a\0bc", 3);
	ATF_CHECK_EQ(0, memcmp(s, "a\0b", 4));
	ATF_CHECK_STREQ("", arena_strn(a, NULL, 0));
	ATF_CHECK_STREQ("5 of five", arena_printf(a, "%d of %s", 5, "five"));
	s = arena_printf(a, "%10000s|", "x");
	ATF_CHECK_EQ(10001, strlen(s));
	/* Each piece stays where it is while others come. */
	for (i = 0; i < 10000; i++)
		(void)arena_str(a, "another");
	ATF_CHECK_EQ(10001, strlen(s));
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(array_is_zeroed);
ATF_TC_BODY(array_is_zeroed, tc)
{
	struct arena *a = arena_new(0);
	uint64_t *p = arena_array(a, 1000, sizeof(*p));
	int i;

	for (i = 0; i < 1000; i++)
		ATF_REQUIRE_EQ(0, p[i]);
	ATF_CHECK_EQ(8000, arena_used(a));
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, pieces);
	ATF_TP_ADD_TC(tp, limit);
	ATF_TP_ADD_TC(tp, overflow);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, array_is_zeroed);
	return (atf_no_error());
}

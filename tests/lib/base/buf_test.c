/* SPDX-License-Identifier: ISC */
/* buf_test - the maximum holds, the NUL stays, a failed append does nothing. */
#include <atf-c.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "die.h"

/* The invariant of the header, after whatever was done. */
static void
check(const struct buf *b, const char *want, size_t n, const char *label)
{
	ATF_REQUIRE_EQ_MSG(n, b->n, "%s: %zu bytes", label, b->n);
	ATF_REQUIRE_MSG(b->p != NULL, "%s: NULL", label);
	ATF_CHECK_EQ_MSG(0, memcmp(b->p, want, n), "%s: \"%s\"", label, b->p);
	ATF_CHECK_EQ_MSG('\0', b->p[b->n], "%s: no NUL behind", label);
	ATF_CHECK_MSG(b->n <= b->max, "%s: above the maximum", label);
}

ATF_TC_WITHOUT_HEAD(maximum);
ATF_TC_BODY(maximum, tc)
{
	static const size_t maxima[] = { 0, 1, 5, 63, 64, 65, 1000, 100000 };
	static char many[100002];
	struct buf b;
	size_t i, max;

	memset(many, 'x', sizeof(many) - 1);
	for (i = 0; i < sizeof(maxima) / sizeof(maxima[0]); i++) {
		max = maxima[i];
		buf_init(&b, max);
		check(&b, "", 0, "fresh");
		ATF_CHECK_EQ(-1, buf_put(&b, many, max + 1));
		check(&b, "", 0, "one too many");
		ATF_CHECK_EQ(0, buf_put(&b, many, max));
		check(&b, many, max, "exactly");
		ATF_CHECK_EQ(-1, buf_putc(&b, 'y'));
		ATF_CHECK_EQ(-1, buf_puts(&b, "y"));
		ATF_CHECK_EQ(-1, buf_printf(&b, "%d", 1));
		ATF_CHECK_EQ(0, buf_puts(&b, ""));
		ATF_CHECK_EQ(0, buf_printf(&b, "%s", ""));
		check(&b, many, max, "unchanged when full");
		ATF_CHECK(buf_room(&b, 1) == NULL);
		ATF_CHECK(buf_room(&b, SIZE_MAX) == NULL);
		ATF_CHECK(buf_room(&b, 0) != NULL);
		buf_fini(&b);
		check(&b, "", 0, "after fini");
		ATF_CHECK_EQ(max > 0 ? 0 : -1, buf_putc(&b, 'y'));
		buf_fini(&b);
	}
}

ATF_TC_WITHOUT_HEAD(byte_by_byte);
ATF_TC_BODY(byte_by_byte, tc)
{
	char want[3000];
	struct buf b;
	size_t i;

	buf_init(&b, sizeof(want));
	for (i = 0; i < sizeof(want); i++) {
		want[i] = (char)i;
		ATF_REQUIRE_EQ(0, buf_putc(&b, (int)i));
		ATF_REQUIRE_EQ('\0', b.p[b.n]);
	}
	check(&b, want, sizeof(want), "all");
	ATF_CHECK_EQ(-1, buf_putc(&b, 0));
	buf_fini(&b);
}

ATF_TC_WITHOUT_HEAD(print);
ATF_TC_BODY(print, tc)
{
	struct buf b;

	buf_init(&b, 10);
	ATF_CHECK_EQ(0, buf_printf(&b, "%s-%d", "ab", 12));
	check(&b, "ab-12", 5, "first");
	ATF_CHECK_EQ(-1, buf_printf(&b, "%s", "123456"));
	check(&b, "ab-12", 5, "too long");
	ATF_CHECK_EQ(0, buf_printf(&b, "%s", "12345"));
	check(&b, "ab-1212345", 10, "full");
	buf_fini(&b);
}

ATF_TC_WITHOUT_HEAD(room_and_add);
ATF_TC_BODY(room_and_add, tc)
{
	struct buf b;
	char *p;

	buf_init(&b, 100);
	ATF_REQUIRE((p = buf_room(&b, 100)) != NULL);
	memset(p, 'x', 100);
	buf_add(&b, 3);
	check(&b, "xxx", 3, "three of a hundred");
	ATF_CHECK(buf_room(&b, 98) == NULL);
	ATF_REQUIRE((p = buf_room(&b, 97)) == b.p + 3);
	memset(p, 'y', 97);
	buf_add(&b, 0);
	check(&b, "xxx", 3, "nothing claimed");
	buf_fini(&b);
}

ATF_TC_WITHOUT_HEAD(drop_and_cut);
ATF_TC_BODY(drop_and_cut, tc)
{
	struct buf b;

	buf_init(&b, 100);
	buf_drop(&b, 0);
	buf_cut(&b, 0);
	buf_reset(&b);
	check(&b, "", 0, "nothing of nothing");
	buf_xputs(&b, "hello, world");
	buf_drop(&b, 0);
	check(&b, "hello, world", 12, "drop nothing");
	buf_drop(&b, 7);
	check(&b, "world", 5, "drop");
	buf_cut(&b, 5);
	check(&b, "world", 5, "cut nothing");
	buf_cut(&b, 2);
	check(&b, "wo", 2, "cut");
	buf_drop(&b, 2);
	check(&b, "", 0, "drop all");
	buf_xput(&b, "a\0b", 3);
	check(&b, "a\0b", 3, "a NUL is content");
	ATF_CHECK_EQ(3, buf_view(&b).n);
	buf_reset(&b);
	check(&b, "", 0, "reset");
	buf_xprintf(&b, "%d", 7);
	ATF_CHECK_STREQ("7", buf_str(&b));
	buf_fini(&b);
}

static void
die_xput(void *b)
{
	buf_xput(b, "xx", 2);
}

static void
die_xprintf(void *b)
{
	buf_xprintf(b, "%d", 100);
}

static void
die_add(void *b)
{
	struct buf *buf = b;

	buf_add(b, buf->max);		/* one byte is content already */
}

static void
die_drop(void *b)
{
	buf_drop(b, 2);
}

static void
die_cut(void *b)
{
	buf_cut(b, 2);
}

static void
die_str(void *b)
{
	(void)buf_str(b);
}

static void
die_self(void *b)
{
	struct buf *buf = b;

	(void)!buf_put(buf, buf->p, 1);
}

ATF_TC_WITHOUT_HEAD(our_bugs);
ATF_TC_BODY(our_bugs, tc)
{
	static const struct {
		const char *label;
		void (*fn)(void *);
	} cases[] = {
		{ "buf_xput", die_xput },
		{ "buf_xprintf", die_xprintf },
		{ "add", die_add },
		{ "drop", die_drop },
		{ "cut", die_cut },
		{ "str with a NUL in it", die_str },
		{ "append to itself", die_self },
	};
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&b, 2);
		buf_xput(&b, "\0", 1);
		ATF_CHECK_MSG(dies(LOG_L_PANIC, "", cases[i].fn, &b), "%s",
		    cases[i].label);
		check(&b, "\0", 1, cases[i].label);
		buf_fini(&b);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, maximum);
	ATF_TP_ADD_TC(tp, byte_by_byte);
	ATF_TP_ADD_TC(tp, print);
	ATF_TP_ADD_TC(tp, room_and_add);
	ATF_TP_ADD_TC(tp, drop_and_cut);
	ATF_TP_ADD_TC(tp, our_bugs);
	return (atf_no_error());
}

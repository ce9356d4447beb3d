/* SPDX-License-Identifier: ISC */
/* view_test - comparing, splitting and taking apart foreign bytes. */
#include <atf-c.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/view.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const struct view none = { NULL, 0 };

ATF_TC_WITHOUT_HEAD(compare);
ATF_TC_BODY(compare, tc)
{
	static const struct {
		struct view v;
		const char *s;
		bool eq, ieq, starts, istarts;
	} cases[] = {
		{ { "", 0 }, "", true, true, true, true },
		{ { NULL, 0 }, "", true, true, true, true },
		{ { NULL, 0 }, "a", false, false, false, false },
		{ { "abc", 3 }, "abc", true, true, true, true },
		{ { "abc", 3 }, "ABC", false, true, false, true },
		{ { "aBc", 3 }, "AbC", false, true, false, true },
		{ { "abc", 3 }, "ab", false, false, true, true },
		{ { "abc", 3 }, "AB", false, false, false, true },
		{ { "abc", 2 }, "abc", false, false, false, false },
		{ { "abc", 3 }, "", false, false, true, true },
		{ { "abc\0", 4 }, "abc", false, false, true, true },
		{ { "[", 1 }, "{", false, false, false, false },
		{ { "@", 1 }, "`", false, false, false, false },
		{ { "\xc4", 1 }, "\xe4", false, false, false, false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ATF_CHECK_EQ_MSG(cases[i].eq, view_eq(cases[i].v, cases[i].s),
		    "eq %zu: %s", i, cases[i].s);
		ATF_CHECK_EQ_MSG(cases[i].ieq,
		    view_ieq(cases[i].v, cases[i].s), "ieq %zu: %s", i,
		    cases[i].s);
		ATF_CHECK_EQ_MSG(cases[i].starts,
		    view_starts(cases[i].v, cases[i].s), "starts %zu: %s", i,
		    cases[i].s);
		ATF_CHECK_EQ_MSG(cases[i].istarts,
		    view_istarts(cases[i].v, cases[i].s), "istarts %zu: %s",
		    i, cases[i].s);
	}
}

ATF_TC_WITHOUT_HEAD(parts);
ATF_TC_BODY(parts, tc)
{
	struct view v = VIEW("abcabc");

	ATF_CHECK_EQ(6, v.n);
	ATF_CHECK_EQ(0, view_of(NULL).n);
	ATF_CHECK(view_of(NULL).p != NULL);
	ATF_CHECK_EQ(2, view_chr(v, 'c'));
	ATF_CHECK_EQ(-1, view_chr(v, 'd'));
	ATF_CHECK_EQ(-1, view_chr(view_sub(v, 0, 2), 'c'));
	ATF_CHECK_EQ(-1, view_chr(none, 'c'));
	ATF_CHECK_EQ(1, view_chr((struct view){ "a\0b", 3 }, '\0'));
	ATF_CHECK_EQ(0, view_chr((struct view){ "\xff", 1 }, 0xff));
	ATF_CHECK(view_eq(view_sub(v, 1, 2), "bc"));
	ATF_CHECK(view_eq(view_sub(v, 4, 99), "bc"));
	ATF_CHECK(view_eq(view_sub(v, 6, 1), ""));
	ATF_CHECK(view_eq(view_sub(v, SIZE_MAX, SIZE_MAX), ""));
	ATF_CHECK(view_eq(view_sub(v, 1, SIZE_MAX), "bcabc"));
	ATF_CHECK(view_sub(none, 1, 1).p != NULL);
	/* The end of a text stays a place in it, however often it is cut. */
	ATF_CHECK(view_sub(view_sub(v, 6, 1), 0, 1).p == v.p + 6);
	ATF_CHECK(view_eq(view_trim(view_of(" \t a b\r\n")), "a b"));
	ATF_CHECK(view_eq(view_trim(view_of(" \r\n\t ")), ""));
	ATF_CHECK(view_eq(view_trim(none), ""));
	ATF_CHECK_EQ(3, view_trim((struct view){ " \0a\0 ", 5 }).n);
}

/* Split "text" by "next" and join the words as <word>. */
static void
check_words(const char *text, const char *seps, const char *want,
    struct view (*next)(struct view *, const char *))
{
	struct view word, v = view_of(text);
	char got[200] = "";
	size_t n = 0;

	while ((word = next(&v, seps)).n > 0) {
		n += (size_t)snprintf(got + n, sizeof(got) - n, "<%.*s>",
		    (int)word.n, word.p);
		ATF_REQUIRE(n < sizeof(got));
	}
	ATF_CHECK_STREQ_MSG(want, got, "\"%s\": %s", text, got);
	ATF_CHECK_EQ_MSG(0, v.n, "\"%s\": something is left", text);
}

ATF_TC_WITHOUT_HEAD(words);
ATF_TC_BODY(words, tc)
{
	static const struct {
		const char *text, *word, *group;
	} cases[] = {
		{ "", "", "" },
		{ " , ,", "", "" },
		{ "a", "<a>", "<a>" },
		{ "a,b c", "<a><b><c>", "<a><b><c>" },
		{ ",, a ,, b ,,", "<a><b>", "<a><b>" },
		{ "{a b}", "<{a><b}>", "<{a b}>" },
		{ "x {a, {b c} d} y", "<x><{a><{b><c}><d}><y>",
		    "<x><{a, {b c} d}><y>" },
		{ "{a b}c d", "<{a><b}c><d>", "<{a b}c><d>" },
		{ "c{a b} d", "<c{a><b}><d>", "<c{a b}><d>" },
		{ "{a b", "<{a><b>", "<{a b>" },
		{ "{{a b} c", "<{{a><b}><c>", "<{{a b} c>" },
		{ "a} b", "<a}><b>", "<a}><b>" },
		{ "}} {a b}", "<}}><{a><b}>", "<}}><{a b}>" },
	};
	struct view v, word;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		check_words(cases[i].text, ", ", cases[i].word, view_word);
		check_words(cases[i].text, ", ", cases[i].group, view_group);
	}
	v = (struct view){ "a\0b c", 5 };
	word = view_word(&v, " ");
	ATF_CHECK_EQ_MSG(3, word.n, "a NUL is no separator");
	v = none;
	ATF_CHECK_EQ(0, view_word(&v, " ").n);
}

ATF_TC_WITHOUT_HEAD(fields);
ATF_TC_BODY(fields, tc)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ "a", "<a>" },
		{ ":", "<>" },
		{ "a:", "<a>" },
		{ ":a", "<><a>" },
		{ "a::b", "<a><><b>" },
		{ "a:b:c", "<a><b><c>" },
	};
	size_t i, n;

	for (i = 0; i < COUNT(cases); i++) {
		struct view field, v = view_of(cases[i].text);
		char got[100] = "";

		for (n = 0; view_field(&v, ':', &field);)
			n += (size_t)snprintf(got + n, sizeof(got) - n,
			    "<%.*s>", (int)field.n, field.p);
		ATF_CHECK_STREQ_MSG(cases[i].want, got, "\"%s\": %s",
		    cases[i].text, got);
	}
}

ATF_TC_WITHOUT_HEAD(copies);
ATF_TC_BODY(copies, tc)
{
	struct arena *a = arena_new(0);
	struct view nul = { "a\0b", 3 };

	ATF_CHECK_STREQ("ab", view_str(a, (struct view){ "abc", 2 }));
	ATF_CHECK_STREQ("", view_str(a, none));
	ATF_CHECK(view_str(a, nul) == NULL);
	ATF_CHECK(view_str(a, (struct view){ "a", 2 }) == NULL);
	ATF_CHECK_STREQ("az[\xc4@1", view_lower(a, VIEW("AZ[\xc4@1")));
	ATF_CHECK(view_lower(a, nul) == NULL);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(cursor);
ATF_TC_BODY(cursor, tc)
{
	static const char bytes[] = "\x01\x02\x83\x04\x05\x06\x87"
	    "\x08\x09\x0a\x0b\x0c\x0d\x0e\xff" "abc";
	struct view part, v = { bytes, sizeof(bytes) - 1 };
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;
	uint8_t u8;

	ATF_REQUIRE(view_take_u8(&v, &u8));
	ATF_CHECK_EQ(0x01, u8);
	ATF_REQUIRE(view_take_u16(&v, &u16));
	ATF_CHECK_EQ(0x8302, u16);
	ATF_REQUIRE(view_take_u32(&v, &u32));
	ATF_CHECK_EQ_MSG(0x87060504, u32, "%" PRIx32, u32);
	ATF_REQUIRE(view_take_u64(&v, &u64));
	ATF_CHECK_EQ_MSG(0xff0e0d0c0b0a0908, u64, "%" PRIx64, u64);
	ATF_REQUIRE(view_take(&v, 2, &part));
	ATF_CHECK(view_eq(part, "ab"));
	ATF_CHECK(view_eq(v, "c"));
}

/* Of n bytes, only what needs at most n can be taken; else nothing moves. */
ATF_TC_WITHOUT_HEAD(cursor_end);
ATF_TC_BODY(cursor_end, tc)
{
	size_t n;

	for (n = 0; n <= 8; n++) {
		const struct view all = { "12345678", n };
		struct view v, part = { "x", 1 };
		uint64_t u64 = 1;
		uint32_t u32 = 1;
		uint16_t u16 = 1;
		uint8_t u8 = 1;

		v = all;
		ATF_CHECK_EQ(n >= 1, view_take_u8(&v, &u8));
		ATF_CHECK_EQ(n >= 1 ? n - 1 : n, v.n);
		ATF_CHECK_EQ(n >= 1 ? '1' : 1, u8);
		v = all;
		ATF_CHECK_EQ(n >= 2, view_take_u16(&v, &u16));
		ATF_CHECK_EQ(n >= 2 ? n - 2 : n, v.n);
		ATF_CHECK_EQ(n >= 2, u16 != 1);
		v = all;
		ATF_CHECK_EQ(n >= 4, view_take_u32(&v, &u32));
		ATF_CHECK_EQ(n >= 4 ? n - 4 : n, v.n);
		ATF_CHECK_EQ(n >= 4, u32 != 1);
		v = all;
		ATF_CHECK_EQ(n >= 8, view_take_u64(&v, &u64));
		ATF_CHECK_EQ(n >= 8 ? n - 8 : n, v.n);
		ATF_CHECK_EQ(n >= 8, u64 != 1);
		v = all;
		ATF_CHECK(!view_take(&v, n + 1, &part));
		ATF_CHECK(!view_take(&v, SIZE_MAX, &part));
		ATF_CHECK(view_eq(part, "x"));
		ATF_CHECK(view_take(&v, n, &part));
		ATF_CHECK_EQ(n, part.n);
		ATF_CHECK(view_take(&v, 0, &part));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, compare);
	ATF_TP_ADD_TC(tp, parts);
	ATF_TP_ADD_TC(tp, words);
	ATF_TP_ADD_TC(tp, fields);
	ATF_TP_ADD_TC(tp, copies);
	ATF_TP_ADD_TC(tp, cursor);
	ATF_TP_ADD_TC(tp, cursor_end);
	return (atf_no_error());
}

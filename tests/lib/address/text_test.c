/* SPDX-License-Identifier: ISC */
/* text_test - UTF-8 and xtext. */
#include <atf-c.h>

#include "address/address.h"
#include "base/buf.h"

ATF_TC_WITHOUT_HEAD(utf8);
ATF_TC_BODY(utf8, tc)
{
	static const struct {
		const char *label, *text;
		bool want;
	} cases[] = {
		{ "empty", "", true },
		{ "ASCII", "abc\177", true },
		{ "two", "\302\200\337\277", true },
		{ "three", "\340\240\200\357\277\277", true },
		{ "four", "\360\220\200\200\364\217\277\277", true },
		{ "cut", "\303", false },
		{ "cut, three", "\342\202", false },
		{ "cut, four", "\360\220\200", false },
		{ "continuation", "\200", false },
		{ "overlong two", "\300\200", false },
		{ "overlong slash", "\301\257", false },
		{ "overlong three", "\340\237\277", false },
		{ "overlong four", "\360\217\277\277", false },
		{ "surrogate", "\355\240\200", false },
		{ "before surrogates", "\355\237\277", true },
		{ "past the end", "\364\220\200\200", false },
		{ "five", "\370\210\200\200\200", false },
		{ "no continuation", "\303a", false },
		{ "third byte", "\342\202a", false },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(cases[i].want,
		    utf8_valid(view_of(cases[i].text)), "%s",
		    cases[i].label);
	ATF_CHECK(is_ascii(view_of("abc")) && !is_ascii(view_of("a\200")));
}

ATF_TC_WITHOUT_HEAD(xtext);
ATF_TC_BODY(xtext, tc)
{
	static const struct {
		const char *plain, *coded;
	} both[] = {
		{ "a@b", "a@b" }, { "a+b=c", "a+2Bb+3Dc" },
		{ "a b\n", "a+20b+0A" }, { "\377", "+FF" }, { "", "" },
	};
	static const char *const bad[] = { "+", "+2", "+2b", "+GG", "a b",
		"=", "\200", "a+2" };
	struct buf out;
	size_t i;

	buf_init(&out, 20);
	for (i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		buf_reset(&out);
		ATF_CHECK_EQ(0, xtext_encode(view_of(both[i].plain), &out));
		ATF_CHECK_STREQ(both[i].coded, buf_str(&out));
		buf_reset(&out);
		ATF_CHECK_EQ(0, xtext_decode(view_of(both[i].coded), &out));
		ATF_CHECK_STREQ(both[i].plain, buf_str(&out));
	}
	buf_reset(&out);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, xtext_decode(view_of(bad[i]), &out),
		    "%s", bad[i]);
	ATF_CHECK_EQ(-1, xtext_encode(view_of("=======a"), &out));
	buf_reset(&out);
	ATF_CHECK_EQ(-1, xtext_encode_utf8(view_of("a\xff"), &out));
	ATF_CHECK_EQ(0, out.n);
	ATF_CHECK_EQ(0, out.n);
	buf_fini(&out);
}

ATF_TC_WITHOUT_HEAD(xtext_utf8);
ATF_TC_BODY(xtext_utf8, tc)
{
	static const struct {
		const char	*plain, *coded;
	} cases[] = {
		{ "", "" },
		{ "a@b.example", "a@b.example" },
		{ "b\xc3\xa4" "ck@b", "b\\x{E4}ck@b" },
		{ "\xe2\x82\xac\xf0\x9f\x93\xa7", "\\x{20AC}\\x{1F4E7}" },
		{ "a+b=c\\ d", "a\\x{2B}b\\x{3D}c\\x{5C}\\x{20}d" },
	};
	struct buf out;

	buf_init(&out, 100);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		ATF_CHECK_EQ(0, xtext_encode_utf8(view_of(cases[i].plain),
		    &out));
		ATF_CHECK_STREQ(cases[i].coded, buf_str(&out));
	}
	buf_fini(&out);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, utf8);
	ATF_TP_ADD_TC(tp, xtext);
	ATF_TP_ADD_TC(tp, xtext_utf8);
	return (atf_no_error());
}

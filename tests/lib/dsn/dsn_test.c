/* SPDX-License-Identifier: ISC */
/* Codes, folded lines, typed addresses. */
#include <atf-c.h>
#include <string.h>

#include "dsn/dsn.h"

ATF_TC_WITHOUT_HEAD(split);
ATF_TC_BODY(split, tc)
{
	static const struct {
		const char	*input, *code, *text;
	} cases[] = {
		{ "5.1.1 no such user", "5.1.1", "no such user" },
		{ "4.4.1  \t x", "4.4.1", "x" },
		{ "2.0.0", "2.0.0", "" },
		{ "5.123.999 x", "5.123.999", "x" },
		{ "5.1.1234 x", "9", "5.1.1234 x" },
		{ "3.1.1 x", "9", "3.1.1 x" },
		{ "5.1 x", "9", "5.1 x" },
		{ "5.1. x", "9", "5.1. x" },
		{ "5..1 x", "9", "5..1 x" },
		{ "5.1.1x", "9", "5.1.1x" },
		{ "5.1.1.1 x", "9", "5.1.1.1 x" },
		{ " 5.1.1 x", "9", " 5.1.1 x" },
		{ "", "9", "" },
	};
	char code[DSN_CODE_SIZE];
	const char *text;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = dsn_split(cases[i].input, "9", code);
		ATF_CHECK_MSG(strcmp(code, cases[i].code) == 0 &&
		    strcmp(text, cases[i].text) == 0, "%s: %s, %s",
		    cases[i].input, code, text);
	}
}

#define A10	"aaaaaaaaaa"
#define A70	A10 A10 A10 A10 A10 A10 A10
#define A500	A70 A70 A70 A70 A70 A70 A70 A10

ATF_TC_WITHOUT_HEAD(fold);
ATF_TC_BODY(fold, tc)
{
	static const struct {
		const char	*label, *input, *want;
		size_t		 column;
	} cases[] = {
		{ "empty", "", "\n", 0 },
		{ "short", "a b", "a b\n", 0 },
		{ "79 columns fit", A70 " 12345678", A70 " 12345678\n", 0 },
		{ "80 do not", A70 " 123456789", A70 "\n    123456789\n", 0 },
		{ "beside a name", A70 " 1", A70 "\n    1\n", 9 },
		{ "name and long word", A70, A70 "\n", 15 },
		{ "a word too long", A70 A70 " b", A70 A70 "\n    b\n", 0 },
		{ "no blank at all", A500 A10, A500 "\n    " A10 "\n", 0 },
		{ "inside a character", A70 A70 A70 A70 A70 A70 A70
		    "aaaaaaaaa\xc3\xbc", A70 A70 A70 A70 A70 A70 A70
		    "aaaaaaaaa\n    \xc3\xbc\n", 0 },
		{ "control", "a\nb\x1b\x7f", "a?b??\n", 0 },
	};
	struct buf out;
	size_t i;

	buf_init(&out, 10000);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		ATF_CHECK_EQ(0, dsn_fold(&out, cases[i].input,
		    cases[i].column));
		ATF_CHECK_MSG(strcmp(buf_str(&out), cases[i].want) == 0,
		    "%s:\n%s", cases[i].label, buf_str(&out));
	}
	buf_fini(&out);
	buf_init(&out, 3);
	buf_xputs(&out, "x");
	ATF_CHECK_EQ(-1, dsn_fold(&out, "abc", 0));
	ATF_CHECK_STREQ("x", buf_str(&out));
	buf_fini(&out);
}

ATF_TC_WITHOUT_HEAD(address);
ATF_TC_BODY(address, tc)
{
	static const struct {
		const char	*input, *want;
	} cases[] = {
		{ "a@b.test", "rfc822; a@b.test" },
		{ "a b@b.test", "rfc822; \"a b\"@b.test" },
		{ "\xc3\xbc@b.test", "utf-8; \xc3\xbc@b.test" },
	};
	struct buf out;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&out, 100);
		ATF_CHECK_EQ(0, dsn_address(&out, cases[i].input));
		ATF_CHECK_STREQ(cases[i].want, buf_str(&out));
		buf_fini(&out);
	}
	buf_init(&out, 10);
	ATF_CHECK_EQ(-1, dsn_address(&out, "a@b.test"));
	ATF_CHECK_EQ(0, out.n);
	buf_fini(&out);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, split);
	ATF_TP_ADD_TC(tp, fold);
	ATF_TP_ADD_TC(tp, address);
	return (atf_no_error());
}

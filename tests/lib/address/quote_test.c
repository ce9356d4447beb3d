/* SPDX-License-Identifier: ISC */
/* quote_test - the two forms of addresses, and extensions. */
#include <atf-c.h>

#include "address/address.h"
#include "base/buf.h"

ATF_TC_WITHOUT_HEAD(both_ways);
ATF_TC_BODY(both_ways, tc)
{
	static const struct {
		const char *internal, *external;
	} cases[] = {
		{ "a@b", "a@b" },
		{ "a.b@c", "a.b@c" },
		{ "a", "a" },
		{ "a b@c", "\"a b\"@c" },
		{ "a@b@c", "\"a@b\"@c" },
		{ ".a@c", "\".a\"@c" },
		{ "a.@c", "\"a.\"@c" },
		{ "a..b@c", "\"a..b\"@c" },
		{ "a\"b@c", "\"a\\\"b\"@c" },
		{ "a\\b@c", "\"a\\\\b\"@c" },
		{ "a,b@c", "\"a,b\"@c" },
		{ "a|b@c", "a|b@c" },
		{ "@c", "\"\"@c" },
		{ "\303\244@c", "\303\244@c" },
		{ "a@[1.2.3.4]", "a@[1.2.3.4]" },
	};
	struct buf out;
	size_t i;

	buf_init(&out, 100);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		ATF_CHECK_EQ(0, addr_quote(view_of(cases[i].internal), &out));
		ATF_CHECK_STREQ(cases[i].external, buf_str(&out));
		buf_reset(&out);
		ATF_CHECK_EQ(0, addr_unquote(view_of(cases[i].external),
		    &out));
		ATF_CHECK_STREQ(cases[i].internal, buf_str(&out));
	}
	buf_fini(&out);
}

ATF_TC_WITHOUT_HEAD(no_room);
ATF_TC_BODY(no_room, tc)
{
	struct buf out;

	buf_init(&out, 5);
	buf_xputs(&out, "x");
	ATF_CHECK_EQ(-1, addr_quote(view_of("a b"), &out));
	ATF_CHECK_EQ(-1, addr_quote(view_of("abc@d"), &out));
	ATF_CHECK_EQ(-1, addr_unquote(view_of("\"abcde\""), &out));
	ATF_CHECK_STREQ("x", buf_str(&out));
	ATF_CHECK_EQ(0, addr_unquote(view_of("\"abcd\""), &out));
	ATF_CHECK_STREQ("xabcd", buf_str(&out));
	buf_fini(&out);
}

ATF_TC_WITHOUT_HEAD(extensions);
ATF_TC_BODY(extensions, tc)
{
	static const struct {
		const char *local, *delimiters;
		bool special;
		size_t want;
	} cases[] = {
		{ "user+ext", "+", true, 4 },
		{ "user+ext", "", true, 8 },
		{ "user+a+b", "+", true, 4 },
		{ "user-a+b", "+-", true, 4 },
		{ "user+a-b", "+-", true, 4 },
		{ "+ext", "+", true, 4 },
		{ "++ext", "+", true, 1 },
		{ "user+", "+", true, 4 },
		{ "owner-list", "-", true, 10 },
		{ "owner-list", "-", false, 5 },
		{ "owner-list", "+", true, 10 },
		{ "owner-list+x", "+", true, 10 },
		{ "list-request", "-", true, 12 },
		{ "list-request", "-", false, 4 },
		{ "double-bounce", "-", false, 13 },
		{ "Mailer-Daemon", "-", false, 13 },
		{ "", "+", true, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(cases[i].want, addr_extension(
		    view_of(cases[i].local), cases[i].delimiters,
		    cases[i].special), "%s by \"%s\"", cases[i].local,
		    cases[i].delimiters);
}

ATF_TC_WITHOUT_HEAD(parts);
ATF_TC_BODY(parts, tc)
{
	struct addr_parts p = addr_split(view_of("a@b@c"));

	ATF_CHECK(view_eq(p.local, "a@b") && view_eq(p.domain, "c"));
	p = addr_split(view_of("a"));
	ATF_CHECK(view_eq(p.local, "a") && p.domain.p == NULL);
	p = addr_split(view_of("a@"));
	ATF_CHECK(view_eq(p.local, "a") && p.domain.p != NULL &&
	    p.domain.n == 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, both_ways);
	ATF_TP_ADD_TC(tp, no_room);
	ATF_TP_ADD_TC(tp, extensions);
	ATF_TP_ADD_TC(tp, parts);
	return (atf_no_error());
}

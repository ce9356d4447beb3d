/* SPDX-License-Identifier: ISC */
/* host_test - names, addresses, literals, international names. */
#include <atf-c.h>
#include <string.h>

#include "address/address.h"
#include "base/buf.h"

#define L63	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	static const struct {
		const char *name;
		bool valid, fqdn;
	} cases[] = {
		{ "a", true, false }, { "a.b", true, true },
		{ "a.b.", false, true }, { ".", false, false },
		{ ".a", false, false }, { "a..b", false, false },
		{ "-a.b", false, false }, { "a-.b", false, false },
		{ "a-b.c", true, true }, { "a_b.c", true, true },
		{ "1.2.3.4", false, false }, { "1a.2", true, true },
		{ "123", false, false }, { "", false, false },
		{ "a b.c", false, false }, { "a@b.c", false, false },
		{ "\303\244.b", false, false }, { "[1.2.3.4]", false, false },
		{ L63 ".b", true, true }, { L63 "a.b", false, false },
		{ L63 "." L63 "." L63 "." L63, true, true },
		{ L63 "." L63 "." L63 "." L63 ".a", false, false },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_CHECK_EQ_MSG(cases[i].valid,
		    host_valid(view_of(cases[i].name)), "%s", cases[i].name);
		ATF_CHECK_EQ_MSG(cases[i].fqdn,
		    host_is_fqdn(view_of(cases[i].name)), "%s",
		    cases[i].name);
	}
}

ATF_TC_WITHOUT_HEAD(addresses);
ATF_TC_BODY(addresses, tc)
{
	static const struct {
		const char *text, *literal;
		bool addr;
	} cases[] = {
		{ "1.2.3.4", NULL, true }, { "1.2.3", NULL, false },
		{ "1.2.3.256", NULL, false }, { "::1", NULL, true },
		{ "fe80::1%eth0", NULL, false }, { "", NULL, false },
		{ "[1.2.3.4]", "1.2.3.4", false },
		{ "[IPv6:::1]", "::1", false }, { "[ipv6:::1]", "::1", false },
		{ "[::1]", NULL, false }, { "[IPv6:1.2.3.4]", NULL, false },
		{ "[]", NULL, false }, { "[", NULL, false },
		{ "[1.2.3.4", NULL, false },
	};
	struct view got;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_CHECK_EQ_MSG(cases[i].addr,
		    host_is_addr(view_of(cases[i].text)), "%s",
		    cases[i].text);
		ATF_CHECK_EQ_MSG(cases[i].literal != NULL,
		    host_literal(view_of(cases[i].text), &got), "%s",
		    cases[i].text);
		if (cases[i].literal != NULL)
			ATF_CHECK(view_eq(got, cases[i].literal));
	}
	ATF_CHECK(!host_is_addr((struct view){ "1.2.3.4\0", 8 }));
}

ATF_TC_WITHOUT_HEAD(international);
ATF_TC_BODY(international, tc)
{
	static const struct {
		const char *utf8, *ascii;	/* NULL: no such name */
	} cases[] = {
		{ "b\303\274cher.example", "xn--bcher-kva.example" },
		{ "stra\303\237e.example", "xn--strae-oqa.example" },
		{ "plain.example", "plain.example" },
		{ "\303.example", NULL },
		{ L63 "\303\244.example", NULL },
	};
	struct buf out;
	size_t i;

	buf_init(&out, 100);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		ATF_CHECK_EQ_MSG(cases[i].ascii == NULL ? -1 : 0,
		    domain_to_ascii(view_of(cases[i].utf8), &out), "%zu", i);
		if (cases[i].ascii == NULL)
			continue;
		ATF_CHECK_STREQ(cases[i].ascii, buf_str(&out));
		buf_reset(&out);
		ATF_CHECK_EQ(0, domain_to_utf8(view_of(cases[i].ascii),
		    &out));
		ATF_CHECK_STREQ(cases[i].utf8, buf_str(&out));
	}
	buf_fini(&out);
	buf_init(&out, 5);
	ATF_CHECK_EQ(-1, domain_to_ascii(view_of("\303\244.example"), &out));
	ATF_CHECK_EQ(0, out.n);
	buf_fini(&out);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, addresses);
	ATF_TP_ADD_TC(tp, international);
	return (atf_no_error());
}

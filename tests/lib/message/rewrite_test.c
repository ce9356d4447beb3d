/* SPDX-License-Identifier: ISC */
/* The standard form: the table is what Postfix 3.7 answers. */
#include <atf-c.h>

#include "base/buf.h"
#include "message/rewrite.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const struct rewrite_rules local = { "acc.example", "acc.example",
    true, true };
static const struct rewrite_rules remote = { NULL, NULL, true, true };
static const struct rewrite_rules plain = { "@acc.example", NULL, false,
    false };

static void
check(const struct rewrite_rules *r, const char *in, const char *want)
{
	struct buf out;

	buf_init(&out, 1000);
	ATF_REQUIRE_EQ(0, rewrite_addr(r, view_of(in), &out));
	ATF_CHECK_STREQ_MSG(want, buf_str(&out), "%s: %s", in, buf_str(&out));
	buf_fini(&out);
}

ATF_TC_WITHOUT_HEAD(forms);
ATF_TC_BODY(forms, tc)
{
	static const struct {
		const char *in, *local, *remote;
	} cases[] = {
		{ "", "", "" },
		{ "user", "user@acc.example", "user" },
		{ "user@", "user@", "user@" },
		{ "user@host", "user@host.acc.example", "user@host" },
		{ "user@host.", "user@host", "user@host" },
		{ "user@host..", "user@host..", "user@host.." },
		{ "user@a.b.", "user@a.b", "user@a.b" },
		{ "user@.", "user@.", "user@." },
		{ "a!b", "b@a.acc.example", "b@a" },
		{ "a!b@c", "a!b@c.acc.example", "a!b@c" },
		{ "a.b!c", "c@a.b", "c@a.b" },
		{ "a!b!c", "b!c@a.acc.example", "b!c@a" },
		{ "a%b", "a@b.acc.example", "a@b" },
		{ "a%b%c", "a%b@c.acc.example", "a%b@c" },
		{ "a%b@c", "a%b@c.acc.example", "a%b@c" },
		{ "@h:u", "u@acc.example", "u" },
		{ "@h,@i:u@x", "u@x.acc.example", "u@x" },
		{ "\"a b\"", "\"a b\"@acc.example", "\"a b\"" },
		{ "\"a b\"@x.y", "\"a b\"@x.y", "\"a b\"@x.y" },
		{ "\"a!b\"", "a!b@acc.example", "a!b" },
		{ "\"a@b\"", "\"a@b\"@acc.example", "\"a@b\"" },
		{ "a@[1.2.3.4]", "a@[1.2.3.4]", "a@[1.2.3.4]" },
		{ "a@[1.2.3.4].", "a@[1.2.3.4]", "a@[1.2.3.4]" },
		{ "a@b@c", "\"a@b\"@c.acc.example", "\"a@b\"@c" },
		{ "a@b@", "\"a@b\"@", "\"a@b\"@" },
		{ "!b", "b@", "b@" },
		{ "a!", "\"\"@a.acc.example", "\"\"@a" },
		{ "%b", "\"\"@b.acc.example", "\"\"@b" },
		{ "a%", "a@", "a@" },
		{ "a%b!c", "c@a%b.acc.example", "c@a%b" },
		{ "user@1.2.3.4", "user@1.2.3.4", "user@1.2.3.4" },
		{ "\"a%b\"@x", "a%b@x.acc.example", "a%b@x" },
		{ "a..b", "\"a..b\"@acc.example", "\"a..b\"" },
		{ ".a@x", "\".a\"@x.acc.example", "\".a\"@x" },
		{ "a@x..y", "a@x..y", "a@x..y" },
		{ "u@-x", "u@-x.acc.example", "u@-x" },
	};

	for (size_t i = 0; i < N(cases); i++) {
		check(&local, cases[i].in, cases[i].local);
		check(&remote, cases[i].in, cases[i].remote);
	}
}

ATF_TC_WITHOUT_HEAD(parameters);
ATF_TC_BODY(parameters, tc)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "a!b", "a!b@acc.example" },
		{ "a%b", "a%b@acc.example" },
		{ "user@host", "user@host" },
		{ "user", "user@acc.example" },
	};

	for (size_t i = 0; i < N(cases); i++)
		check(&plain, cases[i].in, cases[i].want);
}

/* The standard form of a standard form is itself, and what is cut is told. */
ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	struct buf out;

	for (size_t max = 0; max < 16; max++) {
		buf_init(&out, max);
		ATF_CHECK_EQ(-1, rewrite_addr(&local, VIEW("user"), &out));
		ATF_CHECK_EQ(0, out.n);
		buf_fini(&out);
	}
	check(&local, "\"", "\"\"@acc.example");
	check(&local, "\\", "\"\\\\\"@acc.example");
	check(&local, "a@[", "a@[");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, forms);
	ATF_TP_ADD_TC(tp, parameters);
	ATF_TP_ADD_TC(tp, bounds);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/* Lists of recipients: one line each of what is there and what it means. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "agent/entry.h"
#include "base/buf.h"

static const struct {
	const char	*text;
	bool		 lines;
	const char	*want;
} tests[] = {
	{ "", false, "" },
	{ "user", false, "a:user;" },
	{ "a@x, b@y", false, "a:a@x;a:b@y;" },
	{ " ,, a@x ,", false, "a:a@x;" },
	{ "Name <a@x>", false, "a:a@x;" },
	{ "(c, d) a@x (e)", false, "a:a@x;" },
	{ "\"A, B\" <a@x>, c", false, "a:a@x;a:c;" },
	{ "\"a b\"@x", false, "a:a b@x;" },
	{ "\\user", false, "a:user;" },
	{ "|cmd", false, "c:cmd;" },
	{ "\"|cmd a, b\"", false, "c:cmd a, b;" },
	{ "|\"cmd a, b\"", false, "c:cmd a, b;" },
	{ "| cmd", false, "c:cmd;" },
	{ "\"|cmd \\\"q\\\" \\\\n\"", false, "c:cmd \"q\" \\n;" },
	{ "|", false, "" },
	{ "/file", false, "f:/file;" },
	{ "\"/a b\", c", false, "f:/a b;a:c;" },
	{ "/dir/", false, "f:/dir/;" },
	{ ":include:/a", false, "i:/a;" },
	{ ":Include: /a", false, "i:/a;" },
	{ "\":include:/a b\", c", false, "i:/a b;a:c;" },
	{ ":include:", false, "" },
	{ "# no\na\n#b\nc, d\n\n e", true, "a:a;a:c;a:d;a:e;" },
	{ "\"|a\nb\"", true, "c:a;" },
	{ "<>", false, "" },
};

ATF_TC_WITHOUT_HEAD(lists);
ATF_TC_BODY(lists, tc)
{
	struct arena *a = arena_new(0);
	struct entry *e;
	const char *why;
	struct buf b;
	size_t n;

	(void)tc;
	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		buf_reset(&b);
		ATF_REQUIRE_EQ(0, entry_list(a, view_of(tests[i].text),
		    tests[i].lines, 10, &e, &n, &why));
		for (size_t j = 0; j < n; j++)
			buf_xprintf(&b, "%c:%s;", "acfi"[e[j].type],
			    e[j].text);
		ATF_CHECK_STREQ_MSG(tests[i].want, buf_str(&b), "%s",
		    tests[i].text);
	}
	buf_fini(&b);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	static char text[ENTRY_TEXT_MAX + 2];
	struct arena *a = arena_new(0);
	struct entry *e;
	const char *why;
	size_t n;

	(void)tc;
	ATF_CHECK_EQ(0, entry_list(a, VIEW("a,b,c"), false, 3, &e, &n, &why));
	ATF_CHECK_EQ(-1, entry_list(a, VIEW("a,b,c,d"), false, 3, &e, &n,
	    &why));
	ATF_CHECK_STREQ("too many recipients", why);
	memset(text, 'x', ENTRY_TEXT_MAX + 1);
	text[0] = '|';
	ATF_CHECK_EQ(-1, entry_list(a, view_of(text), false, 3, &e, &n,
	    &why));
	ATF_CHECK_STREQ("a recipient is too long", why);
	/* A NUL is no part of any. */
	ATF_CHECK_EQ(0, entry_list(a, VIEW("|a\0b,c"), false, 3, &e, &n,
	    &why));
	ATF_CHECK_EQ(1, n);
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lists);
	ATF_TP_ADD_TC(tp, limits);
	return (atf_no_error());
}

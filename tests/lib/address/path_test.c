/* SPDX-License-Identifier: ISC */
/* path_test - what MAIL and RCPT accept, leniently and to the letter. */
#include <atf-c.h>

#include "address/address.h"
#include "base/arena.h"

#define NULLOK	ADDR_PATH_NULL
#define STRICT	ADDR_PATH_STRICT
#define UTF8	ADDR_PATH_UTF8
#define EIGHT	ADDR_PATH_8BIT

static const struct {
	const char	*label, *text;
	unsigned	 flags;
	const char	*internal;	/* NULL: refused */
	const char	*external, *rest;
} cases[] = {
	{ "plain", "<a@b>", 0, "a@b", "a@b", "" },
	{ "plain, strict", "<a@b.c>", STRICT, "a@b.c", "a@b.c", "" },
	{ "parameters", "<a@b> SIZE=1", 0, "a@b", "a@b", " SIZE=1" },
	{ "blank before", " <a@b>", 0, "a@b", "a@b", "" },
	{ "naked", "a@b X=1", 0, "a@b", "a@b", " X=1" },
	{ "naked, strict", "a@b", STRICT, NULL, NULL, NULL },
	{ "nothing", "", NULLOK, NULL, NULL, NULL },
	{ "null", "<>", NULLOK, "", "", "" },
	{ "null refused", "<>", 0, NULL, NULL, NULL },
	{ "open", "<a@b", 0, NULL, NULL, NULL },
	{ "close only", "a@b>", 0, NULL, NULL, NULL },
	{ "text behind", "<a@b>x", 0, NULL, NULL, NULL },
	{ "comment", "<a@b (c)>", 0, "a@b", "a@b", "" },
	{ "nested comment", "<(a(b)c)a@b>", 0, "a@b", "a@b", "" },
	{ "comment, strict", "<a@b.c(c)>", STRICT, NULL, NULL, NULL },
	{ "open comment", "<(a@b>", 0, NULL, NULL, NULL },
	{ "blanks inside", "< a@b >", 0, "a@b", "a@b", "" },
	{ "blanks, strict", "< a@b.c >", STRICT, NULL, NULL, NULL },
	{ "two words", "<a b@c>", 0, NULL, NULL, NULL },
	{ "quoted", "<\"a b\"@c>", 0, "a b@c", "\"a b\"@c", "" },
	{ "quoted, strict", "<\"a b\"@c>", STRICT, "a b@c", "\"a b\"@c", "" },
	{ "needless quotes", "<\"ab\"@c>", 0, "ab@c", "ab@c", "" },
	{ "quote pairs", "<\"a\\\"b\\\\\"@c>", 0, "a\"b\\@c",
	    "\"a\\\"b\\\\\"@c", "" },
	{ "bracket in quotes", "<\"a>b\"@c> X", 0, "a>b@c", "\"a>b\"@c",
	    " X" },
	{ "open quote", "<\"a@c>", 0, NULL, NULL, NULL },
	{ "quote and word", "<\"a\"b@c>", 0, NULL, NULL, NULL },
	{ "backslash", "<a\\ b@c>", 0, "a b@c", "\"a b\"@c", "" },
	{ "backslash, strict", "<a\\b@c>", STRICT, NULL, NULL, NULL },
	{ "route", "<@x,@y:a@b>", 0, "a@b", "a@b", "" },
	{ "route, one", "<@x:a@b>", 0, "a@b", "a@b", "" },
	{ "route only", "<@x:>", 0, NULL, NULL, NULL },
	{ "no local part", "<@b>", 0, NULL, NULL, NULL },
	{ "no domain", "<a@>", 0, "a", "a", "" },
	{ "only at", "<@>", 0, NULL, NULL, NULL },
	{ "two at", "<a@b@c>", 0, "a@b@c", "\"a@b\"@c", "" },
	{ "two at together", "<a@@b>", 0, NULL, NULL, NULL },
	{ "two at at the end", "<a@@>", 0, NULL, NULL, NULL },
	{ "domain and at", "<a@b@>", 0, NULL, NULL, NULL },
	{ "escaped at at the end", "<a\\@>", 0, NULL, NULL, NULL },
	{ "two at, strict", "<a@b@c>", STRICT, NULL, NULL, NULL },
	{ "dots", "<.a..b.@c>", 0, ".a..b.@c", "\".a..b.\"@c", "" },
	{ "dots, strict", "<a..b@c>", STRICT, NULL, NULL, NULL },
	{ "dot first, strict", "<.a@c>", STRICT, NULL, NULL, NULL },
	{ "dot last, strict", "<a.@c>", STRICT, NULL, NULL, NULL },
	{ "postmaster", "<Postmaster>", STRICT, "Postmaster", "Postmaster",
	    "" },
	{ "empty local part", "<\"\"@c.example>", 0, "@c.example",
	    "\"\"@c.example", "" },
	{ "bare name", "<joe>", 0, "joe", "joe", "" },
	{ "bare name, strict", "<joe>", STRICT, "joe", "joe", "" },
	{ "literal", "<a@[1.2.3.4]>", STRICT, "a@[1.2.3.4]",
	    "a@[1.2.3.4]", "" },
	{ "literal 6", "<a@[IPv6:::1]>", STRICT, "a@[IPv6:::1]",
	    "a@[IPv6:::1]", "" },
	{ "strange literal", "<a@[foo]>", 0, "a@[foo]", "a@[foo]", "" },
	{ "strange literal, strict", "<a@[foo]>", STRICT, NULL, NULL, NULL },
	{ "at in a literal", "<a@[b@c]>", 0, NULL, NULL, NULL },
	{ "quote in a literal", "<a@[\"]>", 0, NULL, NULL, NULL },
	{ "behind a literal", "<a@[1.2.3.4]x>", 0, NULL, NULL, NULL },
	{ "literal as local part", "<[a]@b>", 0, NULL, NULL, NULL },
	{ "backslash in the domain", "<a@b\\c>", 0, NULL, NULL, NULL },
	{ "at in quotes", "<\"a@b\"@c>", 0, "a@b@c", "\"a@b\"@c", "" },
	{ "only in quotes", "<\"a@b\">", 0, NULL, NULL, NULL },
	{ "only in quotes, at", "<\"a@b\"@>", 0, NULL, NULL, NULL },
	{ "backslash and at", "<a\\@b>", 0, NULL, NULL, NULL },
	{ "quoted domain", "<a@\"b\">", 0, NULL, NULL, NULL },
	{ "list", "<a@b,c@d>", 0, NULL, NULL, NULL },
	{ "group", "<g:a@b;>", 0, NULL, NULL, NULL },
	{ "in two brackets", "<<a@b>>", 0, NULL, NULL, NULL },
	{ "bang and percent", "<a!b%c@d>", 0, "a!b%c@d", "a!b%c@d", "" },
	{ "control", "<a\001@b>", 0, NULL, NULL, NULL },
	{ "delete", "<a\177@b>", 0, NULL, NULL, NULL },
	{ "UTF-8", "<\303\244@b>", UTF8, "\303\244@b", "\303\244@b", "" },
	{ "UTF-8 refused", "<\303\244@b>", 0, NULL, NULL, NULL },
	{ "not UTF-8", "<\344@b>", UTF8, NULL, NULL, NULL },
	{ "8 bits", "<\344@b>", EIGHT, "\344@b", "\344@b", "" },
};

ATF_TC_WITHOUT_HEAD(paths);
ATF_TC_BODY(paths, tc)
{
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct view arg = view_of(cases[i].text);
		struct addr_path got = { NULL, NULL, false };
		const char *why = NULL;
		bool ok;

		ok = addr_path_parse(a, &arg, cases[i].flags, &got, &why);
		ATF_CHECK_EQ_MSG(cases[i].internal != NULL, ok, "%s: %s",
		    cases[i].label, ok ? got.internal : why);
		if (!ok) {
			ATF_CHECK_MSG(why != NULL, "%s", cases[i].label);
			ATF_CHECK_MSG(view_eq(arg, cases[i].text), "%s",
			    cases[i].label);
			continue;
		}
		ATF_CHECK_STREQ_MSG(cases[i].internal, got.internal, "%s",
		    cases[i].label);
		ATF_CHECK_STREQ_MSG(cases[i].external, got.external, "%s",
		    cases[i].label);
		ATF_CHECK_MSG(view_eq(arg, cases[i].rest), "%s: rest %.*s",
		    cases[i].label, (int)arg.n, arg.p);
		ATF_CHECK_EQ_MSG(cases[i].text[0] != '<' &&
		    cases[i].text[1] != '<', got.naked, "%s",
		    cases[i].label);
	}
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, paths);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/* header_test - addresses in headers: found, replaced, nothing else touched. */
#include <atf-c.h>
#include <string.h>

#include "address/address.h"
#include "base/buf.h"

struct seen {
	struct buf	 list;		/* internal forms, each with a '|' */
};

/* "old" and what is at old.example becomes new; the rest stays. */
static int
rewrite(void *arg, const struct addr_spec *spec, struct buf *out)
{
	struct seen *s = arg;

	buf_xprintf(&s->list, "%s|", spec->internal);
	if (strcmp(spec->internal, "stop@x") == 0)
		return (7);
	if (strcmp(spec->internal, "old") != 0 &&
	    strstr(spec->internal, "@old.example") == NULL)
		return (0);
	buf_xputs(out, "new@new.example");
	return (1);
}

static const struct {
	const char	*label, *in, *out, *seen;
} cases[] = {
	{ "one", "old", "new@new.example", "old|" },
	{ "blanks", "  old  ", "  new@new.example  ", "old|" },
	{ "two", "old, x@y", "new@new.example, x@y", "old|x@y|" },
	{ "name", "Joe Old <old> ", "Joe Old <new@new.example> ", "old|" },
	{ "quoted name", "\"old, <old>\" <a@old.example>",
	    "\"old, <old>\" <new@new.example>", "a@old.example|" },
	{ "comment", "old (old)", "new@new.example (old)", "old|" },
	{ "comment before", "(x, y) old", "(x, y) new@new.example", "old|" },
	{ "comment inside", "a @ (c) old.example (d)",
	    "new@new.example (d)", "a@old.example|" },
	{ "group", "old: old, x@y;, z", "old: new@new.example, x@y;, z",
	    "old|x@y|z|" },
	{ "empty group", "undisclosed-recipients:;",
	    "undisclosed-recipients:;", "" },
	{ "route", "<@a,@b:a@old.example>", "<new@new.example>",
	    "a@old.example|" },
	{ "folded", "old,\n\told\n (x)",
	    "new@new.example,\n\tnew@new.example\n (x)", "old|old|" },
	{ "empty items", ",, old ,", ",, new@new.example ,", "old|" },
	{ "null", "<>", "<>", "" },
	{ "words", "Joe Old", "Joe Old", "" },
	{ "quoted local part", "\"o l\"@old.example, \"a\\\"b\"@x",
	    "new@new.example, \"a\\\"b\"@x", "o l@old.example|a\"b@x|" },
	{ "literal", "a@[1.2.3.4], old", "a@[1.2.3.4], new@new.example",
	    "a@[1.2.3.4]|old|" },
	{ "open bracket", "x <old", "x <old", "" },
	{ "open comment", "old (x", "old (x", "" },
	{ "open quote", "old, \"x", "new@new.example, \"x", "old|" },
	{ "text behind", "<old> x, old", "<old> x, new@new.example", "old|" },
	{ "two brackets", "<old> <old>", "<old> <old>", "" },
	{ "close bracket", "old>, old", "old>, new@new.example", "old|" },
	{ "at only", "@, @x, old", "@, @x, new@new.example", "old|" },
	{ "backslash at the end", "old\\", "old\\", "" },
	{ "grown", "old, old, old, old, old, \"x, y\" <old>, z@z",
	    "new@new.example, new@new.example, new@new.example, "
	    "new@new.example, new@new.example,\n\t\"x, y\" "
	    "<new@new.example>, z@z", "old|old|old|old|old|old|z@z|" },
	{ "long, but as it was", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x, "
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x, y@y",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x, "
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x, y@y",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x|"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x|y@y|" },
	{ "nothing", "", "", "" },
};

static int
walk(const char *in, size_t tokens, struct buf *out, struct seen *s)
{
	buf_init(out, 1000);
	buf_init(&s->list, 1000);
	return (addr_list_each(view_of(in), tokens, rewrite, s, out));
}

ATF_TC_WITHOUT_HEAD(lists);
ATF_TC_BODY(lists, tc)
{
	struct buf out;
	struct seen s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_CHECK_EQ_MSG(ADDR_LIST_OK, walk(cases[i].in, 1000, &out,
		    &s), "%s", cases[i].label);
		ATF_CHECK_STREQ_MSG(cases[i].out, buf_str(&out), "%s",
		    cases[i].label);
		ATF_CHECK_STREQ_MSG(cases[i].seen, buf_str(&s.list), "%s",
		    cases[i].label);
		buf_fini(&out);
		buf_fini(&s.list);
	}
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct buf out;
	struct seen s;

	/* a , b , c: six tokens and one too many */
	ATF_CHECK_EQ(ADDR_LIST_CUT, walk("a, b, c, d", 6, &out, &s));
	ATF_CHECK_STREQ("a, b, c", buf_str(&out));
	buf_fini(&out);
	buf_fini(&s.list);
	ATF_CHECK_EQ(ADDR_LIST_OK, walk("a, b, c, d", 7, &out, &s));
	ATF_CHECK_STREQ("a, b, c, d", buf_str(&out));
	buf_fini(&out);
	buf_fini(&s.list);
	ATF_CHECK_EQ(ADDR_LIST_STOPPED, walk("a, stop@x, b", 9, &out, &s));
	ATF_CHECK_STREQ("a|stop@x|", buf_str(&s.list));
	buf_fini(&out);
	buf_fini(&s.list);
	buf_init(&out, 10);
	buf_init(&s.list, 1000);
	ATF_CHECK_EQ(ADDR_LIST_FULL, addr_list_each(view_of("01234567890"),
	    9, rewrite, &s, &out));
	buf_fini(&out);
	buf_fini(&s.list);
	/* Deep nesting is counted, not followed. */
	buf_init(&out, 300000);
	while (buf_putc(&out, '(') == 0)
		;
	buf_init(&s.list, 1000);
	ATF_CHECK_EQ(ADDR_LIST_OK, addr_list_each(buf_view(&out), 9, rewrite,
	    &s, NULL));
	ATF_CHECK_STREQ("", buf_str(&s.list));
	buf_fini(&out);
	buf_fini(&s.list);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lists);
	ATF_TP_ADD_TC(tp, limits);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/* Templates of notices: what is read, and what is refused. */
#include <atf-c.h>
#include <string.h>

#include "dsn/template.h"

#define HEAD	"From: a\nSubject: b\n"

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const struct {
		const char	*text, *why;
	} cases[] = {
		{ "x = <<E\n", "line 1: unknown template name" },
		{ "\n# c\nfailure_template\n", "line 3: expected \"name" },
		{ "failure_template = E\n", "line 1: expected \"<<\"" },
		{ "failure_template = <<\n", "line 1: there is no mark" },
		{ "failure_template = <<E\n" HEAD, "line 3: the end mark" },
		{ "failure_template = <<E\n" HEAD "\nx\nE x\n",
		    "the end mark is missing" },
		{ "failure_template = <<E\n" HEAD "\nE\n",
		    "line 5: template without text" },
		{ "failure_template = <<E\nFrom: \xc3\xbc\n\nx\nE\n",
		    "line 2: header that is not us-ascii" },
		{ "failure_template = <<E\nFrom:\n" , "line 2: header without" },
		{ "failure_template = <<E\n" HEAD
		    "Charset: a;b\n\nx\nE\n", "bad character in Charset:" },
		{ "failure_template = <<E\n" HEAD "\n\xc3\xbc\nE\n",
		    "not us-ascii" },
		{ "delay_template = <<E\n" HEAD "\nx\nE\njunk\n",
		    "line 7: expected" },
	};
	struct template all[TEMPLATE_KINDS];
	struct arena *a = arena_new(0);
	char why[160];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(all, template_builtin, sizeof(all));
		ATF_CHECK_EQ_MSG(-1, template_parse(view_of(cases[i].text), a,
		    all, why), "%s", cases[i].text);
		ATF_CHECK_MSG(strstr(why, cases[i].why) != NULL, "%s: %s",
		    cases[i].text, why);
		ATF_CHECK(memcmp(all, template_builtin, sizeof(all)) == 0);
	}
	ATF_CHECK_EQ(-1, template_parse((struct view){ "failure_template = "
	    "<<E\nFrom: a\0b\n", 34 }, a, all, why));
	ATF_CHECK_EQ(-1, template_parse((struct view){ "", TEMPLATE_FILE_MAX +
	    1 }, a, all, why));
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(accepted);
ATF_TC_BODY(accepted, tc)
{
	static const char file[] = "# c\n\ndelay_template=<<E\n"
	    "charset: utf-8\nFrom: a (b)\nSUBJECT: late\n"
	    "Postmaster-Subject: copy: late\n\nE x\n\xc3\xbc\nE\n"
	    "failure_template = <<EOF\r\n" HEAD "\nx\nEOF\n";
	struct template all[TEMPLATE_KINDS];
	struct arena *a = arena_new(0);
	struct buf out;
	char why[160];

	memcpy(all, template_builtin, sizeof(all));
	ATF_REQUIRE_EQ(0, template_parse(view_of(file), a, all, why));
	ATF_CHECK_STREQ("utf-8", all[TEMPLATE_DELAY].charset);
	ATF_CHECK_STREQ("a (b)", all[TEMPLATE_DELAY].from);
	ATF_CHECK_STREQ("late", all[TEMPLATE_DELAY].subject);
	ATF_CHECK_STREQ("copy: late", all[TEMPLATE_DELAY].postmaster_subject);
	ATF_CHECK_STREQ("E x\n\xc3\xbc\n", all[TEMPLATE_DELAY].body);
	ATF_CHECK_STREQ("us-ascii", all[TEMPLATE_FAILURE].charset);
	ATF_CHECK_STREQ(
	    template_builtin[TEMPLATE_FAILURE].postmaster_subject,
	    all[TEMPLATE_FAILURE].postmaster_subject);
	ATF_CHECK_STREQ("x\n", all[TEMPLATE_FAILURE].body);
	ATF_CHECK(all[TEMPLATE_SUCCESS].body ==
	    template_builtin[TEMPLATE_SUCCESS].body);
	buf_init(&out, 1000);
	ATF_REQUIRE_EQ(0, template_print(TEMPLATE_DELAY, &all[TEMPLATE_DELAY],
	    "text\n", &out));
	ATF_CHECK_STREQ("delay_template = <<EOF\nCharset: utf-8\n"
	    "From: a (b)\nSubject: late\nPostmaster-Subject: copy: late\n\n"
	    "text\nEOF\n", buf_str(&out));
	buf_fini(&out);
	arena_free(&a);
}

static const char *
value(void *arg, const char *name)
{
	return (strcmp(name, "host") == 0 ? arg : NULL);
}

ATF_TC_WITHOUT_HEAD(expand);
ATF_TC_BODY(expand, tc)
{
	static const struct {
		const char	*input, *want;
	} cases[] = {
		{ "$host.", "mx.test." },
		{ "${host}x$(host)", "mx.testxmx.test" },
		{ "$$host $$", "$host $" },
		{ "$ $", "$ $" },
		{ "${host ${}", "${host ${}" },
		{ "${host)", "${host)" },
		{ "a$none;b", "a;b" },
		{ "", "" },
	};
	char host[] = "mx.test";
	struct arena *a = arena_new(0);
	struct buf out;
	size_t i;

	buf_init(&out, 100);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		ATF_CHECK_EQ(0, template_expand(cases[i].input, a, value,
		    host, &out));
		ATF_CHECK_STREQ(cases[i].want, buf_str(&out));
	}
	buf_fini(&out);
	buf_init(&out, 5);
	ATF_CHECK_EQ(-1, template_expand("$host", a, value, host, &out));
	buf_fini(&out);
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, accepted);
	ATF_TP_ADD_TC(tp, expand);
	return (atf_no_error());
}

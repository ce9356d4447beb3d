/* SPDX-License-Identifier: ISC */
/* maincf_test - logical lines, assignments, and errors with their places. */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "conf/conf.h"
#include "conf/maincf.h"

static char warned[4096];

static void
sink(enum log_level level, const char *line, size_t n)
{
	size_t at = strlen(warned);

	(void)level;
	(void)snprintf(warned + at, sizeof(warned) - at, "%.*s\n", (int)n,
	    line);
}

/* Load a main.cf with this text, from the directory of the test. */
static struct conf *
load(struct arena *a, struct view text, struct conf_error *e)
{
	FILE *f = fopen("main.cf", "w");

	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE_EQ(text.n, fwrite(text.p, 1, text.n, f));
	ATF_REQUIRE_EQ(0, fclose(f));
	warned[0] = '\0';
	log_open("test", sink);
	return (conf_load(a, ".", e));
}

ATF_TC_WITHOUT_HEAD(lines);
ATF_TC_BODY(lines, tc)
{
	static const struct {
		const char *label, *text, *want;	/* of "x" */
	} cases[] = {
		{ "plain", "x = 1\n", "1" },
		{ "no blanks", "x=1\n", "1" },
		{ "no newline", "x = 1", "1" },
		{ "blanks around", "x \t =  1 2 \t\n", "1 2" },
		{ "empty", "x =\n", "" },
		{ "equal sign in value", "x = a=b\n", "a=b" },
		{ "number sign in value", "x = #a #b\n", "#a #b" },
		{ "comment before", "# y\n\nx = 1\n", "1" },
		{ "comment after blanks", "  # y\nx = 1\n", "1" },
		{ "continued", "x = a,\n  b\n\tc\n", "a,  b\tc" },
		{ "continued over a comment", "x = a\n# c\n b\n", "a b" },
		{ "continued over blanks and empty lines",
		    "x = a\n  # c\n\n   \n b\n", "a b" },
		{ "comment ends nothing", "x = a\n#\ny = b\n", "a" },
		{ "value on the next line", "x =\n a\n", "a" },
		{ "name on the first line", "x\n = a\n", "a" },
		{ "last wins", "x = 1\nx = 2\n", "2" },
		{ "carriage return", "x = 1\r\ny = 2\r\n", "1" },
		{ "indented first line is ignored", " y = 1\nx = 2\n", "2" },
		{ "case counts", "X = 1\nx = 2\n", "2" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new(0);
		struct conf_error e = { "" };
		struct conf *c = load(a, view_of(cases[i].text), &e);

		if (c == NULL)
			atf_tc_fail_nonfatal("%s: %s", cases[i].label, e.text);
		else
			ATF_CHECK_STREQ_MSG(cases[i].want, conf_raw(c, "x"),
			    "%s", cases[i].label);
		arena_free(&a);
	}
}

ATF_TC_WITHOUT_HEAD(warnings);
ATF_TC_BODY(warnings, tc)
{
	struct arena *a = arena_new(0);
	struct conf_error e;

	ATF_REQUIRE(load(a, view_of("a = 1\nb = 2\na = 3\n"), &e) != NULL);
	ATF_CHECK_STREQ("warning: ./main.cf, line 3: overriding earlier "
	    "entry: a=1\n", warned);
	ATF_REQUIRE(load(a, view_of("\n\n a = 1\nb = 2\n"), &e) != NULL);
	ATF_CHECK_STREQ("warning: ./main.cf, line 3: logical line must not "
	    "start with whitespace: \" a = 1\"\n", warned);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(mistakes);
ATF_TC_BODY(mistakes, tc)
{
	static const struct {
		const char *label;
		struct view text;
		const char *part;
	} cases[] = {
		{ "no equal sign", VIEW("a = 1\n\nfoo\n"),
		    "./main.cf, line 3: missing '=' after attribute name: "
		    "\"foo\"" },
		{ "two names", VIEW("a b = 1\n"),
		    "./main.cf, line 1: missing '=' after attribute name" },
		{ "no name", VIEW("= 1\n"),
		    "./main.cf, line 1: missing attribute name" },
		{ "no name, continued", VIEW("# c\n=\n 1\n"),
		    "./main.cf, line 2: missing attribute name" },
		{ "NUL", VIEW("\na = 1\n b\0002\n"),
		    "./main.cf, line 2: expected text, found a NUL byte" },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf_error e = { "" };

		ATF_CHECK_MSG(load(a, cases[i].text, &e) == NULL,
		    "%s: accepted", cases[i].label);
		ATF_CHECK_MSG(strstr(e.text, cases[i].part) != NULL,
		    "%s: %s", cases[i].label, e.text);
	}
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct arena *a = arena_new(0);
	struct conf_error e = { "" };
	struct buf b;
	size_t i;

	buf_init(&b, 8 * 1024 * 1024);
	buf_xputs(&b, "a = ");
	while (b.n < CONF_LINE_MAX)
		buf_xputs(&b, "x");
	ATF_CHECK(load(a, buf_view(&b), &e) != NULL);
	buf_xputs(&b, "x");
	ATF_CHECK(load(a, buf_view(&b), &e) == NULL);
	ATF_CHECK_MSG(strstr(e.text, "line 1: expected a line of at most") !=
	    NULL, "%s", e.text);
	buf_reset(&b);
	for (i = 0; i <= CONF_NAMES_MAX; i++)
		buf_xprintf(&b, "a%zu = 1\n", i);
	ATF_CHECK(load(a, buf_view(&b), &e) == NULL);
	ATF_CHECK_MSG(strstr(e.text, "line 10001: expected at most 10000") !=
	    NULL, "%s", e.text);
	buf_reset(&b);
	while (b.n <= CONF_FILE_MAX)
		buf_xputs(&b, "# comment comment comment\n");
	ATF_CHECK(load(a, buf_view(&b), &e) == NULL);
	ATF_CHECK_MSG(strstr(e.text, "expected a file of at most") != NULL,
	    "%s", e.text);
	buf_reset(&b);
	for (i = 0; i <= CONF_NAME_MAX; i++)
		buf_xputs(&b, "n");
	buf_xputs(&b, " = 1\n");
	ATF_CHECK(load(a, buf_view(&b), &e) == NULL);
	ATF_CHECK_MSG(strstr(e.text, "name is too long") != NULL, "%s",
	    e.text);
	buf_fini(&b);
	ATF_CHECK(conf_load(a, "/no/such/directory", &e) == NULL);
	ATF_CHECK_STREQ("open /no/such/directory/main.cf: No such file or "
	    "directory", e.text);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(places);
ATF_TC_BODY(places, tc)
{
	static const struct {
		const char *label, *text, *want;
	} cases[] = {
		{ "number", "# c\nhopcount_limit = many\n",
		    "./main.cf, line 2: hopcount_limit = many: expected a "
		    "number from 1 to 2147483647" },
		{ "by way of another", "a = 0\nhopcount_limit = $a\n",
		    "./main.cf, line 2: hopcount_limit = 0: expected a "
		    "number from 1 to 2147483647" },
		{ "expansion", "\nmail_name = ${x\n",
		    "./main.cf, line 2: mail_name = ${x: truncated macro "
		    "reference at \"{x\"" },
		{ "default", "default_process_limit = 0\n",
		    "./main.cf, line 1: default_process_limit = 0: expected "
		    "a number from 1 to 2147483647" },
	};
	static struct params p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new(0);
		struct conf_error e = { "" };
		struct conf *c = load(a, view_of(cases[i].text), &e);

		ATF_REQUIRE_MSG(c != NULL, "%s", e.text);
		ATF_CHECK_EQ(-1, conf_params(c, CONF_EVERYTHING, &p, &e));
		ATF_CHECK_STREQ_MSG(cases[i].want, e.text, "%s",
		    cases[i].label);
		arena_free(&a);
	}
}

ATF_TC_WITHOUT_HEAD(overlay);
ATF_TC_BODY(overlay, tc)
{
	struct arena *a = arena_new(0);
	struct conf_error e;
	struct conf *c = load(a, view_of("mail_name = M\n"
	    "smtpd_banner = $mail_name $x\nx = y\n"), &e), *o;
	static struct params p;

	ATF_REQUIRE(c != NULL);
	o = conf_overlay(a, c, "master.cf: line 7");
	conf_set(o, "x", "z");
	ATF_CHECK_STREQ("M y", conf_eval(c, "smtpd_banner", &e));
	ATF_CHECK_STREQ("M z", conf_eval(o, "smtpd_banner", &e));
	ATF_CHECK_STREQ(".", conf_eval(o, "config_directory", &e));
	ATF_CHECK(conf_is_set(o, "mail_name"));
	ATF_CHECK(!conf_is_set(o, "myorigin"));
	conf_set(o, "smtpd_timeout", "soon");
	ATF_CHECK_EQ(-1, conf_params(o, conf_role_mask("smtpd"), &p, &e));
	ATF_CHECK_STREQ("master.cf: line 7: smtpd_timeout = soon: expected a "
	    "time: a number and one of s, m, h, d or w", e.text);
	/* A role that does not read it does not mind. */
	ATF_CHECK_EQ(0, conf_params(o, conf_role_mask("qmgr"), &p, &e));
	ATF_CHECK_EQ(NULL, p.smtpd_banner);
	ATF_CHECK_STREQ("M", p.mail_name);
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lines);
	ATF_TP_ADD_TC(tp, warnings);
	ATF_TP_ADD_TC(tp, mistakes);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, places);
	ATF_TP_ADD_TC(tp, overlay);
	return (atf_no_error());
}

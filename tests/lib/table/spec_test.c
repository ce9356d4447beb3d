/* SPDX-License-Identifier: ISC */
/* spec_test - which files a value needs. */
#include <sys/stat.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "table/spec.h"

static int
collect(void *arg, const struct spec *s)
{
	static const char kinds[] = "FNPRU";

	buf_xprintf(arg, "%c %s", kinds[s->kind], s->id);
	if (s->path != NULL)
		buf_xprintf(arg, " %s", s->path);
	buf_xputs(arg, ";");
	return (strcmp(s->id, "static:stop") == 0 ? 5 : 0);
}

static const struct {
	const char	*value;
	bool		 lists;
	const char	*dflt, *want;
} cases[] = {
	{ "", true, NULL, "" },
	{ "a.b, c", true, NULL, "" },
	{ "cdb:/etc/x", false, NULL, "F cdb:/etc/x /etc/x.cdb;" },
	{ "hash:/a, btree:/b", false, NULL,
	    "F hash:/a /a.cdb;F btree:/b /b.cdb;" },
	{ "texthash:/x regexp:/y", false, NULL,
	    "F texthash:/x /x;F regexp:/y /y;" },
	{ "pcre:{{/a/ b}} cidr:{{::/0 x}}", false, NULL,
	    "N pcre:{{/a/ b}};N cidr:{{::/0 x}};" },
	{ "static:x,inline:{a=b}", false, NULL,
	    "N static:x;N inline:{a=b};" },
	{ "unionmap:{cdb:/a, pipemap:{texthash:/b,static:c}}", false, NULL,
	    "N unionmap:{cdb:/a, pipemap:{texthash:/b,static:c}};"
	    "F cdb:/a /a.cdb;N pipemap:{texthash:/b,static:c};"
	    "F texthash:/b /b;N static:c;" },
	{ "{ check_x_access cdb:/a }, permit", false, NULL,
	    "F cdb:/a /a.cdb;" },
	{ "proxy:pgsql:/a mysql:/b", false, NULL,
	    "R proxy:pgsql:/a;R mysql:/b;" },
	{ "smtp:[host]:25", false, NULL, "U smtp:[host]:25;" },
	{ "!cdb:/a, ! cdb:/b", true, NULL,
	    "F cdb:/a /a.cdb;F cdb:/b /b.cdb;" },
	{ "/file !/g", true, NULL, "P /file /file;P /g /g;" },
	{ "/file", false, NULL, "" },
	{ "/file", true, "cdb", "F cdb:/file /file.cdb;" },
	{ "1.2.3.4 [::1]:25 fe80::1 ::1", true, NULL, "U fe80::1;" },
	{ "cdb: :x", false, NULL, "" },
	{ "{ { { static:a } } }", false, NULL, "N static:a;" },
};

ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	struct arena *a = arena_new(0);
	struct buf got;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&got, 1000);
		ATF_CHECK_EQ_MSG(0, spec_scan(a, cases[i].value,
		    cases[i].lists, cases[i].dflt, collect, &got), "%s",
		    cases[i].value);
		ATF_CHECK_STREQ(cases[i].want, buf_str(&got));
		buf_fini(&got);
	}
	buf_init(&got, 1000);
	ATF_CHECK_EQ(5, spec_scan(a, "static:stop static:b", false, NULL,
	    collect, &got));
	ATF_CHECK_STREQ("N static:stop;", buf_str(&got));
	buf_fini(&got);
	arena_free(&a);
}

static int
nothing(void *arg, const struct spec *s)
{
	(void)arg;
	(void)s;
	return (0);
}

ATF_TC_WITHOUT_HEAD(depth);
ATF_TC_BODY(depth, tc)
{
	struct arena *a = arena_new(0);
	struct buf text;
	size_t i;

	buf_init(&text, 1000000);
	for (i = 0; i < 100000; i++)
		buf_xputs(&text, "unionmap:");
	buf_xputs(&text, "static:x");
	ATF_CHECK_EQ(-1, spec_scan(a, buf_str(&text), false, NULL, nothing,
	    NULL));
	buf_reset(&text);
	for (i = 0; i < 1000; i++)
		buf_xputs(&text, "{");
	for (i = 0; i < 1000; i++)
		buf_xputs(&text, "}");
	ATF_CHECK_EQ(-1, spec_scan(a, buf_str(&text), false, NULL, nothing,
	    NULL));
	buf_fini(&text);
	arena_free(&a);
}

static void
touch(const char *name, time_t when)
{
	const struct timespec ts[2] = { { when, 0 }, { when, 0 } };
	int fd = open(name, O_WRONLY | O_CREAT, 0644);

	ATF_REQUIRE(fd != -1 && futimens(fd, ts) == 0 && close(fd) == 0);
}

ATF_TC_WITHOUT_HEAD(stale);
ATF_TC_BODY(stale, tc)
{
	struct arena *a = arena_new(0);
	struct spec s;

	ATF_REQUIRE(spec_parse(a, view_of("hash:src"), &s));
	ATF_CHECK(!spec_is_stale(&s));	/* nothing to make it of */
	touch("src", 1000);
	ATF_CHECK(spec_is_stale(&s));
	touch("src.cdb", 1000);
	ATF_CHECK(!spec_is_stale(&s));
	touch("src", 1001);
	ATF_CHECK(spec_is_stale(&s));
	touch("src.cdb", 2000);
	ATF_CHECK(!spec_is_stale(&s));
	ATF_REQUIRE(spec_parse(a, view_of("texthash:src"), &s));
	ATF_CHECK(!spec_is_stale(&s));
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, depth);
	ATF_TP_ADD_TC(tp, stale);
	return (atf_no_error());
}

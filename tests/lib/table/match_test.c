/* SPDX-License-Identifier: ISC */
/* match_test - match lists. */
#include <atf-c.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "source.h"
#include "table/match.h"

enum kind { STRING, DOMAIN, ADDR, HOST };

static const struct {
	const char	*list;
	unsigned	 flags;
	enum kind	 kind;
	const char	*what;	/* HOST: the name; the address is 10.1.2.3 */
	int		 want;
} cases[] = {
	{ "a.b, c", 0, DOMAIN, "a.b", 1 },
	{ "a.b, c", 0, DOMAIN, "A.B", 1 },
	{ "a.b, c", 0, DOMAIN, "x.a.b", 0 },
	{ "a.b, c", MATCH_PARENT, DOMAIN, "x.a.b", 1 },
	{ "a.b, c", MATCH_PARENT, DOMAIN, "xa.b", 0 },
	{ ".a.b", 0, DOMAIN, "x.a.b", 1 },
	{ ".a.b", 0, DOMAIN, "a.b", 0 },
	{ ".a.b", MATCH_PARENT, DOMAIN, "x.a.b", 0 },
	{ "!x.a.b .a.b", 0, DOMAIN, "x.a.b", 0 },
	{ "!x.a.b .a.b", 0, DOMAIN, "y.a.b", 1 },
	{ "! x.a.b, .a.b", 0, DOMAIN, "x.a.b", 0 },
	{ "!!a.b", 0, DOMAIN, "a.b", 1 },
	{ "", 0, DOMAIN, "a.b", 0 },
	{ "inline:{a.b=x}", 0, DOMAIN, "a.b", 1 },
	{ "inline:{a.b=x}", 0, DOMAIN, "c.a.b", 0 },
	{ "inline:{.a.b=x}", 0, DOMAIN, "c.a.b", 1 },
	{ "inline:{a.b=x}", MATCH_PARENT, DOMAIN, "d.c.a.b", 1 },
	{ "regexp:{{/^a.b$/ x}}", MATCH_PARENT, DOMAIN, "c.a.b", 0 },
	{ "!inline:{a.b=x} static:all", 0, DOMAIN, "a.b", 0 },
	{ "!inline:{a.b=x} static:all", 0, DOMAIN, "b.b", 1 },
	{ "fail:x", 0, DOMAIN, "a.b", -1 },
	{ "a.b fail:x", 0, DOMAIN, "a.b", 1 },
	{ "cdb:m", 0, DOMAIN, "in.cdb", 1 },
	{ "FILE", 0, DOMAIN, "f1", 1 },
	{ "FILE", 0, DOMAIN, "f2", 0 },
	{ "!FILE, static:all", 0, DOMAIN, "f1", 0 },
	{ "!FILE, static:all", 0, DOMAIN, "f2", 1 },
	{ "!FILE, static:all", 0, DOMAIN, "f3", 1 },
	{ "10.0.0.0/8", 0, ADDR, "10.1.2.3", 1 },
	{ "10.0.0.0/8", 0, ADDR, "11.1.2.3", 0 },
	{ "10.0.0.0/8", 0, ADDR, "::ffff:10.1.2.3", 0 },
	{ "!10.1.0.0/16, 10.0.0.0/8", 0, ADDR, "10.1.2.3", 0 },
	{ "1.2.3.4", 0, ADDR, "1.2.3.4", 1 },
	{ "[2001:db8::]/32", 0, ADDR, "2001:DB8:1::5", 1 },
	{ "[2001:db8::1]", 0, ADDR, "2001:db8:0::1", 1 },
	{ "2001:db8::1", 0, ADDR, "2001:db8:0::1", 1 },
	{ "[::1]/128 [fe80::]/10", 0, ADDR, "fe80::1", 1 },
	{ "0.0.0.0/0", 0, ADDR, "1.2.3.4", 1 },
	{ "0.0.0.0/0", 0, ADDR, "::1", 0 },
	{ "cidr:{{10.0.0.0/8 x}}", 0, ADDR, "10.1.2.3", 1 },
	{ "inline:{10.1.2.3=x}", 0, ADDR, "10.1.2.3", 1 },
	{ "host.name", 0, ADDR, "10.1.2.3", 0 },
	{ "10.0.0.0/8", 0, ADDR, "nonsense", 0 },
	{ "host.name", 0, HOST, "host.name", 1 },
	{ "10.1.0.0/16", 0, HOST, "host.name", 1 },
	{ "!host.name, 10.1.0.0/16", 0, HOST, "host.name", 0 },
	{ "10.2.0.0/16", 0, HOST, "host.name", 0 },
	{ "a, B", 0, STRING, "b", 1 },
	{ ".b", 0, STRING, "a.b", 0 },
	{ "inline:{b=1}", MATCH_PARENT, STRING, "a.b", 0 },
};

static char path[PATH_MAX + 10];

/* A match list names its files by their whole path. */
static void
here(const char *name)
{
	char dir[PATH_MAX];

	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
}

/* The list with FILE replaced by the path of the pattern file. */
static const char *
with_file(struct arena *a, const char *list)
{
	const char *at = strstr(list, "FILE");

	if (at == NULL)
		return (list);
	return (arena_printf(a, "%.*s%s%s", (int)(at - list), list, path,
	    at + 4));
}

ATF_TC_WITHOUT_HEAD(lists);
ATF_TC_BODY(lists, tc)
{
	struct arena *a = arena_new(0);
	size_t i;

	source_init();
	here("pat");
	source_file("pat", "# comment\nf1\n!f2,\n  f3x\n");
	source_index("m", "in.cdb x\n");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *err = NULL, *what = cases[i].what;
		struct match *m;
		int rc = -9;

		m = match_open(a, "test_list", with_file(a, cases[i].list),
		    cases[i].flags, 0, &source, &err);
		ATF_REQUIRE_MSG(m != NULL, "%s: %s", cases[i].list, err);
		switch (cases[i].kind) {
		case STRING:
			rc = match_string(m, what);
			break;
		case DOMAIN:
			rc = match_domain(m, what);
			break;
		case ADDR:
			rc = match_addr(m, what);
			break;
		case HOST:
			rc = match_host(m, what, "10.1.2.3");
			break;
		}
		ATF_CHECK_EQ_MSG(cases[i].want, rc, "%s in %s (%u): %d", what,
		    cases[i].list, cases[i].flags, rc);
	}
	tables_close(&source);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const struct {
		const char *list, *why;
	} bad[] = {
		{ "10.0.0.1/8", "test_list: non-null host address bits" },
		{ "10.0.0.0/33", "test_list: bad mask length" },
		{ "[::1", "test_list: bad address pattern" },
		{ "1.2.3", "test_list: bad address pattern" },
		{ "2001:db8::g/32", "test_list: " },
		{ "/no/such/file", "open file /no/such/file: No such" },
		{ "nosuch:table", "unsupported dictionary type" },
		{ "cdb:nofile", "open database nofile.cdb" },
		{ "a !", "no pattern behind" },
	};
	struct arena *a = arena_new(0);
	size_t i;

	source_init();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *err = "";

		ATF_CHECK_MSG(match_open(a, "test_list", bad[i].list,
		    MATCH_WARN_ADDR, 0, &source, &err) == NULL, "%s",
		    bad[i].list);
		ATF_CHECK_MSG(strstr(err, bad[i].why) != NULL, "%s: %s",
		    bad[i].list, err);
	}
	tables_close(&source);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(file_in_itself);
ATF_TC_BODY(file_in_itself, tc)
{
	struct arena *a = arena_new(0);
	const char *err = "";

	source_init();
	here("self");
	source_file("self", path);
	ATF_CHECK(match_open(a, "t", path, 0, 0, &source, &err) == NULL);
	ATF_CHECK(strstr(err, "nested too deep") != NULL);
	ATF_CHECK_EQ(MATCH_PARENT, match_parent_flag("a, relay_domains b",
	    "relay_domains"));
	ATF_CHECK_EQ(0, match_parent_flag("a, relay_domains b", "relay"));
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lists);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, file_in_itself);
	return (atf_no_error());
}

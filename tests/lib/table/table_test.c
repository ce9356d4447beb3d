/* SPDX-License-Identifier: ISC */
/* table_test - each type of table: what it answers, what it refuses. */
#include <atf-c.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "source.h"

#define NF	NULL		/* not found */
#define ERR	"(error)"	/* a lookup that fails */
#define BAD	"(bad)"		/* a table that can not be opened */

static const struct {
	const char	*spec, *key, *want;
	unsigned	 flags;
	const char	*log;	/* part of the log, or of the error */
} cases[] = {
	{ "cdb:x", "key1", "value one", 0, NULL },
	{ "cdb:x", "KEY2", NF, TABLE_NOFOLD, NULL },
	{ "cdb:x", "Key2", "value  continued", 0, NULL },
	{ "hash:x", "key1", "value one", 0, NULL },
	{ "btree:x", "key1", "value one", 0, NULL },
	{ "cdb:x", "nokey", NF, 0, NULL },
	{ "cdb:x", "", NF, 0, NULL },
	{ "cdb:x", "key2", "value  continued", TABLE_NOFOLD, NULL },
	{ "cdb:x", "key1", NF, TABLE_NUL, NULL },
	{ "cdb:x", "key1", "value one", TABLE_NONUL, NULL },
	{ "cdb:none", "key1", BAD, 0, "open database none.cdb: No such" },
	{ "cdb:", "a", BAD, 0, "expecting \"type:name\"" },
	{ "x", "a", BAD, 0, "expecting \"type:name\"" },
	{ "nosuch:x", "a", BAD, 0, "unsupported dictionary type: nosuch" },
	{ "pgsql:x", "a", BAD, 0, "served by proxymap" },
	{ "texthash:x", "key1", "value one", 0,
	    "x, line 4: duplicate entry: \"key1\"" },
	{ "texthash:x", "key1", "dup", TABLE_DUP_LAST, NULL },
	{ "texthash:x", "\"a b\"", "c", 0, NULL },
	{ "texthash:x", "KEY2", "value  continued", 0, NULL },
	{ "texthash:x", "KEY2", "value  continued", TABLE_NOFOLD, NULL },
	{ "texthash:x", "key2", NF, TABLE_NOFOLD, NULL },
	{ "texthash:x", "lonely", NF, 0, "x, line 7: expected format" },
	{ "texthash:u", "\303\244b", "v", TABLE_UTF8,
	    "u, line 2: non-UTF-8 input \"b" },
	{ "texthash:u", "\303\204B", "v", TABLE_UTF8, NULL },
	{ "texthash:u", "\303\204B", "v", 0, NULL },
	{ "texthash:u", "\303\244B", NF, 0, NULL },
	{ "texthash:u", "\377", NF, TABLE_UTF8, "non-UTF-8 key" },
	{ "inline:{ k=v, {k2 = v two} }", "k", "v", 0, NULL },
	{ "inline:{ k=v, {k2 = v two} }", "K2", "v two", 0, NULL },
	{ "inline:{k=v, k=w}", "k", "w", 0, NULL },
	{ "inline:{ {k = {v}} }", "k", "{v}", 0, NULL },
	{ "inline:{}", "k", BAD, 0, "need \"inline:{name=value...}\"" },
	{ "inline:{ k v }", "k", BAD, 0, "missing '='" },
	{ "inline:k=v", "k", BAD, 0, "bad syntax" },
	{ "static:x", "any", "x", 0, NULL },
	{ "static:{ a b }", "any", "a b", 0, NULL },
	{ "static:{a", "any", BAD, 0, "missing '}'" },
	{ "static:{a}b", "any", BAD, 0, "syntax error after '}'" },
	{ "fail:x", "any", ERR, 0, "fail:x" },
	{ "unionmap:{inline:{k=1},inline:{k=2}}", "k", "1,2", 0, NULL },
	{ "unionmap:{inline:{k=1},inline:{j=2}}", "J", "2", 0, NULL },
	{ "unionmap:{inline:{k=1},inline:{j=2}}", "z", NF, 0, NULL },
	{ "unionmap:{static:a,fail:x}", "k", ERR, 0, NULL },
	{ "unionmap:{foo}", "k", BAD, 0, "need \"unionmap:{type:name...}\"" },
	{ "unionmap:{}", "k", BAD, 0, "bad syntax" },
	{ "unionmap:{cdb:none}", "k", BAD, 0, "none.cdb" },
	{ "pipemap:{inline:{a=b},inline:{b=c}}", "a", "c", 0, NULL },
	{ "pipemap:{inline:{a=b},inline:{b=c}}", "b", NF, 0, NULL },
	{ "pipemap:{inline:{a=b},inline:{a=b}}", "a", NF, 0, NULL },
	{ "pipemap:{inline:{a=b},fail:x}", "a", ERR, 0, NULL },
	/* one table twice: its answer is its own next key */
	{ "pipemap:{inline:{a=b,b=c},inline:{a=b,b=c}}", "a", "c", 0, NULL },
	{ "pipemap:{regexp:{{/(.*)x/ $1}},regexp:{{/(.*)x/ $1}}}", "abxx",
	    "ab", 0, NULL },
	{ "randmap:{one}", "k", "one", 0, NULL },
	{ "randmap:{}", "k", BAD, 0, "need \"randmap:{value...}\"" },
	{ "cidr:c", "10.1.2.3", "ten", 0,
	    "line 3: non-null host address bits in \"10.1.1.1/24\", perhaps "
	    "you should use \"10.1.1.0/24\" instead" },
	{ "cidr:c", "10.200.2.3", "ten", 0, "bad address pattern: \"300" },
	{ "cidr:c", "2001:DB8:1::2", "six", 0, "bad mask length" },
	{ "cidr:c", "192.168.1.1", "inner", 0, "ENDIF without IF" },
	{ "cidr:c", "192.168.2.1", NF, 0, "no lookup result" },
	{ "cidr:c", "11.1.1.1", "not192", 0, NULL },
	{ "cidr:c", "3000::1", NF, 0, NULL },
	{ "cidr:c", "[2001:db8::1]", NF, 0, NULL },
	{ "cidr:c", "host.example", NF, 0, NULL },
	{ "cidr:{ {1.2.3.4 x}, {0/0 y} }", "1.2.3.4", "x", 0,
	    "bad network value" },
	{ "cidr:{ 1.2.3.4 x }", "1.2.3.4", BAD, 0, "no '{' at start" },
	{ "cidr:{{1.2.3.4 x}{::1 y}}", "::1", BAD, 0,
	    "syntax error after '}'" },
	{ "cidr:{{[::1] x}}", "::1", "x", 0, NULL },
	{ "cidr:{{[::]/1 x}}", "1::1", "x", 0, NULL },
	{ "regexp:r", "abc", "got b", 0, NULL },
	{ "regexp:r", "ABC", "got B", 0, NULL },
	{ "regexp:r", "Bq", "case q.", 0, "no closing regexp delimiter" },
	{ "regexp:r", "cost", "$cost", 0, "unknown regexp option \"q\"" },
	{ "regexp:r", "xneg", NF, 0, "$number found in negative match" },
	{ "regexp:r", "zz", "negval", 0, "out of range replacement index" },
	{ "regexp:{{/a(.)c/ $1}}", "abc", NF, TABLE_NOSUB,
	    "substitution is not allowed" },
	{ "regexp:{{/a(b)?c/ x$(1)y}}", "ac", "xy", 0, NULL },
	{ "regexp:{{/a(b)?c/ x$1y}}", "abc", NF, 0, "bad replacement" },
	{ "regexp:{{/a/i x}}", "A", NF, 0, NULL },
	{ "regexp:{{!!/a/ x}}", "a", "x", 0, NULL },
	{ "regexp:{{/a\\/c/ x}}", "a/c", "x", 0, NULL },
	{ "regexp:{{|a| x}}", "bab", "x", 0, NULL },
	{ "regexp:{{/a[/ x}}", "a", NF, 0, "skipping this rule" },
	/* few bytes that would be many when they are written out */
	{ "regexp:{{/a++++++++++++++++++++++/ x}}", "a", NF, 0,
	    "pattern is too large: skipping this rule" },
	{ "regexp:{{/((a{99}){99}){99}/ x}}", "a", NF, 0, "too large" },
	{ "regexp:{{/a++++++++++++++++++++++/x x}}",
	    "a++++++++++++++++++++++", "x", 0, NULL },
	{ "regexp:{{/^[[:alnum:]+(]+x{2,3}\\++(a{2,})*$/ x}}", "a(xx++aaa",
	    "x", 0, NULL },
	/* what a wrong IF hides stays hidden */
	{ "regexp:{{if /a[/} {/b/ free} {endif} {/b/ bound}}", "b", "bound",
	    0, NULL },
	{ "regexp:{{if /a/} {/b/ in}}", "ab", "in", 0, "no matching ENDIF" },
	{ "regexp:{{if /a/} {if !/b/} {/c/ 1} {endif} {/c/ 2} {endif} "
	    "{/c/ 3}}", "abc", "2", 0, NULL },
	{ "regexp:{{if /a/} {if !/b/} {/c/ 1} {endif} {/c/ 2} {endif} "
	    "{/c/ 3}}", "ac", "1", 0, NULL },
	{ "regexp:{{if /a/} {if !/b/} {/c/ 1} {endif} {/c/ 2} {endif} "
	    "{/c/ 3}}", "c", "3", 0, NULL },
	{ "pcre:{{/^(\\w+)@(?:foo)$/ user=$1}}", "joe@foo", "user=joe", 0,
	    NULL },
	{ "pcre:{{/a.c/ x}}", "A\nC", "x", 0, NULL },
	{ "pcre:{{/a.c/s x}}", "A\nC", NF, 0, NULL },
	{ "pcre:{{/a b/x x}}", "ab", "x", 0, NULL },
	{ "pcre:{{/a(b)?c/ x${1}y}}", "ac", "xy", 0, NULL },
	{ "pcre:{{/b/A x}}", "ab", NF, 0, NULL },
	{ "pcre:{{/(a+)/U $1}}", "aaa", "a", 0, NULL },
	{ "pcre:{{/^.$/ one}}", "\303\244", "one", TABLE_UTF8, NULL },
	{ "pcre:{{/^.$/ one}}", "\303\244", NF, 0, NULL },
	{ "pcre:{{/a[/ x}}", "a", NF, 0, "error in regex at offset" },
	{ "pcre:{{/(a+)+$/ x}}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
	    ERR, 0, "match limit exceeded" },
};

static const char text_x[] = "key1 value one\nKEY2 value\n  continued\n"
    "key1 dup\n# comment\n\"a b\" c\nlonely\n";
static const char text_c[] = "10.0.0.0/8  ten\n!192.168.0.0/16 not192\n"
    "10.1.1.1/24 x\n300.1.1.1 bad\n1.2.3.4/33 bad\n2001:db8::/32 six\n"
    "if 192.168.0.0/16\n192.168.1.0/24 inner\nendif\nendif\n1.2.3.5\n";
static const char text_r[] = "/^a(.)c/ got $1\n/noend x\nnodelim y\n"
    "/x/q val\nif /^B/\n/b(.*)/ case $1.\nendif\n/cost/ $$cost\n"
    "/a(b)d/ $2\n!/neg(.)/ v $1\n!/neg/ negval\n";

static void
check(struct arena *a, size_t i)
{
	const char *value = NULL, *err = NULL, *got;
	struct table *t;
	int rc;

	source_log[0] = '\0';
	t = table_open(a, cases[i].spec, cases[i].flags, &source, &err);
	if (t == NULL)
		got = BAD;
	else {
		rc = table_lookup(t, cases[i].key, &value);
		got = rc == -1 ? ERR : rc == 0 ? NF : value;
	}
	ATF_CHECK_MSG(got == cases[i].want || (got != NULL &&
	    cases[i].want != NULL && strcmp(got, cases[i].want) == 0),
	    "%s (%#x) of %s: %s, not %s", cases[i].spec, cases[i].flags,
	    cases[i].key, got, cases[i].want);
	if (cases[i].log != NULL)
		ATF_CHECK_MSG(strstr(err != NULL ? err : source_log,
		    cases[i].log) != NULL, "%s: says %s", cases[i].spec,
		    err != NULL ? err : source_log);
	tables_close(&source);
}

ATF_TC_WITHOUT_HEAD(lookups);
ATF_TC_BODY(lookups, tc)
{
	struct arena *a = arena_new(0);
	size_t i;

	source_init();
	source_index("x", text_x);
	source_file("u", "\303\204B v\nb\377 w\n");
	source_file("c", text_c);
	source_file("r", text_r);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(a, i);
	arena_free(&a);
}

static int
collect(void *arg, const char *key, const char *value)
{
	buf_xprintf(arg, "%s=%s;", key, value);
	return (strcmp(key, "stop") == 0 ? 5 : 0);
}

ATF_TC_WITHOUT_HEAD(listing);
ATF_TC_BODY(listing, tc)
{
	static const struct {
		const char *spec;
		int rc;
		const char *want;
	} lists[] = {
		{ "cdb:y", 0, "b=2;a=1;" },
		{ "texthash:y", 0, "a=1;b=2;" },
		{ "inline:{a=1,stop=2,z=3}", 5, "a=1;stop=2;" },
		{ "static:x", -2, "" },
		{ "cidr:{{1.2.3.4 x}}", -2, "" },
	};
	struct arena *a = arena_new(0);
	struct table *t;
	struct buf got;
	const char *err;
	size_t i;

	source_init();
	source_index("y", "b 2\na 1\n");
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		buf_init(&got, 1000);
		t = table_open(a, lists[i].spec, 0, &source, &err);
		ATF_REQUIRE(t != NULL);
		ATF_CHECK_EQ(lists[i].rc, table_each(t, collect, &got));
		ATF_CHECK_STREQ(lists[i].want, buf_str(&got));
		buf_fini(&got);
	}
	tables_close(&source);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(sharing_and_nesting);
ATF_TC_BODY(sharing_and_nesting, tc)
{
	struct arena *a = arena_new(0);
	struct table *t;
	const char *err;

	source_init();
	t = table_open(a, "static:x", 0, &source, &err);
	ATF_CHECK(t == table_open(a, "static:x", 0, &source, &err));
	ATF_CHECK(t != table_open(a, "static:x", TABLE_UTF8, &source, &err));
	ATF_CHECK(!table_is_pattern(t));
	ATF_CHECK(table_is_pattern(table_open(a, "regexp:{{/a/ x}}", 0,
	    &source, &err)));
	ATF_CHECK(table_is_pattern(table_open(a,
	    "unionmap:{regexp:{{/a/ x}}}", 0, &source, &err)));
	ATF_CHECK(!table_is_pattern(table_open(a,
	    "unionmap:{regexp:{{/a/ x}},static:x}", 0, &source, &err)));
	err = NULL;
	ATF_CHECK(table_open(a, "unionmap:{unionmap:{unionmap:{unionmap:{"
	    "unionmap:{unionmap:{unionmap:{unionmap:{unionmap:{unionmap:{"
	    "unionmap:{unionmap:{static:x}}}}}}}}}}}}", 0, &source,
	    &err) == NULL);
	ATF_CHECK_STREQ("tables are nested too deep", err);
	tables_close(&source);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(long_keys);
ATF_TC_BODY(long_keys, tc)
{
	struct arena *a = arena_new(0);
	char *key = arena_get(a, TABLE_KEY_MAX + 2);
	struct table *t;
	const char *err, *value;

	source_init();
	t = table_open(a, "static:x", 0, &source, &err);
	memset(key, 'a', TABLE_KEY_MAX);
	ATF_CHECK_EQ(1, table_lookup(t, key, &value));
	key[TABLE_KEY_MAX] = 'a';
	ATF_CHECK_EQ(0, table_lookup(t, key, &value));
	tables_close(&source);
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lookups);
	ATF_TP_ADD_TC(tp, listing);
	ATF_TP_ADD_TC(tp, sharing_and_nesting);
	ATF_TP_ADD_TC(tp, long_keys);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/* expand_test - what values mean, and which of them mean nothing. */
#include <atf-c.h>
#include <string.h>

#include "conf/conf.h"

static struct conf *
sample(struct arena *a)
{
	struct conf *c = conf_new(a, "/nowhere");

	conf_set(c, "one", "1");
	conf_set(c, "two", "2");
	conf_set(c, "ten", "10");
	conf_set(c, "empty", "");
	conf_set(c, "hollow", "$empty");
	conf_set(c, "chain", "<$link>");
	conf_set(c, "link", "${one}$two");
	conf_set(c, "Upper_9", "u");
	conf_set(c, "compatibility_level", "3.6");
	conf_set(c, "domain", "MX.Example");
	return (c);
}

ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	static const struct {
		const char *label, *text, *want;
	} cases[] = {
		{ "plain", "a b", "a b" },
		{ "empty", "", "" },
		{ "name", "x$one.y", "x1.y" },
		{ "name at the end", "x$one", "x1" },
		{ "names side by side", "$one$two", "12" },
		{ "letters, digits, underscore", "$Upper_9-", "u-" },
		{ "braces", "${one}0", "10" },
		{ "parentheses", "$(one)0", "10" },
		{ "blanks in braces", "${ one }", "1" },
		{ "dollar", "a$$b", "a$b" },
		{ "dollar and name", "$$one", "$one" },
		{ "unknown", "[$nothing]", "[]" },
		{ "values in values", "$chain", "<12>" },
		{ "if set", "${one?yes}", "yes" },
		{ "if set, but it is empty", "${empty?yes}", "" },
		{ "not expanded to be tested", "${hollow?yes}", "yes" },
		{ "if not set", "${empty:no}", "no" },
		{ "if not set, but it is", "${one:no}", "" },
		{ "if set, in braces", "${one?{ yes }}", "yes" },
		{ "if not set, in braces", "${nothing:{no}}", "no" },
		{ "both, first", "${one?{yes}:{no}}", "yes" },
		{ "both, second", "${empty?{yes}:{no}}", "no" },
		{ "both, blanks", "${one ? {yes} : {no} }", "yes" },
		{ "second without braces", "${empty?{yes}:no}", "no" },
		{ "colon without braces", "${one?a:b}", "a:b" },
		{ "nested", "${one?{${empty?{a}:{$two}}}:{c}}", "2" },
		{ "equal", "${{a} == {a} ? {t} : {f}}", "t" },
		{ "not equal", "${{a} != {a} ? {t} : {f}}", "f" },
		{ "alone and true", "${{a}=={a}}", "true" },
		{ "alone and false", "${{a}=={b}}", "" },
		{ "numbers less", "${{9}<{10}?{t}:{f}}", "t" },
		{ "numbers equal", "${{010}=={10}?{t}:{f}}", "t" },
		{ "negative", "${{-1}<{0}?{t}:{f}}", "t" },
		{ "text less", "${{a9}<{a10}?{t}:{f}}", "f" },
		{ "at most", "${{2}<={2}?{t}:{f}}", "t" },
		{ "at least", "${{1}>={2}?{t}:{f}}", "f" },
		{ "greater", "${{$ten}>{$two}?{t}:{f}}", "t" },
		{ "empty sides", "${{}=={$empty}?{t}:{f}}", "t" },
		{ "only false", "${{1}=={2}:f}", "f" },
		{ "level", "${{3.6} <level {3.11}?{t}:{f}}", "t" },
		{ "level of ours",
		    "${{$compatibility_level} <level {3.6} ? {no} : {yes}}",
		    "yes" },
		{ "level at most", "${{3.6.0} <=level {3.6}?{t}:{f}}", "t" },
		{ "level equal", "${{2} ==level {2.0}?{t}:{f}}", "t" },
		{ "level not equal", "${{2} !=level {2.1}?{t}:{f}}", "t" },
		{ "level at least", "${{2} >=level {2.1}?{t}:{f}}", "f" },
		{ "level greater", "${{9999} >level {3}?{t}:{f}}", "t" },
		{ "function", "${domain_to_ascii{$domain}}", "mx.example" },
		{ "function among text", ".${domain_to_ascii{A}}B", ".aB" },
		{ "transport", "$smtp_delivery_slot_cost", "5" },
		{ "transport of its own",
		    "$local_destination_concurrency_limit", "2" },
		{ "time limit", "$x_time_limit", "1000s" },
	};
	struct arena *a = arena_new(0);
	struct conf *c = sample(a);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf_error e = { "" };
		const char *got = conf_expand(c, cases[i].text, &e);

		if (got == NULL)
			atf_tc_fail_nonfatal("%s: %s", cases[i].label, e.text);
		else
			ATF_CHECK_STREQ_MSG(cases[i].want, got, "%s: \"%s\"",
			    cases[i].label, got);
	}
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(mistakes);
ATF_TC_BODY(mistakes, tc)
{
	static const struct {
		const char *label, *text, *part;
	} cases[] = {
		{ "dollar alone", "$", "empty macro name" },
		{ "dollar and dot", "a$.b", "empty macro name at \".b\"" },
		{ "empty braces", "${}", "empty macro name" },
		{ "open brace", "a${one", "truncated macro reference" },
		{ "open parenthesis", "$(one", "truncated macro reference" },
		{ "bad name", "${one-x}", "attribute name syntax error" },
		{ "no colon", "${one?{a}b}", "expected \":\"" },
		{ "two colons", "${one:{a}:{b}}", "unexpected input" },
		{ "text behind", "${one?{a}:{b}c}", "unexpected input" },
		{ "no comparison", "${{a} ~ {b}}", "expected a comparison" },
		{ "one side", "${{a} ==}", "expected \"{\"" },
		{ "side without braces", "${{a} == b}", "expected \"{\"" },
		{ "text behind sides", "${{a} == {b} c}",
		    "expected \"?\" or \":\"" },
		{ "no level", "${{a} <level {3.6}}", "expected two levels" },
		{ "level with four parts", "${{1.2.3.4} <level {3}}",
		    "expected two levels" },
		{ "level with a dot", "${{3.} <level {3}}",
		    "expected two levels" },
		{ "no such function", "${rot13{a}}", "unknown function" },
		{ "no ASCII", "${domain_to_ascii{b\303\274r}}",
		    "expected a domain in ASCII" },
		{ "itself", "$self", "too deep" },
		{ "each other", "${ping}", "too deep" },
		{ "too much", "$b20", "too many references" },
		{ "too long", "$l12", "expected a result" },
	};
	struct arena *a = arena_new(0);
	struct conf *c = sample(a);
	size_t i;

	conf_set(c, "self", "x$self");
	conf_set(c, "ping", "$pong");
	conf_set(c, "pong", "$ping");
	/* Each doubles the one before: empty text, and long text. */
	conf_set(c, "b0", "");
	conf_set(c, "l0", "0123456789012345678901234567890123456789012345678901"
	    "23456789012345678901234567890123456789012345678901234567890123456"
	    "78901234567890123456789012345678901234567890123456789012345678901"
	    "23456789012345678901234567890123456789012345678901234567890123456"
	    "789012345678901234567890123456789012345678901234567890123456789");
	for (i = 1; i <= 20; i++)
		conf_set(c, arena_printf(a, "b%zu", i), arena_printf(a,
		    "$b%zu${b%zu}", i - 1, i - 1));
	for (i = 1; i <= 12; i++)
		conf_set(c, arena_printf(a, "l%zu", i), arena_printf(a,
		    "$l%zu$l%zu", i - 1, i - 1));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf_error e = { "" };
		const char *got = conf_expand(c, cases[i].text, &e);

		ATF_CHECK_MSG(got == NULL, "%s: accepted", cases[i].label);
		ATF_CHECK_MSG(strstr(e.text, cases[i].part) != NULL,
		    "%s: %s", cases[i].label, e.text);
	}
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(raw);
ATF_TC_BODY(raw, tc)
{
	struct arena *a = arena_new(0);
	struct conf *c = sample(a);
	struct conf_error e;

	ATF_CHECK_STREQ("$rbl_code Service unavailable; $rbl_class "
	    "[$rbl_what] blocked using $rbl_domain"
	    "${rbl_reason?; $rbl_reason}",
	    conf_eval(c, "default_rbl_reply", &e));
	conf_set(c, "smtpd_reject_footer", "call $one");
	ATF_CHECK_STREQ("call $one", conf_eval(c, "postscreen_reject_footer",
	    &e));
	ATF_CHECK_STREQ("", conf_eval(c, "no_such_parameter", &e));
	ATF_CHECK_EQ(NULL, conf_raw(c, "no_such_parameter"));
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, mistakes);
	ATF_TP_ADD_TC(tp, raw);
	return (atf_no_error());
}

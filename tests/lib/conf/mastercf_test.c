/* SPDX-License-Identifier: ISC */
/* mastercf_test - services as master.cf declares them, and mistakes. */
#include <atf-c.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "conf/mastercf.h"

static void
quiet(enum log_level level, const char *line, size_t n)
{
	(void)level;
	(void)line;
	(void)n;
}

static int
parse(struct arena *a, const char *text, struct mastercf *m,
    struct conf_error *e)
{
	struct conf *c = conf_new(a, "/nowhere");

	log_open("test", quiet);
	conf_set(c, "known_tcp_ports", "lmtp=24, smtp=25, "
	    "smtps=submissions=465, submission=587, odd=4711");
	if (mastercf_parse(a, "master.cf", view_of(text), m, e) == -1)
		return (-1);
	return (mastercf_check(a, c, m, e));
}

ATF_TC_WITHOUT_HEAD(columns);
ATF_TC_BODY(columns, tc)
{
	static const struct {
		const char *label, *text;
		enum service_type type;
		bool private, unpriv, chroot;
		int wakeup;
		bool if_used;
		int maxproc;
	} cases[] = {
		{ "defaults", "a unix - - - - - d", SERVICE_UNIX,
		    true, true, false, 0, false, -1 },
		{ "set", "a unix n n y 60 1 d", SERVICE_UNIX,
		    false, false, true, 60, false, 1 },
		{ "set the other way", "a unix y y n 0 0 d", SERVICE_UNIX,
		    true, true, false, 0, false, 0 },
		{ "wake up if used", "a fifo - - - 1000? - d", SERVICE_FIFO,
		    true, true, false, 1000, true, -1 },
		{ "datagrams", "a unix-dgram n - n - 1 d", SERVICE_UNIX_DGRAM,
		    false, true, false, 0, false, 1 },
		{ "pass", "a pass - - n - - d", SERVICE_PASS,
		    true, true, false, 0, false, -1 },
		{ "inet", "25 inet n - n - - d", SERVICE_INET,
		    false, true, false, 0, false, -1 },
		{ "tabs", "a\tunix\t-\t-\t-\t-\t-\td\t", SERVICE_UNIX,
		    true, true, false, 0, false, -1 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new(0);
		struct conf_error e = { "" };
		struct mastercf m;
		const struct service *s;

		ATF_REQUIRE_EQ_MSG(0, parse(a, cases[i].text, &m, &e),
		    "%s: %s", cases[i].label, e.text);
		ATF_REQUIRE_EQ(1, m.n);
		s = m.services;
		ATF_CHECK_EQ_MSG(cases[i].type, s->type, "%s",
		    cases[i].label);
		ATF_CHECK_EQ_MSG(cases[i].private, s->private, "%s",
		    cases[i].label);
		ATF_CHECK_EQ_MSG(cases[i].unpriv, s->unpriv, "%s",
		    cases[i].label);
		ATF_CHECK_EQ_MSG(cases[i].chroot, s->chroot, "%s",
		    cases[i].label);
		ATF_CHECK_EQ_MSG(cases[i].wakeup, s->wakeup, "%s",
		    cases[i].label);
		ATF_CHECK_EQ_MSG(cases[i].if_used, s->wakeup_if_used, "%s",
		    cases[i].label);
		ATF_CHECK_EQ_MSG(cases[i].maxproc, s->maxproc, "%s",
		    cases[i].label);
		ATF_CHECK_STREQ("d", s->command);
		arena_free(&a);
	}
}

ATF_TC_WITHOUT_HEAD(endpoints);
ATF_TC_BODY(endpoints, tc)
{
	static const struct {
		const char *name, *host;
		uint16_t port;
	} cases[] = {
		{ "smtp", "", 25 },
		{ "lmtp", "", 24 },
		{ "smtps", "", 465 },
		{ "submissions", "", 465 },
		{ "submission", "", 587 },
		{ "odd", "", 4711 },
		{ "10025", "", 10025 },
		{ "65535", "", 65535 },
		{ "127.0.0.1:smtp", "127.0.0.1", 25 },
		{ "localhost:10025", "localhost", 10025 },
		{ "[::1]:25", "::1", 25 },
		{ "[127.0.0.1]:25", "127.0.0.1", 25 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new(0);
		struct conf_error e = { "" };
		struct mastercf m;

		ATF_REQUIRE_EQ_MSG(0, parse(a, arena_printf(a,
		    "%s inet n - n - - d", cases[i].name), &m, &e), "%s: %s",
		    cases[i].name, e.text);
		ATF_CHECK_STREQ(cases[i].host, m.services[0].host);
		ATF_CHECK_EQ(cases[i].port, m.services[0].port);
		arena_free(&a);
	}
}

/* Arguments as one text: flags, -o with values, the rest in brackets. */
static const char *
shown(struct arena *a, const struct service *s)
{
	const char *text = arena_printf(a, "v%d%s", s->verbose,
	    s->debug ? "D" : "");
	size_t i;

	for (i = 0; i < s->noverrides; i++)
		text = arena_printf(a, "%s %s=<%s>", text,
		    s->overrides[i].name, s->overrides[i].value);
	for (i = 0; i < s->argc; i++)
		text = arena_printf(a, "%s [%s]", text, s->argv[i]);
	return (text);
}

ATF_TC_WITHOUT_HEAD(arguments);
ATF_TC_BODY(arguments, tc)
{
	static const struct {
		const char *label, *args, *want;
	} cases[] = {
		{ "none", "", "v0" },
		{ "override", "-o a=b", "v0 a=<b>" },
		{ "override in one word", "-oa=b", "v0 a=<b>" },
		{ "two", "-o a=b -o c=d", "v0 a=<b> c=<d>" },
		{ "empty value", "-o a=", "v0 a=<>" },
		{ "braces", "-o { a = b c }", "v0 a=<b c>" },
		{ "braces in braces", "-o {a={b} {c}}", "v0 a=<{b} {c}>" },
		{ "braces in a value", "-o a=${b?{c d}:{e}}",
		    "v0 a=<${b?{c d}:{e}}>" },
		{ "verbose", "-v", "v1" },
		{ "more verbose", "-v -vv -D", "v3D" },
		{ "words", "flags=R user=x argv=/y ${z}",
		    "v0 [flags=R] [user=x] [argv=/y] [${z}]" },
		{ "word with blanks", "argv=x { a b }", "v0 [argv=x] [a b]" },
		{ "words hide flags", "-o a=b x -o c=d",
		    "v0 a=<b> [x] [-o] [c=d]" },
		{ "continued", "\n  -o a=b\n# -o c=d\n\n  -o e=f",
		    "v0 a=<b> e=<f>" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new(0);
		struct conf_error e = { "" };
		struct mastercf m;

		ATF_REQUIRE_EQ_MSG(0, parse(a, arena_printf(a,
		    "# c\nx unix - - - - - d %s\ny unix - - - - - d\n",
		    cases[i].args), &m, &e), "%s: %s", cases[i].label,
		    e.text);
		ATF_REQUIRE_EQ(2, m.n);
		ATF_CHECK_STREQ_MSG(cases[i].want, shown(a, &m.services[0]),
		    "%s: %s", cases[i].label, shown(a, &m.services[0]));
		ATF_CHECK_EQ(2, m.services[0].line);
		arena_free(&a);
	}
}

ATF_TC_WITHOUT_HEAD(mistakes);
ATF_TC_BODY(mistakes, tc)
{
	static const struct {
		const char *label, *text, *part;
	} cases[] = {
		{ "fields", "a unix - - - - - d\n\nb unix n - n\n",
		    "file master.cf: line 3: bad field count: expected 8 "
		    "fields, found 5" },
		{ "type", "a tcp - - - - - d", "line 1: invalid type field "
		    "\"tcp\": expected inet, unix" },
		{ "private", "a unix x - - - - d",
		    "field private: expected y, n or -" },
		{ "private inet", "25 inet - - n - - d",
		    "inet service cannot be private" },
		{ "unpriv", "a unix - yes - - - d",
		    "field unprivileged: expected y, n or -" },
		{ "chroot", "a unix - - Y - - d",
		    "field chroot: expected y, n or -" },
		{ "wakeup", "a unix - - - soon - d",
		    "field wakeup: expected seconds" },
		{ "wakeup ?", "a unix - - - ? - d",
		    "field wakeup: expected seconds" },
		{ "negative wakeup", "a unix - - - -1 - d",
		    "field wakeup: expected seconds" },
		{ "processes", "a unix - - - - -x- d",
		    "field process_limit: expected a number" },
		{ "too many processes", "a unix - - - - 100001 d",
		    "field process_limit: expected a number" },
		{ "command", "a unix - - - - - /bin/sh",
		    "field command: expected the name of a daemon" },
		{ "hidden command", "a unix - - - - - ..",
		    "field command: expected the name of a daemon" },
		{ "name", "../a unix - - - - - d",
		    "field service: expected a name" },
		{ "port", "nosuchport inet n - n - - d",
		    "expected a port from 1 to 65535" },
		{ "port 0", "0 inet n - n - - d", "expected a port" },
		{ "port 65536", "h:65536 inet n - n - - d",
		    "expected a port" },
		{ "IPv6 without brackets", "::1:25 inet n - n - - d",
		    "expected [address]:port" },
		{ "-o alone", "a unix - - - - - d -o",
		    "expected name=value behind -o" },
		{ "-o without =", "a unix - - - - - d -o x",
		    "-o x: missing '='" },
		{ "-o without name", "a unix - - - - - d -o =x",
		    "missing attribute name" },
		{ "flag", "a unix - - - - - d -z", "unknown flag -z" },
		{ "place", "# c\n\na unix - - - - - d\n -z\n",
		    "master.cf: line 3: service a/unix: " },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new(0);
		struct conf_error e = { "" };
		struct mastercf m;

		ATF_CHECK_EQ_MSG(-1, parse(a, cases[i].text, &m, &e),
		    "%s: accepted", cases[i].label);
		ATF_CHECK_MSG(strstr(e.text, cases[i].part) != NULL,
		    "%s: %s", cases[i].label, e.text);
		arena_free(&a);
	}
}

ATF_TC_WITHOUT_HEAD(duplicates);
ATF_TC_BODY(duplicates, tc)
{
	struct arena *a = arena_new(0);
	struct conf_error e = { "" };
	struct mastercf m;

	ATF_REQUIRE_EQ_MSG(0, parse(a, "a unix - - - - 1 d\n"
	    "25 inet n - n - 1 d\nb unix - - - - 1 d\na unix - - - - 2 e\n"
	    "a fifo - - - - 3 d\n", &m, &e), "%s", e.text);
	ATF_REQUIRE_EQ(4, m.n);
	ATF_CHECK_STREQ("25", m.services[0].name);
	ATF_CHECK_STREQ("e", m.services[2].command);
	ATF_CHECK_EQ(3, m.services[3].maxproc);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(disabled);
ATF_TC_BODY(disabled, tc)
{
	static const struct {
		const char *list;
		bool smtp_inet, smtp_unix, qmgr_unix;
	} cases[] = {
		{ "", false, false, false },
		{ "smtp", true, true, false },
		{ "smtp/inet", true, false, false },
		{ "*/inet", true, false, false },
		{ "*", true, true, true },
		{ "qmgr, smtp/unix", false, true, true },
		{ "!smtp/inet */*", false, true, true },
		{ "smt", false, false, false },
		{ "inet", false, false, false },
	};
	struct arena *a = arena_new(0);
	struct conf_error e;
	struct mastercf m;
	size_t i;

	ATF_REQUIRE_EQ(0, parse(a, "smtp inet n - n - - smtpd\n"
	    "smtp unix - - n - - smtp\nqmgr unix - - n - - qmgr\n", &m, &e));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_CHECK_EQ_MSG(cases[i].smtp_inet, service_disabled(
		    &m.services[0], cases[i].list), "%s", cases[i].list);
		ATF_CHECK_EQ_MSG(cases[i].smtp_unix, service_disabled(
		    &m.services[1], cases[i].list), "%s", cases[i].list);
		ATF_CHECK_EQ_MSG(cases[i].qmgr_unix, service_disabled(
		    &m.services[2], cases[i].list), "%s", cases[i].list);
	}
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(seed);
ATF_TC_BODY(seed, tc)
{
	struct arena *a = arena_new(0);
	struct conf_error e = { "" };
	struct conf *c = conf_new(a, "/nowhere");
	const char *file = arena_printf(a, "%s/seed-master.cf",
	    atf_tc_get_config_var(tc, "srcdir"));
	struct mastercf m;
	const struct service *s;

	log_open("test", quiet);
	ATF_REQUIRE_EQ_MSG(0, mastercf_read(a, file, &m, &e), "%s", e.text);
	ATF_REQUIRE_EQ_MSG(0, mastercf_check(a, c, &m, &e), "%s", e.text);
	ATF_CHECK_EQ(27, m.n);
	s = &m.services[1];
	ATF_CHECK_STREQ("submission", s->name);
	ATF_CHECK_EQ(587, s->port);
	ATF_REQUIRE_EQ(1, s->noverrides);
	ATF_CHECK_STREQ("smtpd_relay_restrictions", s->overrides[0].name);
	for (s = m.services; strcmp(s->name, "relay") != 0; s++)
		;
	ATF_CHECK_STREQ("postfix/relay", conf_eval(service_conf(a, c, &m, s),
	    "syslog_name", &e));
	for (s = m.services; strcmp(s->name, "tlsmgr") != 0; s++)
		;
	ATF_CHECK_EQ(1000, s->wakeup);
	ATF_CHECK(s->wakeup_if_used);
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, columns);
	ATF_TP_ADD_TC(tp, endpoints);
	ATF_TP_ADD_TC(tp, arguments);
	ATF_TP_ADD_TC(tp, mistakes);
	ATF_TP_ADD_TC(tp, duplicates);
	ATF_TP_ADD_TC(tp, disabled);
	ATF_TP_ADD_TC(tp, seed);
	return (atf_no_error());
}

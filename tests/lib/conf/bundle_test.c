/* SPDX-License-Identifier: ISC */
/* bundle_test - parameters from master to a role: all that it declared. */
#include <atf-c.h>
#include <string.h>

#include "conf/conf.h"
#include "die.h"

#define BUNDLE_MAX	(4 * 1024 * 1024)

static struct params p;

static void
carry(struct arena *a, struct conf *c, const char *role)
{
	struct conf_error e = { "" };
	struct buf b;

	buf_init(&b, BUNDLE_MAX);
	ATF_REQUIRE_EQ_MSG(0, conf_export(c, conf_role_mask(role), &b, &e),
	    "%s", e.text);
	ATF_REQUIRE_EQ_MSG(0, conf_import(a, buf_view(&b), &p, &e), "%s",
	    e.text);
	buf_fini(&b);
	ATF_REQUIRE_EQ(&p, cf);
}

ATF_TC_WITHOUT_HEAD(declared);
ATF_TC_BODY(declared, tc)
{
	struct arena *a = arena_new(0);
	struct conf *c = conf_new(a, "/nowhere");

	conf_set(c, "myhostname", "mx.example");
	conf_set(c, "smtpd_restriction_classes", "strict, loose");
	conf_set(c, "strict", "reject_unknown_$what");
	conf_set(c, "loose", "");
	conf_set(c, "what", "sender_domain");
	conf_set(c, "x_recipient_limit", "7");
	carry(a, c, "smtpd");
	ATF_CHECK_STREQ("mx.example ESMTP Postern", cf->smtpd_banner);
	ATF_CHECK_EQ(300 * INT64_C(1000000000), cf->smtpd_timeout.ns);
	ATF_CHECK(cf->smtpd_delay_reject);
	ATF_CHECK_EQ(20, cf->smtpd_hard_error_limit);
	ATF_CHECK_STREQ("reject_unknown_sender_domain", cf_extra("strict"));
	ATF_CHECK_STREQ("", cf_extra("loose"));
	ATF_CHECK_EQ(NULL, cf_extra("what"));
	ATF_CHECK_EQ(NULL, cf_extra("x_recipient_limit"));
	ATF_CHECK_EQ_MSG(0, cf->qmgr_message_active_limit, "not declared");
	ATF_CHECK_EQ_MSG(NULL, cf->smtp_sasl_password_maps, "not declared");
	carry(a, c, "qmgr");
	ATF_CHECK_EQ(20000, cf->qmgr_message_active_limit);
	ATF_CHECK_EQ(NULL, cf->smtpd_banner);
	ATF_CHECK_EQ(NULL, cf_extra("strict"));
	ATF_CHECK_STREQ("7", cf_extra("x_recipient_limit"));
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(stress);
ATF_TC_BODY(stress, tc)
{
	struct arena *a = arena_new(0);
	struct conf *c = conf_new(a, "/nowhere");

	conf_set(c, "stress", "yes");
	carry(a, c, "smtpd");
	ATF_CHECK_EQ(10 * INT64_C(1000000000), cf->smtpd_timeout.ns);
	ATF_CHECK_EQ(1, cf->smtpd_hard_error_limit);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(transports);
ATF_TC_BODY(transports, tc)
{
	struct arena *a = arena_new(0);
	struct conf *c = conf_new(a, "/nowhere");
	static const char *const names[] = { "smtp", "local", "x", "y" };
	struct transport_params here, there;
	struct conf_error e;
	size_t i;

	conf_set(c, "default_destination_rate_delay", "2s");
	conf_set(c, "x_destination_concurrency_limit", "$four");
	conf_set(c, "four", "4");
	conf_set(c, "x_destination_rate_delay", "1m");
	conf_set(c, "x_destination_concurrency_negative_feedback",
	    "1/concurrency");
	carry(a, c, "qmgr");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ATF_REQUIRE_EQ(0, conf_transport_params(c, names[i], &here,
		    &e));
		cf_transport_params(names[i], &there);
#define SERVICE_int(m)	ATF_CHECK_EQ_MSG(here.m, there.m, "%s", names[i]);
#define SERVICE_time(m)	ATF_CHECK_EQ_MSG(here.m.ns, there.m.ns, "%s",	\
			    names[i]);
#define SERVICE_str(m)	ATF_CHECK_STREQ_MSG(here.m, there.m, "%s",	\
			    names[i]);
#define SERVICE(type, m, dflt, lo, hi, doc)	SERVICE_##type(m)
#include "conf/service.def"
	}
	cf_transport_params("local", &there);
	ATF_CHECK_EQ(2, there.destination_concurrency_limit);
	ATF_CHECK_EQ(1, there.destination_recipient_limit);
	ATF_CHECK_EQ(2 * INT64_C(1000000000), there.destination_rate_delay.ns);
	cf_transport_params("x", &there);
	ATF_CHECK_EQ(4, there.destination_concurrency_limit);
	ATF_CHECK_EQ(60 * INT64_C(1000000000),
	    there.destination_rate_delay.ns);
	ATF_CHECK_STREQ("1/concurrency",
	    there.destination_concurrency_negative_feedback);
	cf_transport_params("y", &there);
	ATF_CHECK_EQ(20, there.destination_concurrency_limit);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const struct {
		const char *label, *role, *name, *value, *part;
	} cases[] = {
		{ "value", "smtpd", "smtpd_timeout", "x",
		    "smtpd_timeout = x: expected a time" },
		{ "transport", "qmgr", "x_recipient_limit", "-1",
		    "x_recipient_limit = -1: expected a number" },
		{ "class", "smtpd", "smtpd_restriction_classes", "nothing",
		    "names nothing: expected a parameter of that name" },
		{ "expansion", "smtpd", "smtpd_banner", "$", "empty macro" },
	};
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new(0);
		struct conf *c = conf_new(a, "/nowhere");
		struct conf_error e = { "" };

		conf_set(c, cases[i].name, cases[i].value);
		buf_init(&b, BUNDLE_MAX);
		ATF_CHECK_EQ_MSG(-1, conf_export(c,
		    conf_role_mask(cases[i].role), &b, &e), "%s",
		    cases[i].label);
		ATF_CHECK_MSG(strstr(e.text, cases[i].part) != NULL,
		    "%s: %s", cases[i].label, e.text);
		buf_fini(&b);
		arena_free(&a);
	}
}

ATF_TC_WITHOUT_HEAD(room);
ATF_TC_BODY(room, tc)
{
	struct arena *a = arena_new(0);
	struct conf_error e = { "" };
	struct buf b;

	buf_init(&b, 100);
	ATF_CHECK_EQ(-1, conf_export(conf_new(a, "/nowhere"),
	    conf_role_mask("smtpd"), &b, &e));
	ATF_CHECK_MSG(strstr(e.text, "exceed 100 bytes") != NULL, "%s",
	    e.text);
	buf_fini(&b);
	arena_free(&a);
}

/* Cut at each byte: refused, but for the ends of pairs. */
ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	static const char bytes[] = "\006\000\003\000\000\000stressyes"
	    "\001\000\002\000\000\000xab";
	const size_t all = sizeof(bytes) - 1, pair = 15;
	struct conf_error e;
	struct arena *a;
	size_t n;

	for (n = 0; n <= all; n++) {
		a = arena_new(0);
		ATF_CHECK_EQ_MSG(n == 0 || n == pair || n == all ? 0 : -1,
		    conf_import(a, (struct view){ bytes, n }, &p, &e),
		    "%zu bytes", n);
		arena_free(&a);
	}
}

ATF_TC_WITHOUT_HEAD(malformed);
ATF_TC_BODY(malformed, tc)
{
	static const struct {
		const char *label;
		struct view bytes;
	} cases[] = {
		{ "no name", VIEW("\000\000\001\000\000\000x") },
		{ "NUL in name", VIEW("\002\000\000\000\000\000a\000") },
		{ "NUL in value", VIEW("\001\000\001\000\000\000a\000") },
		{ "long name", VIEW("\000\001\000\000\000\000") },
		{ "huge value", VIEW("\001\000\377\377\377\377ab") },
		{ "bad value", VIEW("\016\000\001\000\000\000hopcount_limitx") },
	};
	struct arena *a = arena_new(0);
	struct conf_error e;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_CHECK_EQ_MSG(-1, conf_import(a, cases[i].bytes, &p, &e),
		    "%s", cases[i].label);
		ATF_CHECK_EQ(NULL, cf);
	}
	arena_free(&a);
}

static void
ask(void *arg)
{
	struct transport_params t;

	cf_transport_params(arg, &t);
}

ATF_TC_WITHOUT_HEAD(bad_transport);
ATF_TC_BODY(bad_transport, tc)
{
	static char name[] = "x";
	struct arena *a = arena_new(0);
	struct conf_error e;

	ATF_REQUIRE_EQ(0, conf_import(a, VIEW("\021\000\001\000\000\000"
	    "x_recipient_limitz"), &p, &e));
	ATF_CHECK(dies(LOG_L_FATAL, "x_recipient_limit = z", ask, name));
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, declared);
	ATF_TP_ADD_TC(tp, stress);
	ATF_TP_ADD_TC(tp, transports);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, room);
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, bad_transport);
	return (atf_no_error());
}

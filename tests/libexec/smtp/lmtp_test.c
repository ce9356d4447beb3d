/* SPDX-License-Identifier: ISC */
/* A worker of lmtp(8): what differs from smtp(8). */
#include <atf-c.h>
#include <string.h>

#include "base/arena.h"
#include "conf/conf.h"
#include "dialect.h"
#include "proto/resolver.h"
#include "smtp_in.h"
#include "world.h"

static const char *const fast[] = { "lmtp_lhlo_timeout", "1s",
	"lmtp_mail_timeout", "1s", "lmtp_rcpt_timeout", "1s",
	"lmtp_data_init_timeout", "1s", "lmtp_data_xfer_timeout", "1s",
	"lmtp_data_done_timeout", "1s", "lmtp_quit_timeout", "1s", NULL };

static void
once(const struct server_at *at, const char *const *conf,
    const struct mail *m, struct world *w, struct result *r)
{
	*w = (struct world){ .conf = conf, .servers = at, .lmtp = true };
	world_start(w);
	world_deliver(w, m, r);
	world_stop(w);
	world_settle();
	w->arena = arena_new(0);
}

ATF_TC_WITHOUT_HEAD(unix_socket);
ATF_TC_BODY(unix_socket, tc)
{
	static const struct server_at at[] = { { "/run/x.sock", ALL, NULL },
		{ NULL, NULL, NULL } };
	struct mail m = { .nexthop = "unix:/run/x.sock" };
	struct result r;
	struct world w;

	once(at, fast, &m, &w, &r);
	ATF_CHECK(r.done && !r.hop_failed);
	ATF_CHECK_EQ(OUTCOME_SENT, r.fate[0].outcome);
	ATF_CHECK_STREQ("", r.fate[0].action);
	ATF_CHECK_STREQ("client.example", r.fate[0].mta_name);
	ATF_CHECK_STREQ("/run/x.sock 0", w.dialled);
	has("log", world_log(&w), "4ABC: to=<r@example.org>, "
	    "relay=client.example[/run/x.sock], delay=");
	ATF_CHECK_STREQ("LHLO client.example\r\n"
	    "MAIL FROM:<s@example.com> SIZE=21\r\n"
	    "RCPT TO:<r@example.org>\r\nDATA\r\n"
	    "Subject: test\r\n\r\nhello\r\n.\r\nQUIT\r\n",
	    world_heard(&w, 1));
	arena_free(&w.arena);
}

/* Nobody listens. */
ATF_TC_WITHOUT_HEAD(no_socket);
ATF_TC_BODY(no_socket, tc)
{
	static const struct server_at at[] = { { NULL, NULL, NULL } };
	struct mail m = { .nexthop = "unix:private/x" };
	struct result r;
	struct world w;

	once(at, fast, &m, &w, &r);
	ATF_CHECK_EQ(OUTCOME_DEFERRED, r.fate[0].outcome);
	ATF_CHECK_STREQ("4.4.1", r.fate[0].dsn);
	ATF_CHECK_STREQ("connect to client.example[private/x]: No such file "
	    "or directory", r.fate[0].reason);
	ATF_CHECK(r.hop_failed);
	arena_free(&w.arena);
}

/* Next hops over TCP: where it goes, without a look-up of MX. */
ATF_TC_WITHOUT_HEAD(tcp);
ATF_TC_BODY(tcp, tc)
{
	static const struct server_at at[] = { { "192.0.2.1", ALL, NULL },
		{ "2001:db8::1", ALL, NULL }, { NULL, NULL, NULL } };
	static const struct dns_row dns[] = {
		{ "store.example", DNS_MX, "10 mx.example" },
		{ "store.example", DNS_A, "192.0.2.1" },
		{ "mx.example", DNS_A, "192.0.2.2" }, { NULL, 0, NULL } };
	static const struct {
		const char	*nexthop, *dialled;
	} rows[] = {
		{ "inet:192.0.2.1", "192.0.2.1 24" },
		{ "inet:[192.0.2.1]:25", "192.0.2.1 25" },
		{ "inet:[ipv6:2001:db8::1]", "2001:db8::1 24" },
		{ "inet:store.example:2003", "192.0.2.1 2003" },
		{ "store.example", "192.0.2.1 24" },
		{ "inet:192.0.2.9:24,inet:192.0.2.1:26", "192.0.2.1 26" },
		{ "unix:/gone.sock,192.0.2.1", "192.0.2.1 24" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mail m = { .nexthop = rows[i].nexthop };
		struct world w = { .conf = fast, .servers = at, .dns = dns,
			.lmtp = true };
		struct result r;

		world_start(&w);
		world_deliver(&w, &m, &r);
		world_stop(&w);
		ATF_CHECK_EQ_MSG(OUTCOME_SENT, r.fate[0].outcome, "%s: %s",
		    rows[i].nexthop, r.fate[0].reason);
		ATF_CHECK_STREQ(rows[i].dialled, w.dialled);
	}
}

/* Three recipients that are accepted, and what each hears after the dot. */
static const struct {
	const char	*label;
	struct rule	 rules[5];
	enum outcome	 outcome[3];
	const char	*dsn[3], *reason[3];
	bool		 hop;
} replies[] = {
	{ "each its own", { { "DOT", 1, "250 2.1.5 one" },
	    { "DOT", 2, "452 4.2.2 full" }, { "DOT", 3, "550 5.2.1 off" },
	    { NULL, 0, NULL } },
	    { OUTCOME_SENT, OUTCOME_DEFERRED, OUTCOME_BOUNCED },
	    { "2.1.5", "4.2.2", "5.2.1" },
	    { "250 2.1.5 one", "host 192.0.2.1[192.0.2.1] said: 452 4.2.2 "
	    "full (in reply to end of DATA command)", "550 5.2.1 off" },
	    false },
	{ "one refused at RCPT", { { "RCPT", 2, "550 5.1.1 who" },
	    { "DOT", 1, "250 2.0.0 one" }, { "DOT", 2, "250 2.0.0 three" },
	    { NULL, 0, NULL } },
	    { OUTCOME_SENT, OUTCOME_BOUNCED, OUTCOME_SENT },
	    { "2.0.0", "5.1.1", "2.0.0" },
	    { "250 2.0.0 one", "550 5.1.1 who (in reply to RCPT TO command)",
	    "250 2.0.0 three" }, false },
	{ "gone after the first", { { "DOT", 1, "250 2.0.0 one" },
	    { "DOT", 2, "DROP" }, { NULL, 0, NULL } },
	    { OUTCOME_SENT, OUTCOME_DEFERRED, OUTCOME_DEFERRED },
	    { "2.0.0", "4.4.2", "4.4.2" },
	    { "250 2.0.0 one", "lost connection with 192.0.2.1[192.0.2.1] "
	    "while sending end of data", "lost connection" }, true },
	{ "silent after the second", { { "DOT", 3, "HANG" },
	    { NULL, 0, NULL } },
	    { OUTCOME_SENT, OUTCOME_SENT, OUTCOME_DEFERRED },
	    { "2.0.0", "2.0.0", "4.4.2" },
	    { "250", "250", "timed out while sending end of data" }, true },
	{ "421 for the second", { { "DOT", 2, "421 4.3.2 bye" },
	    { NULL, 0, NULL } },
	    { OUTCOME_SENT, OUTCOME_DEFERRED, OUTCOME_DEFERRED },
	    { "2.0.0", "4.3.2", "4.3.2" }, { "250", "421 4.3.2 bye",
	    "421 4.3.2 bye" }, true },
	{ "all refused, DATA taken", { { "RCPT", 0, "550 5.1.1 who" },
	    { NULL, 0, NULL } },
	    { OUTCOME_BOUNCED, OUTCOME_BOUNCED, OUTCOME_BOUNCED },
	    { "5.1.1", "5.1.1", "5.1.1" }, { "who", "who", "who" }, false },
	{ "data refused", { { "DATA", 0, "451 4.3.0 no" },
	    { NULL, 0, NULL } },
	    { OUTCOME_DEFERRED, OUTCOME_DEFERRED, OUTCOME_DEFERRED },
	    { "4.3.0", "4.3.0", "4.3.0" }, { "451", "451", "451" }, false },
	{ "lhlo refused", { { "LHLO", 0, "502 5.5.1 what" },
	    { NULL, 0, NULL } },
	    { OUTCOME_BOUNCED, OUTCOME_BOUNCED, OUTCOME_BOUNCED },
	    { "5.5.1", "5.5.1", "5.5.1" }, { "host 192.0.2.1[192.0.2.1] "
	    "refused to talk to me: 502", "502", "502" }, false },
	{ "garbage after the first", { { "DOT", 2, "GARBAGE" },
	    { NULL, 0, NULL } },
	    { OUTCOME_SENT, OUTCOME_DEFERRED, OUTCOME_DEFERRED },
	    { "2.0.0", "4.5.0", "4.5.0" }, { "250", "endless reply",
	    "endless reply" }, true },
};

static void
one_by_one(const char *features)
{
	const struct mail m = { .many = 3, .nexthop = "inet:192.0.2.1" };

	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		struct server_at at[] = { { "192.0.2.1", features,
			replies[i].rules }, { NULL, NULL, NULL } };
		struct result r;
		struct world w;

		w = (struct world){ .conf = fast, .servers = at,
			.lmtp = true };
		world_start(&w);
		world_deliver(&w, &m, &r);
		world_stop(&w);
		ATF_CHECK_MSG(r.done && r.n == 3, "%s", replies[i].label);
		ATF_CHECK_EQ_MSG(replies[i].hop, r.hop_failed, "%s: hop",
		    replies[i].label);
		for (size_t k = 0; k < 3; k++) {
			ATF_CHECK_EQ_MSG(replies[i].outcome[k],
			    r.fate[k].outcome, "%s, %zu", replies[i].label, k);
			ATF_CHECK_STREQ(replies[i].dsn[k], r.fate[k].dsn);
			has(replies[i].label, r.fate[k].reason,
			    replies[i].reason[k]);
		}
	}
}

ATF_TC_WITHOUT_HEAD(per_recipient);
ATF_TC_BODY(per_recipient, tc)
{
	one_by_one(ALL);
}

ATF_TC_WITHOUT_HEAD(per_recipient_unpipelined);
ATF_TC_BODY(per_recipient_unpipelined, tc)
{
	one_by_one("SIZE 0");
}

/* lmtp_assume_final, and a server that knows DSN. */
ATF_TC_WITHOUT_HEAD(action);
ATF_TC_BODY(action, tc)
{
	static const char *const final[] = { "lmtp_assume_final", "yes",
		NULL };
	static const struct {
		const char		*features;
		const char *const	*conf;
		const char		*action;
	} rows[] = {
		{ "SIZE 0", fast, "relayed" }, { "SIZE 0", final, "delivered" },
		{ "DSN", fast, "" }, { "DSN", final, "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct server_at at[] = { { "/s", rows[i].features, NULL },
			{ NULL, NULL, NULL } };
		struct mail m = { .nexthop = "unix:/s" };
		struct result r;
		struct world w;

		once(at, rows[i].conf, &m, &w, &r);
		ATF_CHECK_EQ(OUTCOME_SENT, r.fate[0].outcome);
		ATF_CHECK_STREQ(rows[i].action, r.fate[0].action);
		arena_free(&w.arena);
	}
}

/* The same socket again, and another one: that is for a fresh worker (I4). */
ATF_TC_WITHOUT_HEAD(reuse);
ATF_TC_BODY(reuse, tc)
{
	static const struct server_at at[] = { { "/a", ALL, NULL },
		{ "/b", ALL, NULL }, { NULL, NULL, NULL } };
	struct world w = { .conf = fast, .servers = at, .lmtp = true };
	struct mail m = { .nexthop = "unix:/a", .flags = DELIVER_FLAG_KEEP };
	struct result r;

	world_start(&w);
	world_deliver(&w, &m, &r);
	ATF_CHECK(r.kept && r.fate[0].outcome == OUTCOME_SENT);
	world_deliver(&w, &m, &r);
	ATF_CHECK(r.kept && r.fate[0].outcome == OUTCOME_SENT);
	ATF_CHECK_EQ(1, w.dials);
	m.nexthop = "unix:/b";
	world_deliver(&w, &m, &r);
	ATF_CHECK_EQ(OUTCOME_NEXT, r.fate[0].outcome);
	ATF_CHECK_EQ(1, w.dials);
	world_stop(&w);
}

/* A server of the same name is no loop. */
ATF_TC_WITHOUT_HEAD(same_name);
ATF_TC_BODY(same_name, tc)
{
	static const struct rule rules[] = {
		{ "CONNECT", 0, "220 client.example LMTP" },
		{ "LHLO", 0, "250 client.example" }, { NULL, 0, NULL } };
	static const struct server_at at[] = { { "192.0.2.1", NULL, rules },
		{ NULL, NULL, NULL } };
	struct mail m = { .nexthop = "inet:192.0.2.1:25" };
	struct result r;
	struct world w;

	once(at, fast, &m, &w, &r);
	ATF_CHECK_EQ_MSG(OUTCOME_SENT, r.fate[0].outcome, "%s",
	    r.fate[0].reason);
	arena_free(&w.arena);
}

/* Each lmtp_NAME in the place of its smtp_NAME, and nothing else. */
ATF_TC_WITHOUT_HEAD(parameters);
ATF_TC_BODY(parameters, tc)
{
	static const char *const conf[] = { "lmtp_lhlo_name", "me.example",
		"smtp_helo_name", "other.example", "lmtp_lhlo_timeout", "7s",
		"lmtp_mail_timeout", "8s", "smtp_mail_timeout", "9s",
		"lmtp_discard_lhlo_keywords", "DSN",
		"lmtp_skip_quit_response", "yes", "smtp_tcp_port", "26",
		"lmtp_tls_security_level", "encrypt",
		"lmtp_connection_reuse_count_limit", "17",
		"smtp_always_send_ehlo", "no", NULL };
	struct arena *a = arena_new(0);

	world_conf(a, conf);
	dialect_use_lmtp();
	ATF_CHECK_STREQ("me.example", cf->smtp_helo_name);
	ATF_CHECK_EQ(span_s(7).ns, cf->smtp_helo_timeout.ns);
	ATF_CHECK_EQ(span_s(8).ns, cf->smtp_mail_timeout.ns);
	ATF_CHECK_STREQ("DSN", cf->smtp_discard_ehlo_keywords);
	ATF_CHECK(cf->smtp_skip_quit_response);
	ATF_CHECK_STREQ("24", cf->smtp_tcp_port);
	ATF_CHECK_STREQ("encrypt", cf->smtp_tls_security_level);
	ATF_CHECK_EQ(17, cf->smtp_connection_reuse_count_limit);
	ATF_CHECK(!cf->smtp_always_send_ehlo);
	ATF_CHECK_STREQ("client.example", cf->myhostname);
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, unix_socket);
	ATF_TP_ADD_TC(tp, no_socket);
	ATF_TP_ADD_TC(tp, tcp);
	ATF_TP_ADD_TC(tp, per_recipient);
	ATF_TP_ADD_TC(tp, per_recipient_unpipelined);
	ATF_TP_ADD_TC(tp, action);
	ATF_TP_ADD_TC(tp, reuse);
	ATF_TP_ADD_TC(tp, same_name);
	ATF_TP_ADD_TC(tp, parameters);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/* Which host a worker of smtp(8) goes to, and how long it stays there. */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/resolver.h"
#include "world.h"

static const struct dns_row two_mx[] = {
	{ "example.org", DNS_MX, "10 mx1.example.org" },
	{ "example.org", DNS_MX, "20 mx2.example.org" },
	{ "mx1.example.org", DNS_A, "192.0.2.1" },
	{ "mx2.example.org", DNS_A, "192.0.2.2" },
	{ NULL, 0, NULL },
};

/* The first host refuses the connection: the same worker goes on. */
ATF_TC_WITHOUT_HEAD(next_after_refused);
ATF_TC_BODY(next_after_refused, tc)
{
	static const struct server_at at[] = { { "192.0.2.2", ALL, NULL },
		{ NULL, NULL, NULL } };
	struct world w = { .conf = quick, .servers = at, .dns = two_mx };
	struct mail m = { .nexthop = "example.org" };
	struct result r;

	world_start(&w);
	world_deliver(&w, &m, &r);
	ATF_CHECK_EQ(OUTCOME_SENT, r.fate[0].outcome);
	ATF_CHECK_EQ(2, w.dials);
	has("log", world_log(&w), "connect to mx1.example.org[192.0.2.1]:25: "
	    "Connection refused\n");
	has("log", world_log(&w), "relay=mx2.example.org[192.0.2.2]:25, ");
	world_stop(&w);
}

/* dial(8) makes way for another as it is asked: not for long, or for ever. */
ATF_TC_WITHOUT_HEAD(dial_makes_way);
ATF_TC_BODY(dial_makes_way, tc)
{
	static const struct {
		const char	*label;
		int		 gone;
		enum outcome	 outcome;
	} rows[] = {
		{ "once", 1, OUTCOME_SENT },
		{ "twice", 2, OUTCOME_SENT },
		{ "always", 100, OUTCOME_DEFERRED },
	};
	static const struct server_at at[] = { { "192.0.2.1", ALL, NULL },
		{ NULL, NULL, NULL } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w = { .conf = quick, .servers = at,
			.dns = two_mx, .dials_gone = rows[i].gone };
		struct mail m = { .nexthop = "[192.0.2.1]" };
		struct result r;

		world_start(&w);
		world_deliver(&w, &m, &r);
		ATF_CHECK_EQ_MSG(rows[i].outcome, r.fate[0].outcome, "%s",
		    rows[i].label);
		world_stop(&w);
	}
}

/*
 * I4: the first host says a word, so a fresh worker must try the second; the
 * cursor takes it there.
 */
static void
hand_over(const struct rule *rules, const struct mail *mail, const char *log)
{
	const struct server_at at[] = { { "192.0.2.1", ALL, rules },
		{ "192.0.2.2", ALL, NULL }, { NULL, NULL, NULL } };
	struct world w = { .conf = quick, .servers = at, .dns = two_mx };
	struct mail m = *mail;
	struct result r;

	(void)remove("log");
	world_start(&w);
	world_deliver(&w, &m, &r);
	ATF_REQUIRE(r.done && !r.kept && !r.hop_failed);
	ATF_REQUIRE_EQ(OUTCOME_NEXT, r.fate[0].outcome);
	ATF_CHECK(r.cursor != 0);
	ATF_CHECK_EQ(1, w.dials);
	has("log", world_log(&w), log);
	has_not("log", world_log(&w), "to=<");
	/* Once more to the same worker: it does not budge. */
	m.cursor = r.cursor;
	world_deliver(&w, &m, &r);
	ATF_CHECK_EQ(OUTCOME_NEXT, r.fate[0].outcome);
	ATF_CHECK_EQ(m.cursor, r.cursor);
	ATF_CHECK_EQ(1, w.dials);
	world_release(&w);
	world_worker(&w);
	world_deliver(&w, &m, &r);
	ATF_CHECK_EQ(OUTCOME_SENT, r.fate[0].outcome);
	ATF_CHECK_STREQ("192.0.2.2 25", w.dialled);
	ATF_CHECK_EQ(2, w.dials);
	world_stop(&w);
}

ATF_TC_WITHOUT_HEAD(next_worker);
ATF_TC_BODY(next_worker, tc)
{
	static const struct mail m = { .nexthop = "example.org" };
	static const struct rule greeting[] = { { "CONNECT", 0, "421 busy" },
		{ NULL, 0, NULL } };
	static const struct rule mail[] = { { "MAIL", 0, "451 4.3.0 no" },
		{ NULL, 0, NULL } };
	static const struct rule rcpt[] = { { "RCPT", 0, "450 4.3.0 no" },
		{ NULL, 0, NULL } };
	static const struct rule drop[] = { { "DATA", 0, "DROP" },
		{ NULL, 0, NULL } };

	hand_over(greeting, &m, "4ABC: host mx1.example.org[192.0.2.1] "
	    "refused to talk to me: 421 busy\n");
	hand_over(mail, &m, "4ABC: host mx1.example.org[192.0.2.1] said: 451 "
	    "4.3.0 no (in reply to MAIL FROM command)\n");
	hand_over(rcpt, &m, "said: 450 4.3.0 no (in reply to RCPT TO");
	hand_over(drop, &m, "4ABC: lost connection with "
	    "mx1.example.org[192.0.2.1] while sending DATA command\n");
}

/* A server that says nothing at all and goes: nothing was read from it. */
ATF_TC_WITHOUT_HEAD(next_after_silence);
ATF_TC_BODY(next_after_silence, tc)
{
	static const struct rule drop[] = { { "CONNECT", 0, "DROP" },
		{ NULL, 0, NULL } };
	static const struct server_at at[] = { { "192.0.2.1", ALL, drop },
		{ "192.0.2.2", ALL, NULL }, { NULL, NULL, NULL } };
	struct world w = { .conf = quick, .servers = at, .dns = two_mx };
	struct mail m = { .nexthop = "example.org" };
	struct result r;

	world_start(&w);
	world_deliver(&w, &m, &r);
	ATF_CHECK_EQ(OUTCOME_SENT, r.fate[0].outcome);
	ATF_CHECK_STREQ("192.0.2.2 25", w.dialled);
	world_stop(&w);
}

/* Final answers do not go to the next host. */
ATF_TC_WITHOUT_HEAD(no_next);
ATF_TC_BODY(no_next, tc)
{
	static const struct rule rcpt[] = { { "RCPT", 0, "550 5.1.1 no" },
		{ NULL, 0, NULL } };
	static const struct server_at at[] = { { "192.0.2.1", ALL, rcpt },
		{ "192.0.2.2", ALL, NULL }, { NULL, NULL, NULL } };
	struct world w = { .conf = quick, .servers = at, .dns = two_mx };
	struct mail m = { .nexthop = "example.org" };
	struct result r;

	world_start(&w);
	world_deliver(&w, &m, &r);
	ATF_CHECK_EQ(OUTCOME_BOUNCED, r.fate[0].outcome);
	ATF_CHECK_EQ(1, w.dials);
	world_stop(&w);
}

/* What is wrong with a destination. */
static const struct {
	const char	*label, *nexthop;
	const char	*const conf[3];
	enum outcome	 outcome;
	const char	*dsn, *reason;
} places[] = {
	{ "refused", "[192.0.2.66]:2599", { NULL }, OUTCOME_DEFERRED, "4.4.1",
	    "connect to 192.0.2.66[192.0.2.66]:2599: Connection refused" },
	{ "refused 6", "[ipv6:2001:db8::66]", { NULL }, OUTCOME_DEFERRED,
	    "4.4.1", "connect to 2001:db8::66[2001:db8::66]:25: Connection "
	    "refused" },
	{ "no domain", "none.example", { NULL }, OUTCOME_BOUNCED, "5.4.4",
	    "Host or domain name not found. Name service error for "
	    "name=none.example type=AAAA: Host not found" },
	{ "mx fails", "fails.example", { NULL }, OUTCOME_DEFERRED, "4.4.3",
	    "Name service error for name=fails.example type=MX: Host not "
	    "found, try again" },
	{ "mx fails, ignored", "fails.example", { "ignore_mx_lookup_error",
	    "yes" }, OUTCOME_BOUNCED, "5.4.4", "type=AAAA: Host found but" },
	{ "null mx", "null.example", { NULL }, OUTCOME_BOUNCED, "5.1.0",
	    "Domain null.example does not accept mail (nullMX)" },
	{ "mx without address", "bare.example", { NULL }, OUTCOME_BOUNCED,
	    "5.4.4", "name=nohost.example type=AAAA: Host not found" },
	{ "mx without address, deferred", "bare.example",
	    { "smtp_defer_if_no_mx_address_found", "yes" }, OUTCOME_DEFERRED,
	    "4.4.4", "name=nohost.example type=AAAA: Host not found" },
	{ "mx address fails", "half.example", { NULL }, OUTCOME_DEFERRED,
	    "4.4.3", "name=failhost.example type=A: Host not found, try" },
	{ "self", "self.example", { NULL }, OUTCOME_BOUNCED, "5.4.6",
	    "mail for self.example loops back to myself" },
	{ "bad nexthop", "a:nosuchport", { NULL }, OUTCOME_DEFERRED, "4.3.5",
	    "bad destination in configuration: a:nosuchport" },
	{ "tls", "[192.0.2.1]", { "smtp_tls_security_level", "encrypt" },
	    OUTCOME_DEFERRED, "4.7.5",
	    "TLS is required, but our TLS engine is unavailable" },
	{ "tls policy", "[192.0.2.1]", { "smtp_tls_policy_maps",
	    "inline:{ { [192.0.2.1] = secure } }" }, OUTCOME_DEFERRED,
	    "4.7.5", "TLS is required, but our TLS engine is unavailable" },
	{ "soft bounce", "none.example", { "soft_bounce", "yes" },
	    OUTCOME_DEFERRED, "4.4.4", "type=AAAA: Host not found" },
};

ATF_TC_WITHOUT_HEAD(destination);
ATF_TC_BODY(destination, tc)
{
	static const struct dns_row dns[] = {
		{ "fails.example", DNS_MX, "TEMPFAIL" },
		{ "null.example", DNS_MX, "0" },
		{ "bare.example", DNS_MX, "10 nohost.example" },
		{ "half.example", DNS_MX, "10 nohost.example" },
		{ "half.example", DNS_MX, "10 failhost.example" },
		{ "failhost.example", DNS_A, "TEMPFAIL" },
		{ "self.example", DNS_MX, "10 me.example" },
		{ "me.example", DNS_A, "127.0.0.9" },
		{ NULL, 0, NULL },
	};
	static const struct server_at at[] = { { NULL, NULL, NULL } };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct world w = { .conf = places[i].conf, .servers = at,
			.dns = dns };
		struct mail m = { .nexthop = places[i].nexthop };
		const char *label = places[i].label;
		struct result r;

		(void)remove("log");
		world_start(&w);
		world_deliver(&w, &m, &r);
		ATF_CHECK_MSG(r.done, "%s: worker died", label);
		ATF_CHECK_MSG(places[i].outcome == r.fate[0].outcome,
		    "%s: outcome %d", label, r.fate[0].outcome);
		has(label, r.fate[0].dsn, places[i].dsn);
		has(label, r.fate[0].reason, places[i].reason);
		has(label, world_log(&w), "relay=none, ");
		world_stop(&w);
	}
}

ATF_TC_WITHOUT_HEAD(route);
ATF_TC_BODY(route, tc)
{
	static const struct {
		const char	*label, *nexthop, *dialled;
		const char	*const conf[3];
	} rows[] = {
		{ "a record", "host.example", "192.0.2.5 25", { NULL } },
		{ "port", "host.example:2525", "192.0.2.5 2525", { NULL } },
		{ "named port", "[host.example]:submission", "192.0.2.5 587",
		    { NULL } },
		{ "no mx in brackets", "[example.org]", "192.0.2.7 25",
		    { NULL } },
		{ "dns disabled", "example.org", "192.0.2.7 25",
		    { "smtp_dns_support_level", "disabled" } },
		{ "literal", "[192.0.2.5]", "192.0.2.5 25", { NULL } },
		{ "ipv6 first", "both.example", "2001:db8::5 25",
		    { "smtp_address_preference", "ipv6" } },
		{ "ipv4 first", "both.example", "192.0.2.8 25",
		    { "smtp_address_preference", "ipv4" } },
		{ "ipv6 only", "both.example", "2001:db8::5 25",
		    { "inet_protocols", "ipv6" } },
		{ "list", "[192.0.2.66], [192.0.2.5]", "192.0.2.5 25",
		    { NULL } },
		{ "fallback", "[192.0.2.66]", "192.0.2.5 26",
		    { "smtp_fallback_relay", "[192.0.2.5]:26" } },
		{ "fallback for a bad domain", "none.example", "192.0.2.5 26",
		    { "smtp_fallback_relay", "[192.0.2.5]:26" } },
		{ "better mx than self", "backup.example", "192.0.2.5 25",
		    { NULL } },
	};
	static const struct dns_row dns[] = {
		{ "host.example", DNS_A, "192.0.2.5" },
		{ "example.org", DNS_MX, "10 host.example" },
		{ "example.org", DNS_A, "192.0.2.7" },
		{ "both.example", DNS_A, "192.0.2.8" },
		{ "both.example", DNS_AAAA, "2001:db8::5" },
		{ "backup.example", DNS_MX, "20 me.example" },
		{ "backup.example", DNS_MX, "10 host.example" },
		{ "me.example", DNS_A, "127.0.0.9" },
		{ NULL, 0, NULL },
	};
	static const struct server_at at[] = { { "192.0.2.5", ALL, NULL },
		{ "192.0.2.7", ALL, NULL }, { "192.0.2.8", ALL, NULL },
		{ "2001:db8::5", ALL, NULL }, { NULL, NULL, NULL } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w = { .conf = rows[i].conf, .servers = at,
			.dns = dns };
		struct mail m = { .nexthop = rows[i].nexthop };
		struct result r;

		world_start(&w);
		world_deliver(&w, &m, &r);
		ATF_CHECK_MSG(r.fate[0].outcome == OUTCOME_SENT, "%s: %s",
		    rows[i].label, r.fate[0].reason);
		has(rows[i].label, w.dialled, rows[i].dialled);
		world_stop(&w);
	}
}


ATF_TC_WITHOUT_HEAD(reuse);
ATF_TC_BODY(reuse, tc)
{
	static const struct rule rules[] = { { "RCPT", 2, "550 5.1.1 no" },
		{ NULL, 0, NULL } };
	static const struct server_at at[] = { { "192.0.2.1", ALL, rules },
		{ NULL, NULL, NULL } };
	struct world w = { .conf = quick, .servers = at };
	struct mail m = { .flags = DELIVER_FLAG_KEEP };
	struct result r;

	world_start(&w);
	for (int i = 0; i < 4; i++) {
		if (i == 3)
			m.flags = 0;
		world_deliver(&w, &m, &r);
		ATF_CHECK_EQ(i == 1 ? OUTCOME_BOUNCED : OUTCOME_SENT,
		    r.fate[0].outcome);
		ATF_CHECK_EQ(i < 3, r.kept);
	}
	ATF_CHECK_EQ(1, w.dials);
	has("log", world_log(&w), "relay=192.0.2.1[192.0.2.1]:25, delay=");
	has("log", world_log(&w), ":25, conn_use=2, delay=");
	has("log", world_log(&w), ":25, conn_use=4, delay=");
	world_release(&w);
	world_settle();
	has("heard", world_heard(&w, 1), "\r\n.\r\nQUIT\r\n");
	arena_free(&w.arena);
}

/* The server closed the kept session: the same address again. */
ATF_TC_WITHOUT_HEAD(reuse_closed);
ATF_TC_BODY(reuse_closed, tc)
{
	/* The second MAIL of a connection is met by silence and the end. */
	static const struct rule rules[] = { { "MAIL", 2, "DROP" },
		{ NULL, 0, NULL } };
	static const struct server_at at[] = { { "192.0.2.1", ALL, rules },
		{ "192.0.2.2", ALL, NULL }, { NULL, NULL, NULL } };
	struct world w = { .conf = quick, .servers = at, .dns = two_mx };
	struct mail m = { .flags = DELIVER_FLAG_KEEP,
		.nexthop = "example.org" };
	struct result r;

	world_start(&w);
	for (int i = 0; i < 3; i++) {
		world_deliver(&w, &m, &r);
		ATF_CHECK_EQ(OUTCOME_SENT, r.fate[0].outcome);
		ATF_CHECK_STREQ("192.0.2.1 25", w.dialled);
	}
	ATF_CHECK_EQ(3, w.dials);
	/* Another destination is not for this worker. */
	m.nexthop = "other.example";
	world_deliver(&w, &m, &r);
	ATF_CHECK_EQ(OUTCOME_NEXT, r.fate[0].outcome);
	ATF_CHECK_EQ(0, r.cursor);
	ATF_CHECK_EQ(3, w.dials);
	world_stop(&w);
}

ATF_TC_WITHOUT_HEAD(reuse_limits);
ATF_TC_BODY(reuse_limits, tc)
{
	static const char *const conf[] = {
		"smtp_connection_reuse_count_limit", "2", NULL };
	static const struct server_at at[] = { { "192.0.2.1", ALL, NULL },
		{ NULL, NULL, NULL } };
	struct world w = { .conf = conf, .servers = at };
	struct mail m = { .flags = DELIVER_FLAG_KEEP };
	struct result r;

	world_start(&w);
	for (int i = 0; i < 3; i++) {
		world_deliver(&w, &m, &r);
		ATF_CHECK_EQ(OUTCOME_SENT, r.fate[0].outcome);
		ATF_CHECK_EQ(i < 2, r.kept);
	}
	ATF_CHECK_EQ(1, w.dials);
	world_stop(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, next_after_refused);
	ATF_TP_ADD_TC(tp, dial_makes_way);
	ATF_TP_ADD_TC(tp, next_worker);
	ATF_TP_ADD_TC(tp, next_after_silence);
	ATF_TP_ADD_TC(tp, no_next);
	ATF_TP_ADD_TC(tp, destination);
	ATF_TP_ADD_TC(tp, route);
	ATF_TP_ADD_TC(tp, reuse);
	ATF_TP_ADD_TC(tp, reuse_closed);
	ATF_TP_ADD_TC(tp, reuse_limits);
	return (atf_no_error());
}

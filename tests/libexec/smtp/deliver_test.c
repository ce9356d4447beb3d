/* SPDX-License-Identifier: ISC */
/* A worker of smtp(8) against servers that do as they please. */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/resolver.h"
#include "world.h"

#define ALL	"PIPELINING|SIZE 0|8BITMIME|DSN|SMTPUTF8|ENHANCEDSTATUSCODES"

static const char *const quick[] = { "smtp_helo_timeout", "1s",
	"smtp_mail_timeout", "1s", "smtp_rcpt_timeout", "1s",
	"smtp_data_init_timeout", "1s", "smtp_data_xfer_timeout", "1s",
	"smtp_data_done_timeout", "1s", "smtp_rset_timeout", "1s",
	"smtp_host_lookup", "dns", NULL };

static void
has(const char *label, const char *text, const char *part)
{
	ATF_CHECK_MSG(strstr(text, part) != NULL, "%s: no \"%s\" in \"%s\"",
	    label, part, text);
}

static void
has_not(const char *label, const char *text, const char *part)
{
	ATF_CHECK_MSG(strstr(text, part) == NULL, "%s: \"%s\" in \"%s\"",
	    label, part, text);
}

/* One message over one server with these rules. */
static void
once(const char *features, const struct rule *rules, const struct mail *m,
    struct result *r)
{
	struct server_at at[] = { { "192.0.2.1", features, rules },
		{ NULL, NULL, NULL } };
	struct world w = { .conf = quick, .servers = at };

	world_start(&w);
	world_deliver(&w, m, r);
	world_stop(&w);
}

ATF_TC_WITHOUT_HEAD(sent);
ATF_TC_BODY(sent, tc)
{
	static const struct server_at at[] = { { "192.0.2.1", ALL, NULL },
		{ NULL, NULL, NULL } };
	struct world w = { .conf = quick, .servers = at };
	struct mail m = { .rcpts = { "r@example.org" } };
	struct result r;

	world_start(&w);
	world_deliver(&w, &m, &r);
	world_stop(&w);
	world_settle();
	ATF_CHECK(r.done && !r.kept && !r.hop_failed);
	ATF_CHECK_EQ(1, r.n);
	ATF_CHECK_EQ(OUTCOME_SENT, r.fate[0].outcome);
	ATF_CHECK_STREQ("2.0.0", r.fate[0].dsn);
	ATF_CHECK_STREQ("", r.fate[0].action);
	ATF_CHECK_STREQ("250 2.0.0 Ok: queued", r.fate[0].reason);
	w.arena = arena_new(0);
	has("log", world_log(&w), "4ABC: to=<r@example.org>, "
	    "relay=192.0.2.1[192.0.2.1]:25, delay=");
	has("log", world_log(&w), ", delays=1/0.");
	has("log", world_log(&w),
	    ", dsn=2.0.0, status=sent (250 2.0.0 Ok: queued)\n");
	ATF_CHECK_STREQ("EHLO client.example\r\n"
	    "MAIL FROM:<s@example.com> SIZE=21\r\n"
	    "RCPT TO:<r@example.org>\r\nDATA\r\n"
	    "Subject: test\r\n\r\nhello\r\n.\r\nQUIT\r\n",
	    world_heard(&w, 1));
	arena_free(&w.arena);
}

/* Each step's refusal: what becomes of the recipient. */
static const struct {
	const char	*label, *verb, *reply;
	enum outcome	 outcome;
	const char	*dsn, *reason;
	bool		 hop;
} replies[] = {
	{ "greeting 4", "CONNECT", "421 4.3.2 busy", OUTCOME_DEFERRED,
	    "4.3.2", "host 192.0.2.1[192.0.2.1] refused to talk to me: "
	    "421 4.3.2 busy", true },
	{ "greeting 5", "CONNECT", "554 no", OUTCOME_DEFERRED, "4.0.0",
	    "refused to talk to me: 554 no", true },
	{ "greeting 3", "CONNECT", "354 what", OUTCOME_DEFERRED, "4.0.0",
	    "refused to talk to me: 354 what", true },
	{ "helo 4", "HELO", "450 4.7.1 no", OUTCOME_DEFERRED, "4.7.1",
	    "refused to talk to me: 450 4.7.1 no", true },
	{ "helo 5", "HELO", "550 5.7.1 no", OUTCOME_BOUNCED, "5.7.1",
	    "refused to talk to me: 550 5.7.1 no", false },
	{ "ehlo 421", "EHLO", "421 go away", OUTCOME_DEFERRED, "4.0.0",
	    "refused to talk to me: 421 go away", true },
	{ "mail 4", "MAIL", "451 4.1.8 try", OUTCOME_DEFERRED, "4.1.8",
	    "host 192.0.2.1[192.0.2.1] said: 451 4.1.8 try "
	    "(in reply to MAIL FROM command)", false },
	{ "mail 5", "MAIL", "550-5.1.8 a\r\n550 5.1.8 b", OUTCOME_BOUNCED,
	    "5.1.8", "said: 550-5.1.8 a 550 5.1.8 b (in reply to MAIL FROM",
	    false },
	{ "mail 421", "MAIL", "421 4.4.2 bye", OUTCOME_DEFERRED, "4.4.2",
	    "421 4.4.2 bye (in reply to MAIL FROM command)", true },
	{ "mail 3", "MAIL", "354 huh", OUTCOME_DEFERRED, "4.0.0",
	    "354 huh (in reply to MAIL FROM", false },
	{ "rcpt 4", "RCPT", "450 4.2.1 later", OUTCOME_DEFERRED, "4.2.1",
	    "450 4.2.1 later (in reply to RCPT TO command)", false },
	{ "rcpt 5", "RCPT", "550 5.1.1 who", OUTCOME_BOUNCED, "5.1.1",
	    "550 5.1.1 who (in reply to RCPT TO command)", false },
	{ "rcpt wrong class", "RCPT", "550 4.1.1 who", OUTCOME_BOUNCED,
	    "5.0.0", "550 4.1.1 who", false },
	{ "rcpt 421", "RCPT", "421 4.3.0 bye", OUTCOME_DEFERRED, "4.3.0",
	    "421 4.3.0 bye (in reply to RCPT TO command)", true },
	{ "data 4", "DATA", "451 4.3.0 no", OUTCOME_DEFERRED, "4.3.0",
	    "451 4.3.0 no (in reply to DATA command)", false },
	{ "data 5", "DATA", "554 5.7.1 no", OUTCOME_BOUNCED, "5.7.1",
	    "554 5.7.1 no (in reply to DATA command)", false },
	{ "data 2", "DATA", "250 fine", OUTCOME_DEFERRED, "4.0.0",
	    "250 fine (in reply to DATA command)", false },
	{ "data 421", "DATA", "421 bye", OUTCOME_DEFERRED, "4.0.0",
	    "421 bye (in reply to DATA command)", true },
	{ "dot 4", "DOT", "452 4.3.1 full", OUTCOME_DEFERRED, "4.3.1",
	    "452 4.3.1 full (in reply to end of DATA command)", false },
	{ "dot 5", "DOT", "554 5.6.0 spam", OUTCOME_BOUNCED, "5.6.0",
	    "554 5.6.0 spam (in reply to end of DATA command)", false },
	{ "dot 421", "DOT", "421 4.3.2 bye", OUTCOME_DEFERRED, "4.3.2",
	    "421 4.3.2 bye (in reply to end of DATA command)", true },
	{ "dot no dsn", "DOT", "250 taken", OUTCOME_SENT, "2.0.0",
	    "250 taken", false },
	/* hostile ones */
	{ "big", "MAIL", "BIG", OUTCOME_DEFERRED, "4.5.0",
	    "host 192.0.2.1[192.0.2.1] sent an endless reply while sending "
	    "MAIL FROM", true },
	{ "garbage", "EHLO", "GARBAGE", OUTCOME_DEFERRED, "4.5.0",
	    "sent an endless reply while performing the EHLO handshake",
	    true },
};

ATF_TC_WITHOUT_HEAD(reply);
ATF_TC_BODY(reply, tc)
{
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		struct rule rules[] = {
			{ replies[i].verb, 0, replies[i].reply },
			{ NULL, 0, NULL } };
		bool helo = strcmp(replies[i].verb, "HELO") == 0;
		struct mail m = { 0 };
		struct result r;

		for (int pipelining = 0; pipelining < 2; pipelining++) {
			const char *label = replies[i].label;

			once(helo ? NULL : pipelining ? ALL : "SIZE", rules,
			    &m, &r);
			ATF_CHECK_MSG(r.done && r.n == 1, "%s: no end", label);
			ATF_CHECK_MSG(replies[i].outcome == r.fate[0].outcome,
			    "%s: %d", label, r.fate[0].outcome);
			has(label, r.fate[0].dsn, replies[i].dsn);
			has(label, r.fate[0].reason, replies[i].reason);
			ATF_CHECK_MSG(replies[i].hop == r.hop_failed,
			    "%s: hop %d", label, r.hop_failed);
		}
	}
}

static const struct {
	const char	*verb, *doing;
} phases[] = {
	{ "CONNECT", "receiving the initial server greeting" },
	{ "EHLO", "performing the EHLO handshake" },
	{ "MAIL", "sending MAIL FROM" },
	{ "RCPT", "sending RCPT TO" },
	{ "DATA", "sending DATA command" },
	{ "DOT", "sending end of data -- message may be sent more than once" },
};

static void
break_off(const char *how, const char *dsn, const char *text)
{
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		struct rule rules[] = { { phases[i].verb, 0, how },
			{ NULL, 0, NULL } };
		struct mail m = { 0 };
		struct result r;
		char want[200];

		once("SIZE", rules, &m, &r);
		(void)snprintf(want, sizeof(want), "%s%s", text,
		    phases[i].doing);
		ATF_CHECK_MSG(r.done && r.n == 1, "%s", phases[i].verb);
		ATF_CHECK_EQ(OUTCOME_DEFERRED, r.fate[0].outcome);
		ATF_CHECK_STREQ(dsn, r.fate[0].dsn);
		has(phases[i].verb, r.fate[0].reason, want);
		ATF_CHECK(r.hop_failed);
	}
}

ATF_TC_WITHOUT_HEAD(lost_connection);
ATF_TC_BODY(lost_connection, tc)
{
	break_off("DROP", "4.4.2",
	    "lost connection with 192.0.2.1[192.0.2.1] while ");
}

ATF_TC_WITHOUT_HEAD(timeout);
ATF_TC_BODY(timeout, tc)
{
	break_off("HANG", "4.4.2",
	    "conversation with 192.0.2.1[192.0.2.1] timed out while ");
}

/* A byte now and then does not keep the worker for ever. */
ATF_TC_WITHOUT_HEAD(slow);
ATF_TC_BODY(slow, tc)
{
	static const struct rule rules[] = { { "MAIL", 0, "SLOW" },
		{ NULL, 0, NULL } };
	struct mail m = { 0 };
	struct result r;

	once("SIZE", rules, &m, &r);
	ATF_CHECK(r.done);
	ATF_CHECK_EQ(OUTCOME_DEFERRED, r.fate[0].outcome);
	has("slow", r.fate[0].reason, "timed out while sending MAIL FROM");
}

ATF_TC_WITHOUT_HEAD(body_lost);
ATF_TC_BODY(body_lost, tc)
{
	static const struct rule rules[] = { { "BODY", 0, "DROP" },
		{ NULL, 0, NULL } };
	size_t size = 3 * 1024 * 1024;
	char *big = malloc(size);
	struct mail m = { .content = big, .size = size };
	struct result r;

	memset(big, 'x', size);
	for (size_t i = 70; i < size; i += 71)
		big[i] = '\n';
	once(ALL, rules, &m, &r);
	ATF_CHECK(r.done);
	ATF_CHECK_EQ(OUTCOME_DEFERRED, r.fate[0].outcome);
	has("body", r.fate[0].reason, "lost connection with "
	    "192.0.2.1[192.0.2.1] while sending message body");
	free(big);
}

ATF_TC_WITHOUT_HEAD(partial);
ATF_TC_BODY(partial, tc)
{
	static const struct rule rules[] = {
		{ "RCPT", 2, "550 5.1.1 <two> unknown" },
		{ "RCPT", 3, "450 4.2.0 <three> later" },
		{ NULL, 0, NULL } };
	struct mail m = { .rcpts = { "one@example.org", "two@example.org",
	    "three@example.org", "four@example.org" } };

	for (int pipelining = 0; pipelining < 2; pipelining++) {
		struct result r;

		once(pipelining ? ALL : "SIZE", rules, &m, &r);
		ATF_CHECK_EQ(4, r.n);
		ATF_CHECK_EQ(OUTCOME_SENT, r.fate[0].outcome);
		ATF_CHECK_EQ(OUTCOME_BOUNCED, r.fate[1].outcome);
		ATF_CHECK_EQ(OUTCOME_DEFERRED, r.fate[2].outcome);
		ATF_CHECK_EQ(OUTCOME_SENT, r.fate[3].outcome);
		ATF_CHECK_STREQ("5.1.1", r.fate[1].dsn);
		ATF_CHECK_STREQ("192.0.2.1", r.fate[1].mta_name);
		ATF_CHECK_STREQ("550 5.1.1 <two> unknown",
		    r.fate[1].diag_text);
	}
}

/* All refused, DATA taken all the same: nothing but the dot (RFC 2920). */
ATF_TC_WITHOUT_HEAD(all_refused);
ATF_TC_BODY(all_refused, tc)
{
	static const struct rule rules[] = { { "RCPT", 0, "550 5.1.1 no" },
		{ NULL, 0, NULL } };
	struct world w = { .arena = NULL };
	struct mail m = { .rcpts = { "a@example.org", "b@example.org" } };
	struct result r;

	once(ALL, rules, &m, &r);
	world_settle();
	ATF_CHECK_EQ(2, r.n);
	ATF_CHECK_EQ(OUTCOME_BOUNCED, r.fate[0].outcome);
	w.arena = arena_new(0);
	has("heard", world_heard(&w, 1), "DATA\r\n.\r\n");
	has_not("heard", world_heard(&w, 1), "hello");
	arena_free(&w.arena);
}

ATF_TC_WITHOUT_HEAD(many_recipients);
ATF_TC_BODY(many_recipients, tc)
{
	static const struct rule rules[] = { { "RCPT", 777, "450 4.2.2 full" },
		{ NULL, 0, NULL } };
	struct mail m = { .many = WORLD_RCPTS };
	struct result r;

	once(ALL, rules, &m, &r);
	ATF_CHECK_EQ(WORLD_RCPTS, r.n);
	for (size_t i = 0; i < r.n; i++)
		ATF_CHECK_EQ_MSG(i == 776 ? OUTCOME_DEFERRED : OUTCOME_SENT,
		    r.fate[i].outcome, "%zu", i);
}

/* A damaged message never gets its final dot. */
ATF_TC_WITHOUT_HEAD(damaged);
ATF_TC_BODY(damaged, tc)
{
	size_t size = 200 * 1000;
	char *big = malloc(size);
	struct mail m = { .content = big, .size = size, .damage = true };
	struct world w = { .arena = NULL };
	struct result r;

	memset(big, 'y', size);
	for (size_t i = 70; i < size; i += 71)
		big[i] = '\n';
	once(ALL, NULL, &m, &r);
	world_settle();
	ATF_CHECK(r.done && !r.kept && !r.hop_failed);
	ATF_CHECK_EQ(OUTCOME_DEFERRED, r.fate[0].outcome);
	ATF_CHECK_STREQ("4.3.0", r.fate[0].dsn);
	ATF_CHECK_STREQ("queue file damaged", r.fate[0].reason);
	w.arena = arena_new(0);
	has("heard", world_heard(&w, 1), "DATA\r\nyyy");
	has_not("heard", world_heard(&w, 1), "\r\n.\r\n");
	has("log", world_log(&w), "warning: 4ABC: content does not match");
	arena_free(&w.arena);
	free(big);
}

ATF_TC_WITHOUT_HEAD(content);
ATF_TC_BODY(content, tc)
{
	static const struct {
		const char	*label, *content, *wire;
	} rows[] = {
		{ "empty", "\n", "\r\n.\r\n" },
		{ "dots", "A: b\n\n.\n..\n.x\nx.\n",
		    "A: b\r\n\r\n..\r\n...\r\n..x\r\nx.\r\n.\r\n" },
		{ "no final newline", "A: b\n\nx", "A: b\r\n\r\nx\r\n.\r\n" },
		{ "dot at the end", "A: b\n\n.", "A: b\r\n\r\n..\r\n.\r\n" },
		{ "long line", "A: b\n\n123456789012345678901234567890\n",
		    "A: b\r\n\r\n12345678901234567890\r\n 1234567890\r\n.\r\n" },
		{ "just fits", "A: b\n\n12345678901234567890\n",
		    "A: b\r\n\r\n12345678901234567890\r\n.\r\n" },
		{ "split twice", "12345678901234567890"
		    "1234567890123456789" "X\n", "12345678901234567890\r\n "
		    "1234567890123456789\r\n X\r\n.\r\n" },
		{ "cr dot cr", "a\r\n.\r\nb\n",
		    "a\r\r\n..\r\r\nb\r\n.\r\n" },
	};
	static const char *const conf[] = { "smtp_line_length_limit", "20",
		NULL };
	static const struct server_at at[] = { { "192.0.2.1", ALL, NULL },
		{ NULL, NULL, NULL } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w = { .conf = conf, .servers = at };
		struct mail m = { .content = rows[i].content };
		struct result r;
		const char *heard;

		(void)remove("heard.1");
		world_start(&w);
		world_deliver(&w, &m, &r);
		ATF_CHECK_EQ(OUTCOME_SENT, r.fate[0].outcome);
		heard = strstr(world_heard(&w, 1), "DATA\r\n");
		ATF_REQUIRE(heard != NULL);
		ATF_CHECK_MSG(strncmp(rows[i].wire, heard + 6,
		    strlen(rows[i].wire)) == 0, "%s: %s", rows[i].label,
		    heard);
		world_stop(&w);
		world_settle();
	}
}

/* Hosts ------------------------------------------------------------------ */

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

/* Session reuse ----------------------------------------------------------- */

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

/* Extensions -------------------------------------------------------------- */

static const char *
heard_by(const char *features, const char *const *conf, const struct mail *m,
    struct result *r, struct world *w)
{
	struct server_at at[] = { { "192.0.2.1", features, NULL },
		{ NULL, NULL, NULL } };

	*w = (struct world){ .conf = conf, .servers = at };
	(void)remove("heard.1");
	world_start(w);
	world_deliver(w, m, r);
	world_release(w);
	world_settle();
	return (world_heard(w, 1));
}

ATF_TC_WITHOUT_HEAD(extensions);
ATF_TC_BODY(extensions, tc)
{
	static const struct {
		const char	*label, *features;
		const char	*const conf[5];
		struct mail	 m;
		const char	*part;	/* of what is heard, or the reason */
		bool		 fails;
	} rows[] = {
		{ "none", "X-NOTHING", { NULL }, { 0 },
		    "MAIL FROM:<s@example.com>\r\n", false },
		{ "null sender", ALL, { NULL }, { .sender = "" },
		    "MAIL FROM:<> SIZE=", false },
		{ "quoting", ALL, { NULL }, { .sender = "a b@example.com" },
		    "MAIL FROM:<\"a b\"@example.com>", false },
		{ "8bit", ALL, { NULL }, { .encoding = "8bit" },
		    " BODY=8BITMIME\r\n", false },
		{ "7bit", ALL, { NULL }, { .encoding = "7bit" },
		    " BODY=7BIT\r\n", false },
		{ "dsn notify", ALL, { NULL },
		    { .notify = DSN_NOTIFY_SUCCESS | DSN_NOTIFY_DELAY },
		    "RCPT TO:<r@example.org> NOTIFY=SUCCESS,DELAY\r\n",
		    false },
		{ "size is too big", "SIZE 10", { NULL }, { 0 },
		    "message size 21 exceeds size limit 10 of server "
		    "192.0.2.1[192.0.2.1]", true },
		{ "discard", ALL, { "smtp_discard_ehlo_keywords",
		    "size, pipelining" }, { 0 },
		    "MAIL FROM:<s@example.com>\r\n", false },
		{ "discard by address", ALL,
		    { "smtp_discard_ehlo_keyword_address_maps",
		    "inline:{ { 192.0.2.1 = size } }" }, { 0 },
		    "MAIL FROM:<s@example.com>\r\n", false },
		{ "utf8", ALL, { NULL }, { .sender = "\303\274@example.com",
		    .sendopts = SENDOPT_SMTPUTF8 }, " SMTPUTF8\r\n", false },
		{ "utf8 is missing", "SIZE", { NULL },
		    { .sender = "\303\274@example.com",
		    .sendopts = SENDOPT_SMTPUTF8 }, "SMTPUTF8 is required, "
		    "but was not offered by host 192.0.2.1[192.0.2.1]", true },
		{ "utf8 not needed", "SIZE", { NULL },
		    { .sendopts = SENDOPT_SMTPUTF8 }, "DATA\r\n", false },
		{ "utf8 in the header", "SIZE", { NULL },
		    { .sendopts = SENDOPT_SMTPUTF8,
		    .content = "Subject: \303\274\n\nx\n" },
		    "SMTPUTF8 is required", true },
		{ "helo", NULL, { NULL }, { 0 },
		    "EHLO client.example\r\nHELO client.example\r\nMAIL",
		    false },
		{ "never ehlo", ALL, { "smtp_never_send_ehlo", "yes",
		    "smtp_helo_name", "me.example" }, { 0 },
		    "HELO me.example\r\nMAIL FROM:<s@example.com>\r\n",
		    false },
		{ "xforward", ALL "|XFORWARD NAME ADDR PROTO HELO SOURCE",
		    { "smtp_send_xforward_command", "yes" }, { 0 },
		    "XFORWARD NAME=peer.example ADDR=192.0.2.99\r\n"
		    "XFORWARD PROTO=ESMTP HELO=peer+20helo SOURCE=REMOTE\r\n"
		    "MAIL", false },
		{ "generic", ALL, { "smtp_generic_maps",
		    "inline:{ { s@example.com = public@example.net } "
		    "{ @in.example = all@example.net } }" },
		    { .content = "From: Me <s@example.com>\nCc: a@in.example,\n"
		    " B <b@x.example>\nX-From: s@example.com\n\n"
		    "From: s@example.com\n" },
		    "DATA\r\nFrom: Me <public@example.net>\r\n"
		    "Cc: all@example.net,\r\n B <b@x.example>\r\n"
		    "X-From: s@example.com\r\n\r\n"
		    "From: s@example.com\r\n.\r\n", false },
		{ "generic envelope", ALL, { "smtp_generic_maps",
		    "inline:{ s@example.com=public@example.net }" }, { 0 },
		    "MAIL FROM:<public@example.net> ", false },
		{ "to 7bit", "PIPELINING", { NULL }, { .encoding = "8bit",
		    .content = "MIME-Version: 1.0\n"
		    "Content-Transfer-Encoding: 8bit\n"
		    "Content-Type: text/plain\n\ngr\303\274n = green\n" },
		    "DATA\r\nMIME-Version: 1.0\r\n"
		    "Content-Type: text/plain\r\n"
		    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
		    "gr=C3=BCn =3D green\r\n.\r\n", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		struct result r;
		const char *heard = heard_by(rows[i].features, rows[i].conf,
		    &rows[i].m, &r, &w);

		ATF_CHECK_MSG(rows[i].fails == (r.fate[0].outcome ==
		    OUTCOME_BOUNCED), "%s: %s", rows[i].label,
		    r.fate[0].reason);
		has(rows[i].label, rows[i].fails ? r.fate[0].reason : heard,
		    rows[i].part);
		arena_free(&w.arena);
	}
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
	ATF_TP_ADD_TC(tp, extensions);
	ATF_TP_ADD_TC(tp, sent);
	ATF_TP_ADD_TC(tp, reply);
	ATF_TP_ADD_TC(tp, lost_connection);
	ATF_TP_ADD_TC(tp, timeout);
	ATF_TP_ADD_TC(tp, slow);
	ATF_TP_ADD_TC(tp, body_lost);
	ATF_TP_ADD_TC(tp, partial);
	ATF_TP_ADD_TC(tp, all_refused);
	ATF_TP_ADD_TC(tp, many_recipients);
	ATF_TP_ADD_TC(tp, damaged);
	ATF_TP_ADD_TC(tp, content);
	return (atf_no_error());
}

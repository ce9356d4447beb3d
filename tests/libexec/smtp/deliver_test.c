/* SPDX-License-Identifier: ISC */
/* A worker of smtp(8) against servers that do as they please. */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/resolver.h"
#include "world.h"

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
	ATF_TP_ADD_TC(tp, extensions);
	return (atf_no_error());
}

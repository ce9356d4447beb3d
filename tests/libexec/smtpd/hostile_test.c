/* SPDX-License-Identifier: ISC */
/*
 * hostile_test - clients that send garbage, too much, or not enough: a clear
 * outcome, bounded memory, no message that was not finished; and services
 * that fail.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#include "fake.h"

#define E	"EHLO c.example\r\n" TURN
#define M	"MAIL FROM:<a@c.example>\r\n" TURN
#define R	"RCPT TO:<alice@acc.example>\r\n" TURN
#define MESSAGE	E M R "DATA\r\n" TURN "Subject: x\r\n\r\nhello\r\n.\r\n" TURN	\
		"QUIT\r\n"

static void
said(const char *text, const char *label)
{
	ATF_CHECK_MSG(strstr(fake_said.p, text) != NULL, "%s: no \"%s\" in "
	    "\"%.2000s\"", label, text, fake_said.p);
}

static void
logged(const char *text, const char *label)
{
	ATF_CHECK_MSG(strstr(fake_log.p, text) != NULL, "%s: no \"%s\" in "
	    "\"%.2000s\"", label, text, fake_log.p);
}

/* The connection ends after any byte of a dialogue. */
ATF_TC_WITHOUT_HEAD(close_anywhere);
ATF_TC_BODY(close_anywhere, tc)
{
	static const char *const dialogues[] = { MESSAGE,
		E M R "BDAT 3\r\na\r\n" TURN "BDAT 3 LAST\r\nb\r\n" TURN
		    "QUIT\r\n" };
	struct fake_client c = { .name = "unknown" };
	size_t i, n;
	unsigned whole;

	fake_setup(NULL);
	for (i = 0; i < 2; i++) {
		n = strlen(dialogues[i]);
		for (c.cut = 1; c.cut < n; c.cut++) {
			memset(&fake_mail.opened, 0, 3 * sizeof(unsigned));
			buf_reset(&fake_log);
			(void)fake_play(&c, dialogues[i], n);
			whole = strstr(fake_said.p, "queued as") != NULL;
			ATF_CHECK_EQ_MSG(whole, fake_mail.finished,
			    "cut at %zu", c.cut);
			ATF_CHECK_MSG(!fake_mail.in_message, "cut at %zu: "
			    "cleanup waits", c.cut);
			logged("disconnect from unknown[127.0.0.1]", "cut");
			logged("lost connection after", "cut");
		}
	}
	fake_teardown();
}

ATF_TC_WITHOUT_HEAD(long_line);
ATF_TC_BODY(long_line, tc)
{
	struct buf in;
	size_t i;

	fake_setup(NULL);
	buf_init(&in, 4 << 20);
	buf_xputs(&in, E "NOOP ");
	for (i = 0; i < 1 << 20; i++)
		buf_xput(&in, "x", 1);
	buf_xputs(&in, "\r\n" TURN "NOOP\r\n" TURN "QUIT\r\n");
	(void)fake_play(NULL, in.p, in.n);
	said("500 5.5.2 Error: line too long\r\n250 2.0.0 Ok\r\n221", "1 MB");
	buf_fini(&in);
	fake_teardown();
}

ATF_TC_WITHOUT_HEAD(many_recipients);
ATF_TC_BODY(many_recipients, tc)
{
	struct buf in;
	size_t i;

	fake_setup(NULL);
	buf_init(&in, 4 << 20);
	buf_xputs(&in, E M);
	for (i = 0; i < 10000; i++)
		buf_xputs(&in, "RCPT TO:<alice@acc.example>\r\n");
	(void)fake_play(NULL, in.p, in.n);
	/* 1000 taken, 1000 put off, 20 errors: the end. */
	said("421 4.7.0 mx.acc.example Error: too many errors", "rcpts");
	ATF_CHECK_EQ(1000, fake_mail.rcpts);
	ATF_CHECK(!fake_mail.in_message);
	logged("rcpt=2000/2020", "rcpts");
	buf_fini(&in);
	fake_teardown();
}

/* Random bytes, and random pieces of commands. */
ATF_TC_WITHOUT_HEAD(garbage);
ATF_TC_BODY(garbage, tc)
{
	static const char *const words[] = { "EHLO ", "MAIL FROM:", "RCPT TO:",
		"<a@b.example>", "<alice@acc.example>", "DATA", "BDAT ", "3",
		"LAST", " ", "\r\n", "\r\n", "\n", "\r", ".", "\r\n.\r\n",
		"RSET", "SIZE=", "XCLIENT NAME=", "\"", "<", ">", "@", "\xff",
		TURN, "ORCPT=rfc822;+", "NOTIFY=NEVER", "SMTPUTF8", "[", "]",
		"XFORWARD IDENT=" };
	static const char *const params[] = {
		"smtpd_authorized_xclient_hosts", "127.0.0.1",
		"smtpd_authorized_xforward_hosts", "127.0.0.1",
		"smtpd_hard_error_limit", "1000",
		"smtpd_forbid_unauth_pipelining", "no", NULL };
	struct fake_client c = { .name = "unknown" };
	unsigned seed;
	struct buf in;
	size_t i;
	char byte;

	fake_setup(params);
	fake_quiet = true;
	buf_init(&in, 1 << 20);
	for (seed = 0; seed < 2000; seed++) {
		srandom(seed);
		buf_reset(&in);
		for (i = 0; i < 200; i++) {
			if (seed % 10 == 0) {
				byte = (char)random();
				buf_xput(&in, &byte, 1);
			} else
				buf_xputs(&in, words[(size_t)random() %
				    (sizeof(words) / sizeof(words[0]))]);
		}
		c.piece = (size_t)random() % 20;
		(void)fake_play(&c, in.p, in.n);
		ATF_CHECK(!fake_mail.in_message);
	}
	fake_quiet = false;
	buf_fini(&in);
	fake_teardown();
}

/* What cleanup(8) says, and what becomes of it. */
ATF_TC_WITHOUT_HEAD(cleanup_status);
ATF_TC_BODY(cleanup_status, tc)
{
	static const struct {
		uint32_t status;
		const char *reason, *want;
	} rows[] = {
		{ MAIL_STAT_SIZE, NULL, "552 5.3.4 Error: message file too big" },
		{ MAIL_STAT_HOPS, NULL, "554 5.4.0 Error: too many hops" },
		{ MAIL_STAT_CONT, "5.7.1 No spam here",
		    "550 5.7.1 No spam here\r\n" },
		{ MAIL_STAT_CONT, "No code", "550 5.7.1 No code\r\n" },
		{ MAIL_STAT_CONT, "", "550 5.7.1 Error: content rejected" },
		{ MAIL_STAT_DEFER, "4.7.9 Later", "451 4.7.9 Later\r\n" },
		{ MAIL_STAT_WRITE, NULL,
		    "451 4.3.0 Error: queue file write error" },
		{ MAIL_STAT_NOSPC, NULL,
		    "452 4.3.1 Insufficient system storage" },
		{ MAIL_STAT_BAD, NULL, "451 4.3.0 Error: internal error" },
		{ MAIL_STAT_BAD | MAIL_STAT_CONT, "x", "451 4.3.0 Error:" },
		{ 0x40000000, NULL, "451 4.3.0 Error: queue file write" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_setup(NULL);
		fake_trouble.end_status = rows[i].status;
		fake_trouble.end_reason = rows[i].reason;
		(void)FAKE_PLAY(NULL, MESSAGE);
		said(rows[i].want, "status");
		ATF_CHECK(strstr(fake_said.p, "queued") == NULL);
		fake_teardown();
	}
	fake_setup(NULL);
	fake_trouble.open_status = MAIL_STAT_NOSPC;
	(void)FAKE_PLAY(NULL, MESSAGE);
	said("452 4.3.1 Insufficient system storage", "at RCPT");
	said("554 5.5.1 Error: no valid recipients", "DATA");
	fake_teardown();
}

ATF_TC_WITHOUT_HEAD(services_gone);
ATF_TC_BODY(services_gone, tc)
{
	fake_setup(NULL);
	fake_trouble.no_cleanup = true;
	(void)FAKE_PLAY(NULL, MESSAGE);
	said("451 4.3.0 Error: queue file write error", "no cleanup");
	fake_teardown();

	fake_setup(NULL);
	fake_trouble.cleanup_gone = true;
	(void)FAKE_PLAY(NULL, E M R "DATA\r\n" TURN "x\r\n.\r\n" TURN
	    M R "QUIT\r\n");
	said("451 4.3.0 Error: queue file write error", "cleanup dies");
	ATF_CHECK_MSG(strstr(fake_said.p, "queued") == NULL, "a lost message");
	logged("problem talking to service cleanup", "cleanup dies");
	fake_teardown();

	fake_setup(NULL);
	fake_trouble.no_rewrite = true;
	(void)FAKE_PLAY(NULL, MESSAGE);
	said("451 4.3.0 <alice@acc.example>: Temporary lookup failure",
	    "no rewrite");
	fake_teardown();

	fake_setup(NULL);
	fake_trouble.resolve_fail = true;
	(void)FAKE_PLAY(NULL, MESSAGE);
	said("451 4.3.0 <alice@acc.example>: Temporary lookup failure",
	    "resolve fails");
	fake_teardown();
}

ATF_TC_WITHOUT_HEAD(anvil_limits);
ATF_TC_BODY(anvil_limits, tc)
{
	static const char *const count[] = {
		"smtpd_client_connection_count_limit", "2",
		"smtpd_client_event_limit_exceptions", "", NULL };
	static const char *const rates[] = {
		"smtpd_client_message_rate_limit", "2",
		"smtpd_client_event_limit_exceptions", "", NULL };
	static const char *const rcpts[] = {
		"smtpd_client_recipient_rate_limit", "2",
		"smtpd_client_event_limit_exceptions", "", NULL };
	struct fake_client c = { .name = "unknown", .addr = "10.80.2.31" };

	fake_setup(count);
	fake_trouble.anvil_count = 3;
	(void)FAKE_PLAY(&c, MESSAGE);
	ATF_CHECK_STREQ("421 4.7.0 mx.acc.example Error: too many connections "
	    "from 10.80.2.31\r\n", fake_said.p);
	logged("warning: Connection concurrency limit exceeded: 3 from "
	    "unknown[10.80.2.31] for service smtp", "count");
	fake_trouble.anvil_count = 2;
	(void)FAKE_PLAY(&c, "QUIT\r\n");
	said("220 mx.acc.example", "at the limit");
	fake_teardown();

	fake_setup(rates);
	fake_trouble.anvil_rate = 3;
	(void)FAKE_PLAY(&c, E M);
	said("450 4.7.1 Error: too much mail from 10.80.2.31", "mail");
	fake_teardown();

	fake_setup(rcpts);
	fake_trouble.anvil_rate = 3;
	(void)FAKE_PLAY(&c, E M R);
	said("450 4.7.1 Error: too many recipients from 10.80.2.31", "rcpt");
	fake_teardown();
}

/* 25 MB pass in large pieces, and only up to the limit. */
ATF_TC_WITHOUT_HEAD(large_message);
ATF_TC_BODY(large_message, tc)
{
	static const char *const params[] = { "message_size_limit", "30000000",
		NULL };
	static char line[81];
	struct buf in;
	size_t i;

	fake_setup(params);
	memset(line, 'x', 78);
	memcpy(line + 78, "\r\n", 2);
	buf_init(&in, 40 << 20);
	buf_xputs(&in, E M R "DATA\r\n" TURN);
	for (i = 0; i < 25 * 1024 * 1024 / 80; i++)
		buf_xput(&in, line, 80);
	buf_xputs(&in, ".\r\n" TURN "QUIT\r\n");
	(void)fake_play(NULL, in.p, in.n);
	said("250 2.0.0 Ok: queued as", "25 MB");
	ATF_CHECK(fake_mail.content.n > i * 79);
	fake_teardown();

	fake_setup(NULL);
	(void)fake_play(NULL, in.p, in.n);
	ATF_CHECK_MSG(fake_mail.content.n < 500000, "%zu bytes went on",
	    fake_mail.content.n);
	buf_fini(&in);
	fake_teardown();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, close_anywhere);
	ATF_TP_ADD_TC(tp, long_line);
	ATF_TP_ADD_TC(tp, many_recipients);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, cleanup_status);
	ATF_TP_ADD_TC(tp, services_gone);
	ATF_TP_ADD_TC(tp, anvil_limits);
	ATF_TP_ADD_TC(tp, large_message);
	return (atf_no_error());
}

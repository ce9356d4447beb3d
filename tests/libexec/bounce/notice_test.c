/* SPDX-License-Identifier: ISC */
/* Notices: to whom they go, and what is in them. */
#include <sys/stat.h>

#include <atf-c.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "world.h"

#define CONTENT								\
	"Message-Id: <m1@client.test>\nReferences: <m0@client.test>\n"	\
	"Subject: hello\n\nbody line\nlast line\n"

static const struct msg_bounce_append failed = {
	.addr = "gone@remote.test", .dsn = "5.1.1", .action = "failed",
	.orig = "alias@mx.test", .dsn_orcpt = "rfc822;orig@mx.test",
	.mta_type = "dns", .mta_name = "in.remote.test",
	.diag_type = "smtp", .diag_text = "550 5.1.1 no such user",
	.reason = "host in.remote.test[192.0.2.1] said: 550 5.1.1 no such "
	    "user (in reply to RCPT TO command)",
};

/* Every text of the list must be there, or none of it may. */
static void
check_has(const char *label, const char *text, const char *const *want,
    bool has)
{
	ATF_REQUIRE_MSG(text != NULL, "%s: no mail", label);
	for (; *want != NULL; want++)
		ATF_CHECK_MSG((strstr(text, *want) != NULL) == has,
		    "%s: %s: %s\n%s", label, has ? "missing" : "there",
		    *want, text);
}

static void
logged(const char *want, bool has)
{
	ATF_CHECK_MSG((strstr(world_log(), want) != NULL) == has,
	    "log: %s: %s\n%s", has ? "missing" : "there", want, world_log());
}

ATF_TC_WITHOUT_HEAD(failure);
ATF_TC_BODY(failure, tc)
{
	const struct qf_envelope env = { .ret = 1, .envid = "env 1",
		.encoding = "8bit" };
	const char *const want[] = {
		"sender=\n", "rcpt=a b@client.test\n", "encoding=8bit\n",
		"flags=a0\n",
		"\nReceived: by mx.test (Postern)\n\tid 4FAKE; ",
		"\nFrom: Mail Delivery System <MAILER-DAEMON>\n",
		"\nSubject: Undelivered Mail Returned to Sender\n",
		"\nTo: \"a b\"@client.test\n",
		"\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
		"Content-Type: multipart/report; "
		"report-type=delivery-status;\n\tboundary=\"4FAKE.",
		"\nContent-Description: Notification\n"
		"Content-Type: text/plain; charset=us-ascii\n",
		"\nThis is the mail system at host mx.test.\n",
		"message could not\nbe delivered to one or more recipients",
		"\n<gone@remote.test> (expanded from <alias@mx.test>): host\n"
		"    in.remote.test[192.0.2.1] said: 550 5.1.1 no such user "
		"(in reply to RCPT TO\n    command)\n",
		"\nContent-Type: message/delivery-status\n\n"
		"Reporting-MTA: dns; mx.test\n"
		"Original-Envelope-Id: env 1\nX-Postfix-Queue-ID: ",
		"\nX-Postfix-Sender: rfc822; \"a b\"@client.test\n"
		"Arrival-Date: Mon, 24 Nov 2025 16:00:00 +0000 (UTC)\n\n"
		"Final-Recipient: rfc822; gone@remote.test\n"
		"Original-Recipient: rfc822;orig@mx.test\n"
		"Action: failed\nStatus: 5.1.1\n"
		"Remote-MTA: dns; in.remote.test\n"
		"Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n--",
		"\nContent-Description: Undelivered Message\n"
		"Content-Type: message/rfc822\n"
		"Content-Transfer-Encoding: 8bit\n\n"
		"Return-Path: <\"a b\"@client.test>\n" CONTENT "\n--4FAKE.",
		NULL };
	const char *const never[] = { "In-Reply-To", "Will-Retry", NULL };
	char line[200];

	world_make(NULL);
	world_message("a b@client.test", &env, CONTENT);
	world_start("bounce");
	ATF_REQUIRE(world_append(&failed));
	ATF_CHECK(world_has_log("bounce"));
	ATF_REQUIRE(world_send(BOUNCE_FAILURE));
	check_has("failure", world_mail(1), want, true);
	check_has("failure", world_mail(1), never, false);
	ATF_CHECK(world_mail(2) == NULL);
	ATF_CHECK(!world_has_log("bounce"));
	(void)snprintf(line, sizeof(line),
	    "%s: sender non-delivery notification: 4FAKE\n", world.id);
	logged(line, true);
	/* A second time there is nothing to tell. */
	ATF_CHECK(world_send(BOUNCE_FAILURE));
	ATF_CHECK(world_mail(2) == NULL);
}

ATF_TC_WITHOUT_HEAD(how_much);
ATF_TC_BODY(how_much, tc)
{
	static const struct {
		const char	*label;
		uint64_t	 ret;
		const char	*limit;
		bool		 full;
	} cases[] = {
		{ "nothing said", 0, "bounce_size_limit=50000", true },
		{ "RET=FULL", 1, "bounce_size_limit=50000", true },
		{ "RET=HDRS", 2, "bounce_size_limit=50000", false },
		{ "too large", 1, "bounce_size_limit=50", false },
		{ "no limit", 1, "bounce_size_limit=0", true },
	};
	const char *const full[] = { "Content-Type: message/rfc822\n",
		"\n\nbody line\nlast line\n", NULL };
	const char *const headers[] = {
		"Content-Description: Undelivered Message Headers\n"
		"Content-Type: text/rfc822-headers\n\n"
		"Return-Path: <a@client.test>\n"
		"Message-Id: <m1@client.test>\n", "Subject: hello\n\n--",
		NULL };
	char dir[32];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const set[] = { cases[i].limit, NULL };
		const struct qf_envelope env = { .ret = cases[i].ret };

		(void)snprintf(dir, sizeof(dir), "case%zu", i);
		ATF_REQUIRE(mkdir(dir, 0700) == 0 && chdir(dir) == 0);
		world_make(set);
		world_message("a@client.test", &env, CONTENT);
		world_start("bounce");
		ATF_REQUIRE(world_append(&failed));
		ATF_REQUIRE(world_send(BOUNCE_FAILURE));
		check_has(cases[i].label, world_mail(1),
		    cases[i].full ? full : headers, true);
		check_has(cases[i].label, world_mail(1),
		    cases[i].full ? headers : full, false);
		ATF_REQUIRE(chdir("..") == 0);
	}
}

ATF_TC_WITHOUT_HEAD(wanted);
ATF_TC_BODY(wanted, tc)
{
	static const struct {
		const char	*label;
		const char	*service;
		enum bounce_kind kind;
		uint32_t	 notify;
		bool		 told;
	} cases[] = {
		{ "none given", "bounce", BOUNCE_FAILURE, 0, true },
		{ "NEVER", "bounce", BOUNCE_FAILURE, DSN_NOTIFY_NEVER, false },
		{ "FAILURE", "bounce", BOUNCE_FAILURE, DSN_NOTIFY_FAILURE,
		    true },
		{ "expired", "defer", BOUNCE_FAILURE,
		    DSN_NOTIFY_FAILURE | DSN_NOTIFY_SUCCESS, true },
		{ "DELAY only", "bounce", BOUNCE_FAILURE, DSN_NOTIFY_DELAY,
		    false },
		{ "delay", "defer", BOUNCE_DELAY, DSN_NOTIFY_DELAY, true },
		{ "delay, none given", "defer", BOUNCE_DELAY, 0, true },
		{ "delay, FAILURE only", "defer", BOUNCE_DELAY,
		    DSN_NOTIFY_FAILURE, false },
		{ "success", "trace", BOUNCE_SUCCESS, DSN_NOTIFY_SUCCESS,
		    true },
	};
	struct msg_bounce_append m = failed;
	char dir[32];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(dir, sizeof(dir), "case%zu", i);
		ATF_REQUIRE(mkdir(dir, 0700) == 0 && chdir(dir) == 0);
		world_make(NULL);
		world_message("a@client.test", NULL, CONTENT);
		world_start(cases[i].service);
		m.notify = cases[i].notify;
		ATF_REQUIRE(world_append(&m));
		ATF_CHECK_MSG(world_send(cases[i].kind), "%s",
		    cases[i].label);
		ATF_CHECK_MSG((world_mail(1) != NULL) == cases[i].told, "%s",
		    cases[i].label);
		/* Who still waits keeps his reason. */
		ATF_CHECK_EQ_MSG(cases[i].kind == BOUNCE_DELAY,
		    world_has_log(cases[i].service), "%s", cases[i].label);
		ATF_REQUIRE(chdir("..") == 0);
	}
}

ATF_TC_WITHOUT_HEAD(kinds);
ATF_TC_BODY(kinds, tc)
{
	const char *const delay[] = {
		"Subject: Delayed Mail (still being retried)\n",
		"not been delivered for 4 hour(s)",
		"until it is 5 day(s) old", "Action: delayed\n",
		"Status: 4.4.1\n",
		"Will-Retry-Until: Sat, 29 Nov 2025 16:00:00 +0000 (UTC)\n",
		"Diagnostic-Code: X-Postfix; connect to h: refused\n",
		"Content-Description: Delayed Message Headers\n", NULL };
	const char *const expired[] = { "Undelivered Mail", "Action: failed\n",
		"Status: 4.4.1\n", NULL };
	const char *const success[] = {
		"Subject: Successful Mail Delivery Report\n",
		"Action: relayed\nStatus: 2.0.0\n", NULL };
	const char *const set[] = { "delay_warning_time=4h", NULL };
	const struct msg_bounce_append late = { .addr = "b@remote.test",
		.dsn = "4.4.1", .action = "delayed",
		.reason = "connect to h: refused" };
	const struct msg_bounce_append ok = { .addr = "c@remote.test",
		.dsn = "2.0.0", .action = "relayed", .reason = "250 ok",
		.notify = DSN_NOTIFY_SUCCESS };

	world_make(set);
	world_message("a@client.test", NULL, CONTENT);
	world_start("defer");
	ATF_REQUIRE(world_append(&late));
	ATF_REQUIRE(world_send(BOUNCE_DELAY));
	check_has("delay", world_mail(1), delay, true);
	logged(": sender delay notification: 4FAKE\n", true);
	ATF_REQUIRE(world_send(BOUNCE_FAILURE));
	check_has("expired", world_mail(2), expired, true);
	ATF_CHECK(!world_has_log("defer"));
	ATF_REQUIRE(world_append(&late) && world_has_log("defer"));
	ATF_REQUIRE(world_remove() && !world_has_log("defer"));
	world_start("trace");
	ATF_REQUIRE(world_append(&ok));
	ATF_REQUIRE(world_send(BOUNCE_SUCCESS));
	check_has("success", world_mail(3), success, true);
	logged(": sender delivery status notification: 4FAKE\n", true);
}

ATF_TC_WITHOUT_HEAD(postmaster);
ATF_TC_BODY(postmaster, tc)
{
	static const struct {
		const char	*label, *set, *sender;
		enum bounce_kind kind;
		const char	*rcpt;		/* of the last mail, or NULL */
		int		 mails;
		const char	*log;
	} cases[] = {
		{ "no copy", "notify_classes=resource", "a@c.test",
		    BOUNCE_FAILURE, "rcpt=a@c.test\n", 1,
		    ": sender non-delivery notification: 4FAKE\n" },
		{ "copy", "notify_classes=resource, bounce", "a@c.test",
		    BOUNCE_FAILURE, "rcpt=postmaster\n", 2,
		    ": postmaster non-delivery notification: 4FAKE\n" },
		{ "delay copy", "notify_classes=delay", "a@c.test",
		    BOUNCE_DELAY, "rcpt=postmaster\n", 2,
		    ": postmaster delay notification: 4FAKE\n" },
		{ "null sender", "notify_classes=bounce", "", BOUNCE_FAILURE,
		    NULL, 0, "" },
		{ "2bounce", "notify_classes=2bounce", "", BOUNCE_FAILURE,
		    "rcpt=postmaster\n", 1,
		    ": postmaster non-delivery notification: 4FAKE\n" },
		{ "null sender, delay", "notify_classes=2bounce, delay", "",
		    BOUNCE_DELAY, NULL, 0, "" },
		{ "double bounce", "notify_classes=2bounce",
		    "double-bounce@mx.test", BOUNCE_FAILURE, NULL, 0,
		    ": undeliverable postmaster notification discarded\n" },
	};
	const char *const copy[] = { "sender=double-bounce@mx.test\n",
		"Auto-Submitted: auto-generated\n", "Final-Recipient: ",
		"Subject: Postmaster ", NULL };
	const char *const not_copy[] = { "I'm sorry", NULL };
	char dir[32];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const set[] = { cases[i].set, NULL };
		const char *last;

		(void)snprintf(dir, sizeof(dir), "case%zu", i);
		ATF_REQUIRE(mkdir(dir, 0700) == 0 && chdir(dir) == 0);
		world_make(set);
		world_message(cases[i].sender, NULL, CONTENT);
		world_start(cases[i].kind == BOUNCE_DELAY ? "defer" :
		    "bounce");
		ATF_REQUIRE(world_append(&failed));
		ATF_CHECK_MSG(world_send(cases[i].kind), "%s",
		    cases[i].label);
		last = world_mail(cases[i].mails);
		ATF_CHECK_MSG(world_mail(cases[i].mails + 1) == NULL,
		    "%s: one too many", cases[i].label);
		if (cases[i].rcpt != NULL) {
			const char *const want[] = { cases[i].rcpt, NULL };

			check_has(cases[i].label, last, want, true);
		}
		if (cases[i].rcpt != NULL && strcmp(cases[i].rcpt,
		    "rcpt=postmaster\n") == 0) {
			check_has(cases[i].label, last, copy, true);
			check_has(cases[i].label, last, not_copy, false);
		}
		logged(cases[i].log, true);
		ATF_REQUIRE(chdir("..") == 0);
	}
}

ATF_TC_WITHOUT_HEAD(threads_and_template);
ATF_TC_BODY(threads_and_template, tc)
{
	const char *const set[] = { "enable_threaded_bounces=yes",
		"bounce_template_file=/x", NULL };
	const char *const want[] = {
		"\nReferences: <m0@client.test> <m1@client.test>\n"
		"In-Reply-To: <m1@client.test>\n",
		"\nSubject: Could not deliver\n",
		"charset=us-ascii\n\nThis is mx.test of Postern, $5, 50000.\n",
		NULL };

	world.template = "# comment\n\nfailure_template = <<EOF\n"
	    "Charset: us-ascii\nFrom: MAILER-DAEMON (Our Robot)\n"
	    "Subject: Could not deliver\n\n"
	    "This is $myhostname of ${mail_name}, $$5, $(bounce_size_limit).\n"
	    "EOF\n";
	world_make(set);
	world_message("a@client.test", NULL, CONTENT);
	world_start("bounce");
	ATF_REQUIRE(world_append(&failed));
	ATF_REQUIRE(world_send(BOUNCE_FAILURE));
	check_has("template", world_mail(1), want, true);
	/* A mistake leaves the built-in one in use. */
	world.template = "failure_template = <<EOF\nSubject: x\n\nno end\n";
	world_start("bounce");
	ATF_REQUIRE(world_append(&failed));
	ATF_REQUIRE(world_send(BOUNCE_FAILURE));
	check_has("broken template", world_mail(2), (const char *const[]){
	    "Subject: Undelivered Mail Returned to Sender\n", NULL }, true);
	logged("bounce_template_file /x: line 4: the end mark is missing",
	    true);
}

ATF_TC_WITHOUT_HEAD(utf8);
ATF_TC_BODY(utf8, tc)
{
	const struct qf_envelope env = { .sendopts = SENDOPT_SMTPUTF8,
		.encoding = "8bit" };
	const char *const want[] = { "sendopts=1\n",
		"report-type=global-delivery-status;\n",
		"charset=utf-8\n",
		"Content-Type: message/global-delivery-status\n"
		"Content-Transfer-Encoding: 8bit\n",
		"Final-Recipient: utf-8; \xc3\xbc@remote.test\n",
		"Content-Type: message/global\n", NULL };
	const char *const ascii[] = { "<??@remote.test>: no \?\?\n",
		"Final-Recipient: utf-8; ??@remote.test\n", NULL };
	const struct msg_bounce_append m = { .addr = "\xc3\xbc@remote.test",
		.dsn = "5.1.1", .reason = "no \xc3\xbc" };

	world_make(NULL);
	world_message("\xc3\xa4@client.test", &env, CONTENT);
	world_start("bounce");
	ATF_REQUIRE(world_append(&m));
	ATF_REQUIRE(world_send(BOUNCE_FAILURE));
	check_has("utf8", world_mail(1), want, true);
	/* A mail that was not internationalized gets a notice in ASCII. */
	world_message("a@client.test", NULL, CONTENT);
	world_start("bounce");
	ATF_REQUIRE(world_append(&m));
	ATF_REQUIRE(world_send(BOUNCE_FAILURE));
	check_has("ascii", world_mail(2), ascii, true);
}

ATF_TC_WITHOUT_HEAD(trouble);
ATF_TC_BODY(trouble, tc)
{
	world_make(NULL);
	world_message("a@client.test", NULL, CONTENT);
	world_start("bounce");
	ATF_REQUIRE(world_append(&failed));
	/* cleanup says no: the log stays for the next time. */
	world.refuse = MAIL_STAT_WRITE;
	world_start("bounce");
	ATF_CHECK(!world_send(BOUNCE_FAILURE));
	ATF_CHECK(world_has_log("bounce"));
	logged("warning: ", true);
	logged(": sender notification failed to a@client.test: queue file "
	    "write error\n", true);
	world.refuse = 0;
	/* The content is not what it was. */
	ATF_REQUIRE(pwrite(world.fd, "X", 1,
	    (off_t)world.qf.content_offset + 70) == 1);
	ATF_REQUIRE(unlink("mail.1") == 0);
	world_start("bounce");
	ATF_CHECK(!world_send(BOUNCE_FAILURE));
	ATF_CHECK(world_has_log("bounce"));
	ATF_CHECK(world_mail(1) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, failure);
	ATF_TP_ADD_TC(tp, how_much);
	ATF_TP_ADD_TC(tp, wanted);
	ATF_TP_ADD_TC(tp, kinds);
	ATF_TP_ADD_TC(tp, postmaster);
	ATF_TP_ADD_TC(tp, threads_and_template);
	ATF_TP_ADD_TC(tp, utf8);
	ATF_TP_ADD_TC(tp, trouble);
	return (atf_no_error());
}

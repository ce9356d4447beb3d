/* SPDX-License-Identifier: ISC */
/* What becomes of headers and body. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "proto/proto.h"

#include "play.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))
#define FULL	"Message-Id: <m@x>\nDate: d\nFrom: f@x.example\n"
#define SET(...)	{ { __VA_ARGS__ } }

struct row {
	const char	*label;
	struct setting	 set[4];
	const char	*context;
	const char	*content, *want;
	const char	*log;		/* NULL: not looked at */
};

static void
check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];
		const struct mail mail = { .sender = "s@x.example",
			.rcpts = "r@y.example", .content = r->content,
			.context = r->context };
		const struct fate *f;

		play_setup(r->set);
		f = play(&mail);
		ATF_CHECK_EQ_MSG(0, f->status, "%s: %x %s", r->label,
		    f->status, f->log);
		ATF_CHECK_STREQ_MSG(r->want, f->content, "%s: %s", r->label,
		    f->content);
		if (r->log != NULL)
			ATF_CHECK_MSG(strstr(f->log, r->log) != NULL,
			    "%s: %s", r->label, f->log);
	}
}

ATF_TC_WITHOUT_HEAD(headers);
ATF_TC_BODY(headers, tc)
{
	static const struct row rows[] = {
		{ "complete", SET(NULL, NULL), NULL, FULL "\nb\n",
		    FULL "\nb\n", ": message-id=<m@x>\n" },
		{ "stranger's", SET(NULL, NULL), "remote",
		    "To: bob, joe@hosta\n\nb\n", "To: bob, joe@hosta\n\nb\n",
		    ": message-id=<>\n" },
		{ "stranger's, with a domain",
		    SET("remote_header_rewrite_domain", "d.invalid"),
		    "remote", "To: bob, joe@hosta\n\nb\n",
		    "To: bob@d.invalid, joe@hosta.d.invalid\n\nb\n", NULL },
		{ "addresses", SET(NULL, NULL), NULL, FULL
		    "Cc: bob, \"Joe, J.\" <joe@hosta>,\n\t(c) x!y;\nX-To: "
		    "bob\n\n", FULL "Cc: bob@acc.example, \"Joe, J.\" "
		    "<joe@hosta.acc.example>,\n\t(c) y@x.acc.example;\n"
		    "X-To: bob\n\n", NULL },
		{ "canonical", SET("sender_canonical_maps",
		    "inline:{{a@x.example=new}}"), NULL, FULL
		    "Reply-To: <a@x.example>\nTo: a@x.example\n\n", FULL
		    "Reply-To: <new@acc.example>\nTo: a@x.example\n\n",
		    NULL },
		{ "masquerade", SET("masquerade_domains", "m.example"), NULL,
		    FULL "Sender: u@h.m.example\nTo: <v@h.m.example>\n\n",
		    FULL "Sender: u@m.example\nTo: <v@m.example>\n\n",
		    NULL },
		{ "dropped", SET(NULL, NULL), NULL, FULL "Bcc: a,\n b\n"
		    "Return-Path: <x>\nCONTENT-LENGTH: 4\nX: 1\n\n",
		    FULL "X: 1\n\n", NULL },
		{ "dropped, others", SET("message_drop_headers",
		    "X-Secret, Subject:"), NULL, FULL
		    "x-secret: 1\n 2\nSubject: s\nBcc: a@b.example\n\n",
		    FULL "Bcc: a@b.example\n\n", NULL },
		{ "blanks before the colon", SET("header_checks",
		    "pcre:{{/^Subject: s/ PREPEND X-Seen: 1}}"), NULL, FULL
		    "Subject : s\n t\nTo \t: bob\nX :\n\n", FULL
		    "X-Seen: 1\nSubject: s\n t\nTo: bob@acc.example\nX:\n\n",
		    NULL },
		{ "resent", SET(NULL, NULL), NULL, "Resent-Message-Id: <r@x>\n"
		    "Resent-Date: d\nResent-From: f@x.example\n\n",
		    "Resent-Message-Id: <r@x>\nResent-Date: d\n"
		    "Resent-From: f@x.example\n\n", ": message-id=<>\n" },
		{ "not ended", SET(NULL, NULL), NULL, FULL "no header\nX: 1\n",
		    FULL "\nno header\nX: 1\n", NULL },
		{ "not ended, told", SET("non_empty_end_of_header_action",
		    "add_header"), NULL, FULL "no header\n", FULL
		    "MIME-Error: message header was not terminated by empty "
		    "line\n\nno header\n", NULL },
		{ "headers only", SET(NULL, NULL), NULL, FULL, FULL, NULL },
		{ "undisclosed", SET("undisclosed_recipients_header",
		    "To: undisclosed-recipients:;"), NULL, FULL "\n", FULL
		    "To: undisclosed-recipients:;\n\n", NULL },
		{ "disclosed", SET("undisclosed_recipients_header",
		    "To: undisclosed-recipients:;"), NULL, FULL
		    "Cc: a@b.example\n\n", FULL "Cc: a@b.example\n\n",
		    NULL },
		{ "long header", SET("header_size_limit", "20"), NULL, FULL
		    "X: 4567890123456789012345\nY: 1\n\n", FULL
		    "X: 45678901234567890\nY: 1\n\n", NULL },
		{ "8-bit encoding", SET(NULL, NULL), NULL, FULL
		    "Content-Transfer-Encoding: 8bit\n\n\xc3\xbc\n", FULL
		    "Content-Transfer-Encoding: 8bit\n\n\xc3\xbc\n", NULL },
	};

	check(rows, N(rows));
}

/* The id of the file is in what is added: matched, not compared. */
ATF_TC_WITHOUT_HEAD(missing);
ATF_TC_BODY(missing, tc)
{
	static const struct {
		const char *set, *context, *content, *want;
	} rows[] = {
		{ "no", "local", "X: 1\n\nb\n",
		    "^X: 1\nMessage-Id: <20261124101728\\.[0-9A-F]+@mx\\.acc"
		    "\\.example>\nDate: Tue, 24 Nov 2026 10:17:28 \\+0000 "
		    "\\(UTC\\)\nFrom: s@x\\.example\n\nb\n$" },
		{ "no", "local", "",
		    "^Message-Id: <.*>\nDate: .*\nFrom: s@x\\.example\n$" },
		{ "no", "remote", "X: 1\n\nb\n", "^X: 1\n\nb\n$" },
		{ "yes", "remote", "Date: d\n\nb\n",
		    "^Date: d\nMessage-Id: <.*>\nFrom: s@x\\.example\n\nb\n$"
		},
		{ "no", "local", FULL "Resent-To: a@x.example\n\n",
		    "^Message-Id: <m@x>\n.*Resent-Message-Id: <.*>\n"
		    "Resent-Date: .*\nResent-From: s@x\\.example\n\n$" },
	};

	ATF_REQUIRE_EQ(0, setenv("TZ", "UTC0", 1));
	for (size_t i = 0; i < N(rows); i++) {
		const struct setting set[] = { { "always_add_missing_headers",
		    rows[i].set }, { NULL, NULL } };
		const struct mail mail = { .sender = "s@x.example",
			.rcpts = "r@y.example", .content = rows[i].content,
			.context = rows[i].context };

		play_setup(set);
		ATF_CHECK_MATCH(rows[i].want, play(&mail)->content);
	}
}

ATF_TC_WITHOUT_HEAD(bodies);
ATF_TC_BODY(bodies, tc)
{
	static const struct row rows[] = {
		{ "stray CR", SET(NULL, NULL), NULL, FULL "X: a\rb\n\nc\rd\r"
		    "\n", FULL "X: a b\n\nc d \n", NULL },
		{ "stray CR kept", SET("cleanup_replace_stray_cr_lf", "no"),
		    NULL, FULL "\nc\rd\r\n", FULL "\nc\rd\r\n", NULL },
		{ "strip", SET("message_strip_characters", "\\001q\\\\"),
		    NULL, FULL "\na\001qb\\q\n", FULL "\nab\n", NULL },
		{ "8-bit", SET(NULL, NULL), NULL, FULL "\n\xff\xfe\n", FULL
		    "\n\xff\xfe\n", NULL },
		{ "no newline", SET(NULL, NULL), NULL, FULL "\nend", FULL
		    "\nend", NULL },
	};

	check(rows, N(rows));
}

ATF_TC_WITHOUT_HEAD(checks);
ATF_TC_BODY(checks, tc)
{
	static const struct row rows[] = {
		{ "replace a folded one", SET("header_checks",
		    "pcre:{{/^X-R: (.*)/ REPLACE X-New: <$$1>}}"), NULL, FULL
		    "X-R: one\n two\n\n", FULL "X-New: <one\n two>\n\n",
		    ": replace: header X-R: one? two from client.example"
		    "[10.0.0.1]; from=<s@x.example> to=<r@y.example> "
		    "proto=ESMTP helo=<client.example>: X-New: <one? two>"
		    },
		{ "ignore, strip", SET("header_checks",
		    "pcre:{{/^X-I:/ IGNORE} {/^X-S:/ STRIP}}"), NULL, FULL
		    "X-I: 1\nX-S: 1\nX: 1\n\n", FULL "X: 1\n\n",
		    ": strip: header X-S: 1 from" },
		{ "prepend", SET("header_checks",
		    "pcre:{{/^X-P:/ PREPEND X-Before: 1}}"), NULL, FULL
		    "X-P: 1\n\n", FULL "X-Before: 1\nX-P: 1\n\n", NULL },
		{ "prepend no header", SET("header_checks",
		    "pcre:{{/^X-P:/ PREPEND no}}"), NULL, FULL "X-P: 1\n\n",
		    FULL "X-P: 1\n\n", "PREPEND of what is no header" },
		{ "warn, info", SET("header_checks",
		    "pcre:{{/^X-W:/ WARN saw it} {/^X-N:/ INFO too}}"), NULL,
		    FULL "X-W: d\nX-N: e\n\n", FULL "X-W: d\nX-N: e\n\n",
		    ": info: header X-N: e from client.example[10.0.0.1]; "
		    "from=<s@x.example> to=<r@y.example> proto=ESMTP "
		    "helo=<client.example>: too\n" },
		{ "unknown", SET("header_checks",
		    "pcre:{{/^X-W:/ FLY away}}"), NULL, FULL "X-W: d\n\n",
		    FULL "X-W: d\n\n", "unknown command in header_checks: "
		    "FLY" },
		{ "pass", SET("header_checks",
		    "pcre:{{/^X-W:/ PASS} {/./ IGNORE}}"), NULL,
		    "X-W: d\n" FULL "\n", "X-W: d\n" FULL "\n", ": pass: " },
		{ "body", SET("body_checks", "pcre:{{/^remove/ IGNORE}"
		    " {/^change (.*)/ REPLACE changed $$1} {/^prefix/ PREPEND "
		    "before}}"), NULL, FULL
		    "\none\nremove\nchange it\nprefix\nlast\n", FULL
		    "\none\nchanged it\nbefore\nprefix\nlast\n", NULL },
		{ "body, up to a limit", { { "body_checks",
		    "pcre:{{/^x/ REPLACE y}}" },
		    { "body_checks_size_limit", "4" } }, NULL, FULL
		    "\nx1\nx2\nx3\n", FULL "\ny\ny\nx3\n", NULL },
		{ "body, limit for a part", { { "body_checks",
		    "pcre:{{/^x/ REPLACE y}}" },
		    { "body_checks_size_limit", "4" } }, NULL, FULL
		    "Content-Type: multipart/x; boundary=b\n\n--b\n\nx1\nx2\n"
		    "x3\n--b\n\nx4\n", FULL "Content-Type: multipart/x; "
		    "boundary=b\n\n--b\n\ny\ny\nx3\n--b\n\ny\n", NULL },
		{ "none of nested", SET("header_checks",
		    "pcre:{{/^X-N:/ IGNORE}}"), NULL, FULL
		    "Content-Type: message/rfc822\n\nX-N: 1\n\n", FULL
		    "Content-Type: message/rfc822\n\n\n", NULL },
		{ "nested", { { "header_checks", "" },
		    { "nested_header_checks",
		    "pcre:{{/^X-N:/ REPLACE X-M: 1}}" } }, NULL, FULL
		    "X-N: 0\nContent-Type: message/rfc822\n\nX-N: 1\n\n",
		    FULL "X-N: 0\nContent-Type: message/rfc822\n\nX-M: 1\n\n",
		    NULL },
	};

	check(rows, N(rows));
}

static const struct {
	const char	*label;
	struct setting	 set[3];
	const char	*content;
	uint32_t	 status;
	const char	*reason, *log;
} refused[] = {
	{ "reject", { { "header_checks",
	    "pcre:{{/^Subject: .*no/ REJECT header no}}" } },
	    "Subject: nono\n\n", MAIL_STAT_CONT, "5.7.1 header no",
	    ": reject: header Subject: nono from client.example[10.0.0.1]; "
	    "from=<s@x.example> to=<r@y.example> proto=ESMTP "
	    "helo=<client.example>: 5.7.1 header no\n" },
	{ "reject with code", { { "header_checks",
	    "pcre:{{/^X:/ REJECT 5.7.42 coded}}" } }, "X: 1\n\n",
	    MAIL_STAT_CONT, "5.7.42 coded", ": 5.7.42 coded\n" },
	{ "reject without text", { { "header_checks",
	    "pcre:{{/^X:/ REJECT}}" } }, "X: 1\n\n", MAIL_STAT_CONT,
	    "5.7.1 message content rejected", "" },
	{ "mime", { { "mime_header_checks",
	    "pcre:{{/name=\"?[^\"]*\\.exe/ REJECT no}}" } }, FULL
	    "Content-Type: multipart/x; boundary=b\n\n--b\nContent-Type: "
	    "a/b;\n name=\"x.exe\"\n\n", MAIL_STAT_CONT, "5.7.1 no",
	    ": reject: header Content-Type: a/b;? name=\"x.exe\" from" },
	{ "body", { { "body_checks", "pcre:{{/^buy/ REJECT body no}}" } },
	    FULL "\nhi\nbuy now\n", MAIL_STAT_CONT, "5.7.1 body no",
	    ": reject: body buy now from" },
	{ "table fails", { { "header_checks", "fail:x" } }, FULL "\n",
	    MAIL_STAT_DEFER, "4.3.0 ", "header_checks map lookup problem" },
	{ "hops", { { "hopcount_limit", "3" } },
	    "Received: 1\nReceived: 2\nReceived: 3\n\n", MAIL_STAT_HOPS,
	    "5.4.0 Error: too many hops", "hopcount exceeded" },
	{ "size", { { "message_size_limit", "200" } }, FULL "\n"
	    "0123456789012345678901234567890123456789012345678901234567890\n"
	    "0123456789012345678901234567890123456789012345678901234567890\n"
	    "0123456789012345678901234567890123456789012345678901234567890\n",
	    MAIL_STAT_SIZE, "5.3.4 ", "size limit exceeded" },
	{ "characters", { { "message_reject_characters", "\\001" } }, FULL
	    "\na\001\n", MAIL_STAT_CONT, "5.7.1 disallowed character", "" },
	{ "nesting", { { "mime_nesting_limit", "1" } }, FULL
	    "Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n"
	    "X: 1\n\n", MAIL_STAT_CONT, "5.6.0 MIME nesting",
	    ": reject: mime-error MIME nesting exceeds safety limit: " },
	{ "7-bit headers", { { "strict_7bit_headers", "yes" } },
	    "X: \xc3\xbc\n\n", MAIL_STAT_CONT, "5.6.0 improper use of 8-bit",
	    "" },
	{ "8-bit body", { { "strict_8bitmime_body", "yes" } },
	    FULL "\n\xc3\xbc\n", MAIL_STAT_CONT,
	    "5.6.0 improper use of 8-bit data in message body", "" },
	{ "encoding", { { "strict_mime_encoding_domain", "yes" } },
	    "Content-Type: message/rfc822\nContent-Transfer-Encoding: "
	    "base64\n\n", MAIL_STAT_CONT, "5.6.0 invalid message/*", "" },
	{ "headers not ended", { { "non_empty_end_of_header_action",
	    "reject" } }, FULL "no\n", MAIL_STAT_CONT, "5.6.0 ", "" },
};

ATF_TC_WITHOUT_HEAD(refusals);
ATF_TC_BODY(refusals, tc)
{
	for (size_t i = 0; i < N(refused); i++) {
		const struct mail mail = { .sender = "s@x.example",
			.rcpts = "r@y.example",
			.content = refused[i].content };
		const struct fate *f;

		play_setup(refused[i].set);
		f = play(&mail);
		ATF_CHECK_EQ_MSG(refused[i].status, f->status, "%s: %x",
		    refused[i].label, f->status);
		ATF_CHECK_MSG(strncmp(f->reason, refused[i].reason,
		    strlen(refused[i].reason)) == 0, "%s: %s",
		    refused[i].label, f->reason);
		ATF_CHECK_MSG(strstr(f->log, refused[i].log) != NULL,
		    "%s: %s", refused[i].label, f->log);
		ATF_CHECK_EQ_MSG(0, f->files, "%s", refused[i].label);
	}
}

/* Actions on the message as a whole. */
ATF_TC_WITHOUT_HEAD(fates);
ATF_TC_BODY(fates, tc)
{
	static const struct setting set[] = {
		{ "header_checks", "pcre:{{/^X-Hold:/ HOLD} {/^X-Discard:/ "
		    "DISCARD} {/^X-Redir:/ REDIRECT red@r.example} "
		    "{/^X-Filter:/ FILTER other:[1.2.3.4]:25} "
		    "{/^X-Bcc:/ BCC bcc@r.example}}" },
		{ NULL, NULL }
	};
	struct mail mail = { .sender = "s@x.example",
		.rcpts = "r@y.example" };
	const struct fate *f;

	play_setup(set);
	mail.content = FULL "X-Hold: 1\n\n";
	f = play(&mail);
	ATF_CHECK_EQ(0, f->status);
	ATF_CHECK(!f->told);
	ATF_CHECK_EQ(1, f->files);
	ATF_CHECK(strstr(f->log, ": hold: header X-Hold: 1 from ") != NULL);

	mail.content = FULL "X-Discard: 1\n\n";
	f = play(&mail);
	ATF_CHECK_EQ(0, f->status);
	ATF_CHECK(!f->told);
	ATF_CHECK_EQ(0, f->files);
	ATF_CHECK(strstr(f->log, ": removed (discarded)\n") != NULL);

	mail.content = FULL "X-Redir: 1\nX-Filter: 1\nX-Bcc: 1\n\n";
	f = play(&mail);
	ATF_CHECK_EQ(0, f->status);
	ATF_CHECK_STREQ("red@r.example", f->env.redirect);
	ATF_CHECK_STREQ("other:[1.2.3.4]:25", f->env.filter);
	ATF_CHECK_STREQ("<m@x>", f->env.message_id);
	ATF_CHECK_STREQ("r@y.example[r@y.example]/0 "
	    "bcc@r.example[bcc@r.example]/1", f->rcpts);

	/* Checks are for mail that the client wants checked. */
	mail.flags = MAIL_FLAG_MAP_OK;
	mail.content = FULL "X-Discard: 1\n\n";
	ATF_CHECK(play(&mail)->told);

	mail.flags = MAIL_FLAG_HOLD;
	f = play(&mail);
	ATF_CHECK(!f->told);
	ATF_CHECK_EQ(1, f->files);
	mail.flags = MAIL_FLAG_DISCARD;
	ATF_CHECK_EQ(0, play(&mail)->files);
}

ATF_TC_WITHOUT_HEAD(encodings);
ATF_TC_BODY(encodings, tc)
{
	static const struct {
		const char *content, *want;
	} rows[] = {
		{ FULL "\n\xc3\xbc\n", "" },
		{ FULL "Content-Transfer-Encoding: 8bit\n\n", "8bit" },
		{ FULL "Content-Transfer-Encoding: base64\n\n", "7bit" },
		{ FULL "Content-Type: multipart/x; boundary=b\n\n--b\n"
		    "Content-Transfer-Encoding: binary\n\n", "8bit" },
	};

	play_setup(NULL);
	for (size_t i = 0; i < N(rows); i++) {
		const struct mail mail = { .sender = "s@x.example",
			.rcpts = "r@y.example", .content = rows[i].content };

		ATF_CHECK_STREQ(rows[i].want, play(&mail)->env.encoding);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, headers);
	ATF_TP_ADD_TC(tp, missing);
	ATF_TP_ADD_TC(tp, bodies);
	ATF_TP_ADD_TC(tp, checks);
	ATF_TP_ADD_TC(tp, refusals);
	ATF_TP_ADD_TC(tp, fates);
	ATF_TP_ADD_TC(tp, encodings);
	return (atf_no_error());
}

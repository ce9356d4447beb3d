/* SPDX-License-Identifier: ISC */
/* Sessions: several messages, wrong orders, clients that go away. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "proto/proto.h"

#include "play.h"

static const struct mail mail = { .sender = "s@x.example",
	.rcpts = "r@y.example", .content = "A: 1\n\nb\n" };

/* The statuses that come back: '0' or '!'; 'o' for mail_opened. */
static const char *
answers(struct chan *ch)
{
	static char text[100];
	enum verb verb;
	size_t n = 0;

	while (n < sizeof(text) - 1 &&
	    chan_next(ch, mono_now(), &verb) == CHAN_MESSAGE) {
		struct msg_mail_status s;
		struct msg_mail_opened o;

		if (verb == V_mail_opened) {
			ATF_REQUIRE(chan_get(ch, &o));
			ATF_REQUIRE(*o.queue_id != '\0');
			text[n++] = 'o';
		} else {
			ATF_REQUIRE(chan_get(ch, &s));
			text[n++] = s.status == 0 ? '0' : '!';
		}
	}
	text[n] = '\0';
	return (text);
}

/*
 * o mail_open with recipients, b content and mail_end, a mail_abort, d data,
 * e mail_end, r a recipient
 */
static void
script(struct chan *ch, const char *s)
{
	const struct msg_mail_rcpt r = { .addr = "q@y.example" };
	const struct msg_mail_data d = { VIEW("X: 1\n") };
	int rc = 0;

	for (; *s != '\0' && rc == 0; s++) {
		if (*s == 'o')
			play_open(ch, &mail);
		else if (*s == 'b')
			play_body(ch, &mail);
		else if (*s == 'a')
			rc = chan_put(ch, V_mail_abort, NULL);
		else if (*s == 'd')
			rc = chan_put(ch, V_mail_data, &d);
		else if (*s == 'e')
			rc = chan_put(ch, V_mail_end, NULL);
		else
			rc = chan_put(ch, V_mail_rcpt, &r);
	}
	ATF_REQUIRE_EQ(0, rc);
}

ATF_TC_WITHOUT_HEAD(orders);
ATF_TC_BODY(orders, tc)
{
	static const struct {
		const char *script, *want;
		int files;
	} rows[] = {
		{ "", "", 0 },
		{ "ob", "o0", 1 },
		{ "obobob", "o0o0o0", 3 },
		{ "oa", "o", 0 },
		{ "a", "", 0 },
		{ "oaob", "oo0", 1 },
		{ "oddaob", "oo0", 1 },
		{ "oe", "o0", 1 },
		{ "od", "o", 0 },
		{ "o", "o", 0 },
		{ "oddrob", "", 0 },
		{ "oo", "", 0 },
		{ "obd", "", 1 },
		{ "obe", "", 1 },
		{ "r", "", 0 },
		{ "orb", "o0", 1 },
	};

	play_setup(NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chan *ch = play_client();
		const char *got;

		script(ch, rows[i].script);
		play_run(ch);
		got = answers(ch);
		ATF_CHECK_STREQ_MSG(rows[i].want, got, "%s: %s",
		    rows[i].script, got);
		chan_free(&ch);
		ATF_CHECK_EQ_MSG(rows[i].files, play_look()->files, "%s",
		    rows[i].script);
	}
}

/* No file stays of messages that were not finished. */
ATF_TC_WITHOUT_HEAD(leftovers);
ATF_TC_BODY(leftovers, tc)
{
	static const char *const scripts[] = { "o", "od", "oa", "oddrob",
		"oo" };

	play_setup(NULL);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct chan *ch = play_client();

		script(ch, scripts[i]);
		play_run(ch);
		chan_free(&ch);
		ATF_CHECK_EQ_MSG(0, play_look()->files, "%s", scripts[i]);
	}
}

/* A message that cannot be begun is answered once; the next is on its own. */
ATF_TC_WITHOUT_HEAD(no_room);
ATF_TC_BODY(no_room, tc)
{
	static const struct setting set[] = {
		{ "queue_minfree", "9000000000000000" }, { NULL, NULL } };
	struct chan *ch;

	play_setup(set);
	ch = play_client();
	script(ch, "obob");
	play_run(ch);
	ATF_CHECK_STREQ("!!", answers(ch));
	chan_free(&ch);
	ATF_CHECK_EQ(0, play_look()->files);
}

/* qmgr is told on a channel that is kept; if there is none the mail is safe. */
ATF_TC_WITHOUT_HEAD(queue_manager);
ATF_TC_BODY(queue_manager, tc)
{
	const struct fate *f;
	struct chan *ch;

	play_setup(NULL);
	play_dials = 0;
	ch = play_client();
	script(ch, "obob");
	play_run(ch);
	ATF_CHECK_STREQ("o0o0", answers(ch));
	chan_free(&ch);
	ATF_CHECK_EQ(2, play_look()->files);
	ATF_CHECK_EQ(1, play_dials);

	play_no_qmgr = true;
	f = play(&mail);
	ATF_CHECK_EQ(0, f->status);
	ATF_CHECK_EQ(1, f->files);
	ATF_CHECK(!f->told);
	ATF_CHECK(strstr(f->log, "does not answer") != NULL);
}

ATF_TC_WITHOUT_HEAD(slow);
ATF_TC_BODY(slow, tc)
{
	static const struct setting set[] = { { "in_flow_delay", "1s" },
		{ NULL, NULL } };
	struct mono start;

	play_setup(set);
	start = mono_now();
	ATF_CHECK_EQ(0, play(&mail)->status);
	ATF_CHECK(mono_now().ns - start.ns < span_ms(900).ns);
	play_slow = true;
	start = mono_now();
	ATF_CHECK_EQ(0, play(&mail)->status);
	ATF_CHECK(mono_now().ns - start.ns >= span_ms(1000).ns);
}

/* Every byte of a body that is longer than all buffers. */
ATF_TC_WITHOUT_HEAD(big);
ATF_TC_BODY(big, tc)
{
	static char content[190000];
	struct mail m = mail;
	const struct fate *f;

	memcpy(content, "Message-Id: <i>\nDate: d\nFrom: f@x.example\n\n", 44);
	for (size_t i = 44; i < sizeof(content) - 1; i++)
		content[i] = i % 77 == 0 ? '\n' : (char)('!' + i % 90);
	m.content = content;
	play_setup(NULL);
	f = play(&m);
	ATF_CHECK_EQ(0, f->status);
	ATF_CHECK_EQ(strlen(content), f->content_n);
	ATF_CHECK_EQ(0, memcmp(content, f->content, f->content_n));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, orders);
	ATF_TP_ADD_TC(tp, leftovers);
	ATF_TP_ADD_TC(tp, no_room);
	ATF_TP_ADD_TC(tp, queue_manager);
	ATF_TP_ADD_TC(tp, slow);
	ATF_TP_ADD_TC(tp, big);
	return (atf_no_error());
}

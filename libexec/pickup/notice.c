/* SPDX-License-Identifier: ISC */
/*
 * notice - tell a sender that his message, which waited in maildrop/, is
 * refused for good: postdrop(1) had said that it was taken.
 */
#include <string.h>

#include "address/address.h"
#include "base/buf.h"
#include "base/log.h"
#include "conf/conf.h"

#include "pickup.h"

#define NOTICE_MAX	(4 * SUBMIT_HEAD_MAX + 16384)

static void
put_text(struct buf *b, const struct submit *s, const char *to)
{
	struct view rest = s->head, line;

	buf_xprintf(b, "From: MAILER-DAEMON@%s (Mail Delivery System)\n"
	    "To: %s\nSubject: Undelivered Mail Returned to Sender\n"
	    "Auto-Submitted: auto-replied\n"
	    "Content-Type: text/plain; charset=utf-8\n\n"
	    "This is the mail system at host %s.\n\n"
	    "Your message was refused and has not been sent to anybody:\n\n"
	    "    %s\n\nIts header was:\n\n", cf->myorigin, to,
	    cf->myhostname, s->reason != NULL ? s->reason :
	    "5.0.0 message refused");
	/* Each line behind blanks, so that none of them is anything else. */
	while (view_field(&rest, '\n', &line) && line.n > 0)
		buf_xprintf(b, "    %.*s\n", (int)line.n, line.p);
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] == '\0')
			b->p[i] = '?';
}

static bool
send_notice(struct chan *ch, const struct submit *s, struct view text)
{
	const struct mono deadline = mono_in(cf->ipc_timeout);
	const struct msg_mail_open open = {
		.flags = MAIL_FLAG_INTERNAL | MAIL_FLAG_MAP_OK,
		.arrival_us = (uint64_t)wall_us(), .sender = "",
		.rewrite_context = "local" };
	const struct msg_mail_rcpt rcpt = { .addr = s->sender,
		.orig = s->sender };
	const struct msg_mail_data data = { text };
	struct msg_mail_opened opened;
	struct msg_mail_status status;

	if (chan_call(ch, V_mail_open, &open, V_mail_opened, &opened,
	    deadline) == -1)
		return (false);
	log_info("%s: sender non-delivery notification: refused in maildrop",
	    opened.queue_id);
	return (chan_put(ch, V_mail_rcpt, &rcpt) == 0 &&
	    chan_put(ch, V_mail_data, &data) == 0 &&
	    chan_call(ch, V_mail_end, NULL, V_mail_status, &status,
	    deadline) == 0 && status.status == 0);
}

bool
notice_refused(const struct submit *s)
{
	struct chan *ch;
	struct buf text, to;
	bool ok;

	/* Nobody is to be told of a notice. */
	if (s->sender == NULL || *s->sender == '\0')
		return (true);
	if ((ch = setup.dial(cf->cleanup_service_name)) == NULL)
		return (false);
	buf_init(&text, NOTICE_MAX);
	buf_init(&to, 2 * MAIL_ADDR_MAX + 2);
	if (addr_quote(view_of(s->sender), &to) == -1)
		buf_reset(&to);
	put_text(&text, s, buf_str(&to));
	ok = send_notice(ch, s, buf_view(&text));
	buf_fini(&to);
	buf_fini(&text);
	chan_free(&ch);
	return (ok);
}

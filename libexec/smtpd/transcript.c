/* SPDX-License-Identifier: ISC */
/* transcript - what was said in a session (transcript.h). */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mono.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "session.h"
#include "setup.h"
#include "transcript.h"

#define TALK_MAX	20000		/* bytes that are kept */
#define LINE_SHOWN	500		/* of one line */
#define POST_WAIT	span_s(60)

uint32_t
transcript_classes(const char *list)
{
	static const struct {
		const char	*name;
		uint32_t	 bit;
	} rows[] = { { "policy", NOTICE_POLICY },
		{ "protocol", NOTICE_PROTOCOL },
		{ "resource", NOTICE_RESOURCE },
		{ "software", NOTICE_SOFTWARE }, { "data", NOTICE_DATA } };
	struct view rest = view_of(list), word;
	uint32_t bits = 0;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (view_ieq(word, rows[i].name))
				bits |= rows[i].bit;
	return (bits);
}

/* One line; the client's bytes are made harmless. */
static void
keep(struct smtpd *s, const char *who, struct view line)
{
	char text[LINE_SHOWN + 1];
	const size_t n = line.n < LINE_SHOWN ? line.n : LINE_SHOWN;

	if (setup.notices == 0 || s->talk.n >= TALK_MAX)
		return;
	if (s->talk.max == 0)
		buf_init(&s->talk, TALK_MAX + LINE_SHOWN + 100);
	memcpy(text, line.p, n);
	text[n] = '\0';
	printable(text, n);
	buf_xprintf(&s->talk, "%s%s\n", who, text);
	if (s->talk.n >= TALK_MAX)
		buf_xputs(&s->talk, "...\n");
}

void
transcript_in(struct smtpd *s, struct view line)
{
	s->judged = false;
	line = view_trim(line);
	/* Passwords are not for the postmaster. */
	if (view_istarts(line, "AUTH"))
		line = VIEW("AUTH ...");
	keep(s, " In:  ", line);
}

void
transcript_refused(struct smtpd *s, const char *dsn)
{
	s->judged = true;
	if (strcmp(dsn + 1, ".3.0") == 0)
		s->noted |= NOTICE_DATA;
	else if (strcmp(dsn + 1, ".3.5") == 0)
		s->noted |= NOTICE_SOFTWARE;
	else
		s->noted |= NOTICE_POLICY;
}

static uint32_t
class_of(const struct verdict *v)
{
	const char *detail = *v->dsn != '\0' ? v->dsn + 1 : "";

	if (strncmp(detail, ".7.", 3) == 0)
		return (NOTICE_POLICY);
	if (strcmp(detail, ".3.1") == 0)
		return (NOTICE_RESOURCE);
	if (strcmp(detail, ".3.0") == 0 || strcmp(detail, ".3.5") == 0)
		return (NOTICE_SOFTWARE);
	return ((v->code >= 500 && v->code <= 504) || v->code == 555 ?
	    NOTICE_PROTOCOL : 0);
}

void
transcript_out(struct smtpd *s, struct verdict v, const char *text)
{
	struct view all = view_of(text), line;
	char code[16];

	if (v.code >= 400 && !s->judged)
		s->noted |= class_of(&v);
	if (setup.notices == 0)
		return;
	(void)snprintf(code, sizeof(code), " Out: %d ", v.code);
	while (view_field(&all, '\n', &line))
		keep(s, code, line);
}

static bool
post(struct smtpd *s, struct view content)
{
	const struct msg_mail_open open = { .flags = MAIL_FLAG_INTERNAL |
		MAIL_FLAG_MAP_OK, .arrival_us = (uint64_t)wall_us(),
		.sender = cf->double_bounce_sender,
		.rewrite_context = "local" };
	const struct msg_mail_rcpt rcpt = {
		.addr = cf->error_notice_recipient,
		.orig = cf->error_notice_recipient };
	const struct msg_mail_data data = { content };
	const struct mono by = mono_in(POST_WAIT);
	struct msg_mail_opened opened;
	struct msg_mail_status st;

	/* A channel of its own: the session's may be in the middle of mail. */
	chan_free(&s->cleanup);
	s->cleanup = smtpd_dial(cf->cleanup_service_name);
	return (s->cleanup != NULL &&
	    chan_put(s->cleanup, V_mail_open, &open) == 0 &&
	    chan_call(s->cleanup, V_mail_rcpt, &rcpt, V_mail_opened, &opened,
	    by) == 0 &&
	    chan_put(s->cleanup, V_mail_data, &data) == 0 &&
	    chan_call(s->cleanup, V_mail_end, NULL, V_mail_status, &st, by) ==
	    0 && st.status == 0);
}

void
transcript_end(struct smtpd *s)
{
	struct buf text;

	if ((s->noted & setup.notices) != 0) {
		buf_init(&text, MAIL_CHUNK_MAX);
		buf_xprintf(&text, "From: MAILER-DAEMON "
		    "(Mail Delivery System)\nTo: %.900s (Postmaster)\n"
		    "Subject: %.200s SMTP server: errors from %.600s\n"
		    "Auto-Submitted: auto-generated\n\n"
		    "Transcript of session follows.\n\n%s\n\n"
		    "For other details, see the local mail logfile\n",
		    cf->error_notice_recipient, cf->mail_name, s->peer.label,
		    s->talk.n > 0 ? buf_str(&s->talk) : "");
		if (!post(s, buf_view(&text)))
			log_warn("postmaster notification failed");
		buf_fini(&text);
	}
	buf_fini(&s->talk);
}

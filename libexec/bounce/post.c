/* SPDX-License-Identifier: ISC */
/*
 * post - a new message into cleanup(8).
 *
 * One failure is enough: after it nothing more is sent, and post_close()
 * takes the message back. The reason is kept for the log.
 */
#include <bsd/string.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "bounce.h"
#include "conf/conf.h"

static struct mono
deadline(void)
{
	return (mono_in(cf->ipc_timeout));
}

void
post_fail(struct post *p, const char *fmt, ...)
{
	va_list ap;

	if (p->failed)
		return;
	p->failed = true;
	va_start(ap, fmt);
	(void)vsnprintf(p->reason, sizeof(p->reason), fmt, ap);
	va_end(ap);
}

/* What cleanup(8) has against the message. */
static void
refused(struct post *p, const struct msg_mail_status *st)
{
	if (*st->reason != '\0')
		post_fail(p, "%s", st->reason);
	else if (st->status & MAIL_STAT_SIZE)
		post_fail(p, "message size exceeds message_size_limit");
	else if (st->status & (MAIL_STAT_WRITE | MAIL_STAT_NOSPC))
		post_fail(p, "queue file write error");
	else if (st->status & MAIL_STAT_CONT)
		post_fail(p, "content is refused");
	else
		post_fail(p, "%s service: status 0x%x",
		    cf->cleanup_service_name, st->status);
}

static void
lost(struct post *p)
{
	post_fail(p, "%s service: %s", cf->cleanup_service_name,
	    errno != 0 ? strerror(errno) : "connection is lost");
}

/* The next answer; it is "verb" or a refusal. */
static bool
hear(struct post *p, enum verb want, void *msg)
{
	struct msg_mail_status st;
	enum verb verb;

	errno = 0;
	if (chan_next(p->ch, deadline(), &verb) != CHAN_MESSAGE) {
		lost(p);
		return (false);
	}
	if (verb == want)
		return (chan_get(p->ch, msg));
	if (verb == V_mail_status && chan_get(p->ch, &st))
		refused(p, &st);
	else
		post_fail(p, "%s service: unexpected answer",
		    cf->cleanup_service_name);
	return (false);
}

static uint32_t
flags(void)
{
	struct view rest = view_of(cf->internal_mail_filter_classes), word;
	uint32_t f = MAIL_FLAG_INTERNAL | MAIL_FLAG_MAP_OK;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0)
		if (view_ieq(word, "bounce"))
			f |= MAIL_FLAG_FILTER | MAIL_FLAG_MILTER;
	return (f);
}

void
post_open(struct post *p, const char *sender, const char *rcpt,
    uint32_t sendopts, const char *encoding)
{
	const struct msg_mail_attr attr = { "encoding", encoding };
	const struct msg_mail_rcpt to = { .addr = rcpt };
	struct msg_mail_open open = { .flags = flags(), .sendopts = sendopts,
		.sender = sender, .rewrite_context = "local" };
	struct msg_mail_opened opened;

	memset(p, 0, sizeof(*p));
	buf_init(&p->out, MAIL_CHUNK_MAX);
	open.arrival_us = (uint64_t)wall_us();
	if ((p->ch = setup.dial(cf->cleanup_service_name)) == NULL) {
		lost(p);
		return;
	}
	if (chan_put(p->ch, V_mail_open, &open) == -1 ||
	    chan_put(p->ch, V_mail_attr, &attr) == -1 ||
	    chan_flush(p->ch, deadline()) == -1) {
		lost(p);
		return;
	}
	if (!hear(p, V_mail_opened, &opened))
		return;
	(void)strlcpy(p->id, opened.queue_id, sizeof(p->id));
	if (chan_put(p->ch, V_mail_rcpt, &to) == -1)
		lost(p);
}

static void
push(struct post *p)
{
	const struct msg_mail_data data = { buf_view(&p->out) };

	if (p->failed || p->out.n == 0)
		return;
	if (chan_put(p->ch, V_mail_data, &data) == -1 ||
	    chan_flush(p->ch, deadline()) == -1)
		lost(p);
	buf_reset(&p->out);
}

void
post_put(struct post *p, const void *bytes, size_t n)
{
	const char *from = bytes;
	size_t take;

	while (n > 0 && !p->failed) {
		take = p->out.max - p->out.n < n ? p->out.max - p->out.n : n;
		buf_xput(&p->out, from, take);
		if (p->out.n == p->out.max)
			push(p);
		from += take;
		n -= take;
	}
}

void
post_puts(struct post *p, const char *s)
{
	post_put(p, s, strlen(s));
}

void
post_printf(struct post *p, const char *fmt, ...)
{
	struct buf line;
	va_list ap;

	buf_init(&line, NOTICE_LINE_MAX);
	va_start(ap, fmt);
	if (buf_vprintf(&line, fmt, ap) == -1)
		post_fail(p, "a line of the notice is too long");
	va_end(ap);
	post_put(p, line.p, line.n);
	buf_fini(&line);
}

/* True if cleanup(8) has taken it. */
static bool
finish(struct post *p)
{
	struct msg_mail_status st;

	push(p);
	if (p->failed)
		return (false);
	if (chan_put(p->ch, V_mail_end, NULL) == -1 ||
	    chan_flush(p->ch, deadline()) == -1) {
		lost(p);
		return (false);
	}
	if (!hear(p, V_mail_status, &st))
		return (false);
	if (st.status != 0)
		refused(p, &st);
	return (st.status == 0);
}

bool
post_close(struct post *p)
{
	bool ok = !p->failed && finish(p);

	/* Without an end the closed channel takes the message back. */
	chan_free(&p->ch);
	buf_fini(&p->out);
	return (ok);
}

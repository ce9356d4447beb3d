/* SPDX-License-Identifier: ISC */
/* A new message into cleanup(8), piece by piece. */
#include <bsd/string.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "post.h"

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
	if (!p->failed)
		p->status = st->status;
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

static bool
put_attrs(struct post *p, const struct msg_mail_attr *attr, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (attr[i].value != NULL && attr[i].value[0] != '\0' &&
		    chan_put(p->ch, V_mail_attr, &attr[i]) < 0)
			return (false);
	return (true);
}

void
post_open(struct post *p, struct chan *ch, const struct msg_mail_open *open,
    const struct msg_mail_attr *attr, size_t nattr)
{
	struct msg_mail_opened opened;

	*p = (struct post){ .ch = ch };
	buf_init(&p->out, MAIL_CHUNK_MAX);
	if (ch == NULL || chan_put(ch, V_mail_open, open) < 0 ||
	    !put_attrs(p, attr, nattr) || chan_flush(ch, deadline()) < 0)
		lost(p);
	else if (hear(p, V_mail_opened, &opened))
		(void)strlcpy(p->id, opened.queue_id, sizeof(p->id));
}

void
post_rcpt(struct post *p, const struct msg_mail_rcpt *to)
{
	if (!p->failed && chan_put(p->ch, V_mail_rcpt, to) < 0)
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

	buf_init(&line, POST_LINE_MAX);
	va_start(ap, fmt);
	if (buf_vprintf(&line, fmt, ap) == -1)
		post_fail(p, "a line is too long");
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

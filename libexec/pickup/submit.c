/* SPDX-License-Identifier: ISC */
/* submit - one message of a user into cleanup(8) (pickup.h). */
#include <bsd/string.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "address/address.h"
#include "address/verp.h"
#include "base/buf.h"
#include "base/log.h"
#include "conf/conf.h"
#include "message/date.h"
#include "queue-layout/fault.h"

#include "pickup.h"

#define HEAD_MAX	2048

static struct mono
deadline(void)
{
	return (mono_in(cf->ipc_timeout));
}

static void
fail(struct submit *s, uint32_t status, const char *reason)
{
	s->status |= status;
	if (s->reason == NULL && *reason != '\0')
		s->reason = arena_str(s->arena, reason);
}

/* cleanup(8) cannot be had: the user is told to try later. */
static void
broken(struct submit *s, const char *doing)
{
	log_warn("%s%sproblem talking to service %s: %s", s->id,
	    *s->id != '\0' ? ": " : "", cf->cleanup_service_name, doing);
	fail(s, MAIL_STAT_WRITE, "4.3.0 queue file write error");
	chan_free(&s->cleanup);
}

void
submit_begin(struct submit *s, struct arena *a, uid_t uid)
{
	memset(s, 0, sizeof(*s));
	s->arena = a;
	s->uid = uid;
	s->reason = NULL;
}

static void
put(struct submit *s, enum verb verb, const void *msg)
{
	if (s->status != 0 || s->cleanup == NULL)
		return;
	if (chan_put(s->cleanup, verb, msg) == -1)
		broken(s, msg_def_of(verb)->name);
}

static void
put_attr(struct submit *s, const char *name, const char *value)
{
	const struct msg_mail_attr m = { name, value };

	if (*value != '\0')
		put(s, V_mail_attr, &m);
}

/* The answer to mail_open is mail_opened, that to mail_end mail_status. */
static void
hear(struct submit *s, enum verb want)
{
	struct msg_mail_opened opened;
	struct msg_mail_status status;
	enum verb verb;

	if (s->status != 0)
		return;
	errno = 0;
	if (chan_flush(s->cleanup, deadline()) == -1 ||
	    chan_next(s->cleanup, deadline(), &verb) != CHAN_MESSAGE) {
		broken(s, errno != 0 ? strerror(errno) : "connection lost");
		return;
	}
	if (verb == V_mail_opened && verb == want &&
	    chan_get(s->cleanup, &opened) && *opened.queue_id != '\0')
		(void)strlcpy(s->id, opened.queue_id, sizeof(s->id));
	else if (verb == V_mail_status && chan_get(s->cleanup, &status) &&
	    (status.status != 0 || verb == want))
		fail(s, status.status, status.reason);
	else
		broken(s, "unexpected answer");
}

static void
log_who(struct submit *s, const char *sender)
{
	const bool old = s->orig_id != NULL;
	const char *text = sender;
	struct buf b;

	buf_init(&b, MAIL_ADDR_MAX);
	if (strcasecmp(cf->info_log_address_format, "internal") != 0 &&
	    *sender != '\0' && addr_quote(view_of(sender), &b) == 0)
		text = buf_str(&b);
	log_info("%s: uid=%lu from=<%s>%s%s", s->id, (unsigned long)s->uid,
	    text, old ? " orig_id=" : "", old ? s->orig_id : "");
	buf_fini(&b);
}

bool
submit_open(struct submit *s, const struct msg_submit_open *m)
{
	if (s->opened)
		return (false);
	s->opened = true;
	s->sender = arena_str(s->arena, m->sender);
	if (s->orig_id != NULL)
		return (true);
	s->arrival_us = (uint64_t)wall_us();
	access_submit(s, m->sender);
	return (true);
}

/* The delimiters that the user wants, or "". */
static const char *
verp(struct submit *s, const struct msg_submit_open *m)
{
	const uint32_t pair = (m->flags & SUBMIT_VERP_MASK) >>
	    SUBMIT_VERP_SHIFT;
	char text[3] = { (char)(pair >> 8), (char)(pair & 0xff), '\0' };

	if ((m->flags & SUBMIT_FLAG_VERP) == 0)
		return ("");
	if (pair == 0)
		return (cf->default_verp_delimiters);
	if (*m->sender != '\0' && verp_delimiters_valid((struct view){ text,
	    2 }, cf->verp_delimiter_filter))
		return (arena_str(s->arena, text));
	fail(s, MAIL_STAT_BAD, "5.5.4 bad VERP delimiters, or no sender");
	return ("");
}

bool
submit_requeue(struct submit *s, const struct msg_requeue_from *m)
{
	if (s->opened || s->orig_id != NULL)
		return (false);
	s->orig_id = arena_str(s->arena, m->queue_id);
	s->context = arena_str(s->arena, m->rewrite_context);
	s->arrival_us = m->arrival_us;
	return (true);
}

void
submit_connect(struct submit *s, const struct msg_submit_open *m)
{
	const struct msg_mail_open open = {
		.flags = (s->orig_id != NULL ?
		    setup.flags & ~(uint32_t)MAIL_FLAG_MILTER : setup.flags) |
		    (s->gone ? MAIL_FLAG_BOUNCE : 0),
		.sendopts = m->sendopts, .arrival_us = s->arrival_us,
		.sender = m->sender,
		.rewrite_context = s->orig_id != NULL ? s->context :
		    m->flags & SUBMIT_FLAG_GATEWAY ? "remote" : "local",
		.envid = m->envid, .ret = m->ret,
		.trace = (m->flags & SUBMIT_FLAG_REPORT ? TRACE_REPORT : 0) |
		    (m->flags & SUBMIT_FLAG_RECORD ? TRACE_RECORD : 0) };
	const char *delimiters = verp(s, m);

	if (s->status != 0)
		return;
	if ((s->cleanup = setup.dial(cf->cleanup_service_name)) == NULL) {
		broken(s, strerror(errno));
		return;
	}
	put(s, V_mail_open, &open);
	put_attr(s, "fullname", m->fullname);
	put_attr(s, "encoding", m->encoding);
	if (s->orig_id == NULL)
		put_attr(s, "message_origin", "local");
	put_attr(s, "verp_delimiters", delimiters);
	put_attr(s, "filter", cf->content_filter);
	hear(s, V_mail_opened);
	if (s->status == 0)
		log_who(s, m->sender);
}

bool
submit_rcpt(struct submit *s, const struct msg_submit_rcpt *m)
{
	const struct msg_mail_rcpt r = { .addr = m->addr, .orig = m->addr,
		.notify = m->notify };

	if (!s->opened || s->content || s->ended)
		return (false);
	put(s, V_mail_rcpt, &r);
	return (true);
}

bool
submit_requeue_rcpt(struct submit *s, const struct msg_requeue_rcpt *m)
{
	const struct msg_mail_rcpt r = { .addr = m->addr, .orig = m->orig,
		.dsn_orcpt = m->dsn_orcpt, .notify = m->notify };

	if (!s->opened || s->orig_id == NULL || s->content || s->ended)
		return (false);
	put(s, V_mail_rcpt, &r);
	return (true);
}

static void
put_data(struct submit *s, const char *p, size_t n)
{
	const struct msg_mail_data m = { { p, n } };

	if (n > 0)
		put(s, V_mail_data, &m);
}

/* Where the content begins: our trace header. */
static void
begin_content(struct submit *s, struct view first)
{
	char date[DATE_SIZE];
	struct buf b;

	s->content = true;
	s->head.n = first.n < SUBMIT_HEAD_MAX ? first.n : SUBMIT_HEAD_MAX;
	s->head.p = arena_strn(s->arena, first.p, s->head.n);
	if (s->status != 0)
		return;
	qfault(QFAULT_drop_part);
	buf_init(&b, HEAD_MAX);
	buf_xprintf(&b, "Received: by %s (%s, from userid %lu)\n\tid %s; %s\n",
	    cf->myhostname, cf->mail_name, (unsigned long)s->uid, s->id,
	    date_text((time_t)(s->arrival_us / 1000000), date));
	/* It must not become a part of that header. */
	if (first.n > 0 && (first.p[0] == ' ' || first.p[0] == '\t'))
		buf_xputs(&b, "\n");
	put_data(s, b.p, b.n);
	buf_fini(&b);
}

bool
submit_data(struct submit *s, const struct msg_submit_data *m)
{
	if (!s->opened || s->ended)
		return (false);
	if (!s->content && m->bytes.n > 0)
		begin_content(s, m->bytes);
	put_data(s, m->bytes.p, m->bytes.n);
	return (true);
}

bool
submit_end(struct submit *s)
{
	if (!s->opened || s->ended)
		return (false);
	if (!s->content)
		begin_content(s, (struct view){ "", 0 });
	put(s, V_mail_end, NULL);
	s->ended = true;
	hear(s, V_mail_status);
	return (true);
}

void
submit_drop(struct submit *s)
{
	chan_free(&s->cleanup);
}

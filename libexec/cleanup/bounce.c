/* SPDX-License-Identifier: ISC */
/*
 * bounce - a refused message whose client has gone: its sender is told.
 *
 * The file never becomes a message: bounce(8) is given its descriptor, and
 * then it is removed. Only when bounce has taken all is the client told that
 * it is done; else he keeps what he has, and comes again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "cleanup.h"

bool
message_refuse(struct message *m, uint32_t stat, const char *reason)
{
	if ((m->flags & MAIL_FLAG_BOUNCE) == 0 || m->rcpts == NULL ||
	    m->errs != 0) {
		message_fail(m, stat, reason);
		return (false);
	}
	if (m->refused == 0) {
		m->refused = stat;
		m->reason = arena_str(m->arena, reason);
	}
	/* The rest is for the sender to see, as it was. */
	m->flags &= ~(uint32_t)MAIL_FLAG_FILTER;
	return (true);
}

void
bounce_note(struct message *m, const struct qf_rcpt *r)
{
	struct noted *n;

	if ((m->flags & MAIL_FLAG_BOUNCE) == 0)
		return;
	n = arena_get(m->arena, sizeof(*n));
	n->r = (struct qf_rcpt){ .addr = arena_str(m->arena, r->addr),
		.orig = arena_str(m->arena, r->orig),
		.dsn_orcpt = arena_str(m->arena, r->dsn_orcpt),
		.notify = r->notify };
	n->next = m->rcpts;
	m->rcpts = n;
}

/* "5.7.1 text" in two. */
static const char *
split(const char *reason, char dsn[16])
{
	size_t n = strcspn(reason, " ");

	if (n >= 5 && n < 16 && strspn(reason, "0123456789.") == n &&
	    reason[n] == ' ') {
		(void)snprintf(dsn, 16, "%.*s", (int)n, reason);
		return (reason + n + 1);
	}
	(void)snprintf(dsn, 16, "5.0.0");
	return (reason);
}

static void
log_bounced(struct message *m, const struct qf_rcpt *r, const char *dsn,
    const char *text)
{
	const double delay =
	    (double)(wall_us() - (int64_t)m->env.arrival_us) / 1e6;
	const bool orig = *r->orig != '\0' && strcmp(r->orig, r->addr) != 0;

	log_info("%s: to=<%s>%s%s%s, relay=none, delay=%.2g, "
	    "delays=%.2g/0/0/0, dsn=%s, status=bounced (%s)", m->id,
	    address_quoted(m, r->addr), orig ? ", orig_to=<" : "",
	    orig ? address_quoted(m, r->orig) : "", orig ? ">" : "", delay,
	    delay, dsn, text);
}

static bool
heard(struct chan *ch)
{
	struct msg_bounce_status st;
	enum verb verb;

	return (chan_flush(ch, mono_in(cf->ipc_timeout)) == 0 &&
	    chan_next(ch, mono_in(cf->ipc_timeout), &verb) == CHAN_MESSAGE &&
	    verb == V_bounce_status && chan_get(ch, &st) && st.status == 0);
}

static bool
append(struct message *m, struct chan *ch)
{
	char dsn[16];
	const char *text = split(m->reason, dsn);
	uint32_t index = 0;

	for (const struct noted *n = m->rcpts; n != NULL; n = n->next) {
		const struct msg_bounce_append a = { .queue_id = m->id,
			.addr = n->r.addr, .orig = n->r.orig,
			.dsn_orcpt = n->r.dsn_orcpt, .notify = n->r.notify,
			.index = index++, .dsn = dsn, .action = "failed",
			.reason = text };

		if (chan_put(ch, V_bounce_append, &a) < 0 || !heard(ch))
			return (false);
		log_bounced(m, &n->r, dsn, text);
	}
	return (true);
}

static bool
return_it(struct message *m, struct chan *ch)
{
	struct qf_digest digest;
	const struct msg_bounce_send s = { .kind = BOUNCE_FAILURE,
		.sendopts = (uint32_t)m->env.sendopts,
		.queue_id = m->id,
		.encoding = m->ext.encoding != NULL ? m->ext.encoding :
		    m->env.encoding,
		.sender = m->env.sender,
		.envid = m->env.envid, .ret = (uint32_t)m->env.ret,
		.arrival_us = m->env.arrival_us,
		.content_offset = qw_content_offset(m->w),
		.content_length = qw_content_length(m->w),
		.digest = { (const char *)&digest, sizeof(digest) } };

	return (qw_refuse(m->w, &digest) == 0 &&
	    chan_put_fd(ch, V_bounce_send, &s, qw_fd(m->w)) == 0 &&
	    heard(ch));
}

void
bounce_message(struct message *m)
{
	const struct msg_bounce_remove r = { m->id };
	struct chan *ch = role_dial(cf->bounce_service_name);
	bool ok = ch != NULL && append(m, ch) && return_it(m, ch);

	if (!ok) {
		log_warn("%s: %s service failure", m->id,
		    cf->bounce_service_name);
		/* There will be no message of that id. */
		if (ch != NULL && (chan_put(ch, V_bounce_remove, &r) < 0 ||
		    !heard(ch)))
			log_warn("%s: its log may remain", m->id);
		message_fail(m, MAIL_STAT_DEFER, NULL);
	}
	m->size = m->w != NULL ? qw_content_length(m->w) : 0;
	qw_abort(&m->w);
	chan_free(&ch);
}

/* SPDX-License-Identifier: ISC */
/* request - an entry as a delivery agent is told of it. */
#include "address/verp.h"
#include "base/buf.h"

#include "qmgr.h"

static const char *
log_or(const char *logged, const char *real)
{
	return (*logged != '\0' ? logged : real);
}

/* With VERP, the sender for the one recipient. */
static const char *
sender_of(const struct entry *e)
{
	const struct qf_envelope *v = &e->m->qf.env;
	const struct rcpt *r = e->rcpts[0];
	const char *text = v->sender;
	struct buf b;

	if (*v->sender == '\0' ||
	    !verp_delimiters_valid(view_of(v->verp_delimiters), NULL))
		return (text);
	buf_init(&b, MAIL_ADDR_MAX);
	if (verp_sender(v->verp_delimiters, v->sender,
	    *r->orig != '\0' ? r->orig : r->addr, &b) == 0)
		text = arena_strn(message_arena(e->m), b.p, b.n);
	buf_fini(&b);
	return (text);
}

static int
put_deliver(struct chan *ch, const struct entry *e, int rofd, bool keep)
{
	const struct message *m = e->m;
	const struct qf_envelope *v = &m->qf.env;
	const struct msg_deliver d = {
		.flags = (keep ? DELIVER_FLAG_KEEP : 0) |
		    (message_traces(m, TRACE_NO_DELIVERY) ?
		    DELIVER_FLAG_PROBE : 0) |
		    (message_traces(m, TRACE_REPORT | TRACE_RECORD) ?
		    DELIVER_FLAG_TRACE : 0),
		.sendopts = (uint32_t)v->sendopts & SENDOPT_ALL,
		.rcpt_count = e->n,
		.cursor = e->cursor,
		.queue_id = m->id,
		.nexthop = e->d->nexthop,
		.encoding = v->encoding,
		.sender = sender_of(e),
		.envid = v->envid,
		.ret = (uint32_t)v->ret,
		.content_offset = m->qf.content_offset,
		.content_length = m->qf.content_length,
		.digest = { (const char *)&m->qf.digest,
		    sizeof(m->qf.digest) },
		.arrival_us = v->arrival_us,
		.active_us = (uint64_t)m->active_us,
		.client_name = log_or(v->log_client_name, v->client_name),
		.client_address = log_or(v->log_client_address,
		    v->client_address),
		.client_port = log_or(v->log_client_port, v->client_port),
		.protocol_name = log_or(v->log_protocol_name,
		    v->protocol_name),
		.helo_name = log_or(v->log_helo_name, v->helo_name),
		.ident = log_or(v->log_ident, m->id),
		.rewrite_context = v->rewrite_context,
		.sasl_method = v->sasl_method,
		.sasl_username = v->sasl_username,
		.sasl_sender = v->sasl_sender,
	};

	return (chan_put_fd(ch, V_deliver, &d, rofd));
}

static int
put_rcpts(struct chan *ch, struct entry *e)
{
	for (uint32_t i = 0; i < e->n; i++) {
		struct rcpt *r = e->rcpts[i];
		struct msg_deliver_rcpt q = {
			.index = r->index,
			.addr = r->addr,
			.orig = r->orig,
			.dsn_orcpt = r->dsn_orcpt,
			.notify = r->notify,
		};

		r->answered = r->next = false;
		if (chan_put(ch, V_deliver_rcpt, &q) < 0)
			return (-1);
	}
	return (0);
}

int
deliver_put(struct chan *ch, struct entry *e, int rofd, bool keep)
{
	if (put_deliver(ch, e, rofd, keep) < 0 || put_rcpts(ch, e) < 0)
		return (-1);
	return (chan_flush(ch, MONO_NEVER));
}

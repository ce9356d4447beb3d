/* SPDX-License-Identifier: ISC */
/*
 * post - mail that goes on to another address: a message of its own in the
 * queue, so that each recipient has a fate of its own. One for each sender
 * that the expansion of a recipient has (an alias with an owner changes it).
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "address/address.h"
#include "base/log.h"
#include "broker/role.h"
#include "local_in.h"
#include "message/date.h"
#include "queue-layout/queue.h"

struct target {
	struct target	*next;
	const char	*addr;
};

struct post {
	struct post	*next;
	const char	*sender;
	struct target	*first, **last;
	struct chan	*ch;
	const char	*id;
	const char	*why;		/* NULL: well so far */
	bool		 hard;		/* cleanup(8) does not want it */
	char		 data[MAIL_CHUNK_MAX];
};

void
post_add(struct job *j, const struct who *w, const char *addr)
{
	struct target *t = arena_get(j->a, sizeof(*t));
	struct post **p = &j->posts;

	*t = (struct target){ NULL, addr };
	while (*p != NULL && strcmp((*p)->sender, w->sender) != 0)
		p = &(*p)->next;
	if (*p == NULL) {
		*p = arena_get(j->a, sizeof(**p));
		memset(*p, 0, offsetof(struct post, data));
		(*p)->sender = w->sender;
		(*p)->last = &(*p)->first;
	}
	*(*p)->last = t;
	(*p)->last = &t->next;
}

static void
lost(struct post *p)
{
	if (p->why == NULL)
		p->why = "mail forwarding service is not available";
}

static void
refused(struct job *j, struct post *p, const struct msg_mail_status *st)
{
	p->why = *st->reason != '\0' ? arena_str(j->a, st->reason) :
	    "unable to forward message";
	p->hard = (st->status & (MAIL_STAT_CONT | MAIL_STAT_HOPS |
	    MAIL_STAT_SIZE)) != 0;
}

static bool
hear(struct job *j, struct post *p, enum verb want, void *msg)
{
	struct msg_mail_status st;
	enum verb verb;

	if (chan_next(p->ch, mono_in(cf->ipc_timeout), &verb) !=
	    CHAN_MESSAGE) {
		lost(p);
		return (false);
	}
	if (verb == want)
		return (chan_get(p->ch, msg));
	if (verb == V_mail_status && chan_get(p->ch, &st))
		refused(j, p, &st);
	else
		lost(p);
	return (false);
}

static void
put(struct post *p, enum verb verb, const void *msg)
{
	if (p->why == NULL && chan_put(p->ch, verb, msg) < 0)
		lost(p);
}

static void
put_attrs(struct job *j, struct post *p)
{
	const struct msg_deliver *m = &j->r->m;
	const struct msg_mail_attr attrs[] = {
		{ "encoding", m->encoding },
		{ "log_client_name", m->client_name },
		{ "log_client_address", m->client_address },
		{ "log_client_port", m->client_port },
		{ "log_helo_name", m->helo_name },
		{ "log_protocol_name", m->protocol_name },
		{ "log_ident", m->ident[0] != '\0' ? m->ident : m->queue_id },
		{ "sasl_method", m->sasl_method },
		{ "sasl_username", m->sasl_username },
		{ "sasl_sender", m->sasl_sender },
	};

	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		if (attrs[i].value[0] != '\0')
			put(p, V_mail_attr, &attrs[i]);
}

/* A list's owner hears of its recipients; the sender hears of the list. */
static void
put_rcpts(struct job *j, struct post *p)
{
	bool own = strcmp(p->sender, j->r->m.sender) != 0;

	for (struct target *t = p->first; t != NULL; t = t->next) {
		const struct msg_mail_rcpt to = { .addr = t->addr,
			.orig = own ? "" : j->rcpt->orig[0] != '\0' ?
			    j->rcpt->orig : j->rcpt->addr,
			.dsn_orcpt = own ? "" : j->rcpt->dsn_orcpt,
			.notify = own ? 0 : j->rcpt->notify };

		put(p, V_mail_rcpt, &to);
	}
}

static void
put_headers(struct job *j, struct post *p)
{
	char date[DATE_SIZE];
	struct msg_mail_data d;
	const char *text;
	struct buf b;

	text = arena_printf(j->a, "Received: by %s (%s)\n\tid %s; %s\n",
	    cf->myhostname, cf->mail_name, p->id,
	    date_text(time(NULL), date));
	buf_init(&b, MAIL_ADDR_MAX);
	if ((setup.delivered & DELIVERED_FORWARD) &&
	    addr_quote(view_of(j->rcpt->addr), &b) == 0)
		text = arena_printf(j->a, "%sDelivered-To: %s\n", text,
		    view_lower(j->a, buf_view(&b)));
	buf_fini(&b);
	d.bytes = view_of(text);
	put(p, V_mail_data, &d);
}

/* False: the content is not what was sealed. */
static bool
put_content(struct job *j, struct post *p)
{
	const struct msg_deliver *m = &j->r->m;
	struct qf_content c;
	struct qf_digest digest;
	ssize_t n;
	bool ok;

	if (m->digest.n != sizeof(digest))
		return (false);
	memcpy(&digest, m->digest.p, sizeof(digest));
	qf_content_open(&c, j->r->fd, m->content_offset, m->content_length,
	    &digest);
	while ((n = qf_content_read(&c, p->data, sizeof(p->data))) > 0) {
		const struct msg_mail_data d = { { p->data, (size_t)n } };

		put(p, V_mail_data, &d);
		if (p->why == NULL &&
		    chan_flush(p->ch, mono_in(cf->ipc_timeout)) < 0)
			lost(p);
		if (p->why != NULL)
			break;
	}
	ok = p->why != NULL || (n == 0 && qf_content_check(&c) == 0);
	qf_content_close(&c);
	return (ok);
}

static bool
begin(struct job *j, struct post *p)
{
	const struct msg_mail_open open = {
		.flags = MAIL_FLAG_BOUNCE | MAIL_FLAG_MAP_OK,
		.sendopts = j->r->m.sendopts,
		.arrival_us = (uint64_t)wall_us(), .sender = p->sender,
		.rewrite_context = j->r->m.rewrite_context,
		.envid = j->r->m.envid, .ret = j->r->m.ret };
	struct msg_mail_opened opened;

	if ((p->ch = role_dial(cf->cleanup_service_name)) == NULL) {
		lost(p);
		return (false);
	}
	put(p, V_mail_open, &open);
	put_attrs(j, p);
	if (p->why != NULL ||
	    chan_flush(p->ch, mono_in(cf->ipc_timeout)) < 0) {
		lost(p);
		return (false);
	}
	if (!hear(j, p, V_mail_opened, &opened))
		return (false);
	p->id = arena_str(j->a, opened.queue_id);
	return (true);
}

static void
send_post(struct job *j, struct post *p)
{
	struct msg_mail_status st;

	if (!begin(j, p))
		return;
	put_rcpts(j, p);
	put_headers(j, p);
	if (!put_content(j, p)) {
		/* Closing the channel takes the message back. */
		log_warn("%s: content does not match its digest",
		    j->r->m.queue_id);
		j->r->damaged = true;
		p->why = "queue file damaged";
		return;
	}
	put(p, V_mail_end, NULL);
	if (p->why != NULL ||
	    chan_flush(p->ch, mono_in(cf->ipc_timeout)) < 0)
		lost(p);
	else if (hear(j, p, V_mail_status, &st) && st.status != 0)
		refused(j, p, &st);
}

void
post_all(struct job *j, const struct who *w)
{
	struct agent_result res;

	for (struct post *p = j->posts; p != NULL; p = p->next) {
		send_post(j, p);
		chan_free(&p->ch);
		if (p->why != NULL) {
			job_fail(j, w, p->hard ? "5.3.0" : "4.3.0", "%s",
			    p->why);
			continue;
		}
		/* Who asked hears of success from the next hop, but not from
		   behind an owner. */
		res = (struct agent_result){ .outcome = OUTCOME_SENT,
			.dsn = "2.0.0", .action = strcmp(p->sender,
			    j->r->m.sender) == 0 ? "" : "expanded",
			.reason = arena_printf(j->a, "forwarded as %s",
			    p->id) };
		job_result(j, w, &res);
	}
}

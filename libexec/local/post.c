/* SPDX-License-Identifier: ISC */
/*
 * post - mail that goes on to another address: a message of its own in the
 * queue, so that each recipient has a fate of its own. One for each sender
 * that the expansion of a recipient has (an alias with an owner changes it).
 */
#include <string.h>
#include <time.h>

#include "address/address.h"
#include "agent/post.h"
#include "base/log.h"
#include "broker/role.h"
#include "local_in.h"
#include "message/date.h"
#include "queue-layout/queue.h"

struct target {
	struct target	*next;
	const char	*addr;
};

struct mail {
	struct mail	*next;
	const char	*sender;
	struct target	*first, **last;
	struct post	 post;
};

void
post_add(struct job *j, const struct who *w, const char *addr)
{
	struct target *t = arena_get(j->a, sizeof(*t));
	struct mail **p = &j->mail;

	*t = (struct target){ NULL, addr };
	while (*p != NULL && strcmp((*p)->sender, w->sender) != 0)
		p = &(*p)->next;
	if (*p == NULL) {
		*p = arena_get(j->a, sizeof(**p));
		**p = (struct mail){ .sender = w->sender };
		(*p)->last = &(*p)->first;
	}
	*(*p)->last = t;
	(*p)->last = &t->next;
}

static void
begin(struct job *j, struct mail *p)
{
	const struct msg_deliver *m = &j->r->m;
	const struct msg_mail_open open = {
		.flags = MAIL_FLAG_BOUNCE | MAIL_FLAG_MAP_OK,
		.sendopts = m->sendopts, .arrival_us = (uint64_t)wall_us(),
		.sender = p->sender, .rewrite_context = m->rewrite_context,
		.envid = m->envid, .ret = m->ret };
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

	post_open(&p->post, role_dial(cf->cleanup_service_name), &open, attrs,
	    sizeof(attrs) / sizeof(attrs[0]));
}

/* A list's owner hears of its recipients; the sender hears of the list. */
static void
put_rcpts(struct job *j, struct mail *p)
{
	bool own = strcmp(p->sender, j->r->m.sender) != 0;

	for (struct target *t = p->first; t != NULL; t = t->next) {
		const struct msg_mail_rcpt to = { .addr = t->addr,
			.orig = own ? "" : j->rcpt->orig[0] != '\0' ?
			    j->rcpt->orig : j->rcpt->addr,
			.dsn_orcpt = own ? "" : j->rcpt->dsn_orcpt,
			.notify = own ? 0 : j->rcpt->notify };

		post_rcpt(&p->post, &to);
	}
}

static void
put_headers(struct job *j, struct post *p)
{
	char date[DATE_SIZE];
	struct buf b;

	post_printf(p, "Received: by %s (%s)\n\tid %s; %s\n", cf->myhostname,
	    cf->mail_name, p->id, date_text(time(NULL), date));
	buf_init(&b, MAIL_ADDR_MAX);
	if ((setup.delivered & DELIVERED_FORWARD) &&
	    addr_quote(view_of(j->rcpt->addr), &b) == 0)
		post_printf(p, "Delivered-To: %s\n",
		    view_lower(j->a, buf_view(&b)));
	buf_fini(&b);
}

/* False: the content is not what was sealed. */
static bool
put_content(struct job *j, struct post *p)
{
	static char piece[MAIL_CHUNK_MAX];
	const struct msg_deliver *m = &j->r->m;
	struct qf_content c;
	struct qf_digest digest;
	ssize_t n = 0;
	bool ok;

	if (m->digest.n != sizeof(digest))
		return (false);
	memcpy(&digest, m->digest.p, sizeof(digest));
	qf_content_open(&c, j->r->fd, m->content_offset, m->content_length,
	    &digest);
	while (!p->failed &&
	    (n = qf_content_read(&c, piece, sizeof(piece))) > 0)
		post_put(p, piece, (size_t)n);
	ok = p->failed || (n == 0 && qf_content_check(&c) == 0);
	qf_content_close(&c);
	return (ok);
}

static bool
send_mail(struct job *j, struct mail *p)
{
	begin(j, p);
	put_rcpts(j, p);
	put_headers(j, &p->post);
	if (!put_content(j, &p->post)) {
		log_warn("%s: content does not match its digest",
		    j->r->m.queue_id);
		j->r->damaged = true;
		post_fail(&p->post, "queue file damaged");
	}
	return (post_close(&p->post));
}

/* What is wrong with the message is told to its sender. */
static void
failed(struct job *j, const struct who *w, const struct post *p)
{
	const uint32_t hard = MAIL_STAT_CONT | MAIL_STAT_HOPS |
	    MAIL_STAT_SIZE;

	if (p->status == 0 && !j->r->damaged)
		log_warn("%s: %s", j->r->m.queue_id, p->reason);
	job_fail(j, w, p->status & hard ? "5.3.0" : "4.3.0", "%s",
	    p->status == 0 && !j->r->damaged ?
	    "mail forwarding service is not available" : p->reason);
}

void
post_all(struct job *j, const struct who *w)
{
	struct agent_result res;

	for (struct mail *p = j->mail; p != NULL; p = p->next) {
		if (!send_mail(j, p)) {
			failed(j, w, &p->post);
			continue;
		}
		/* Who asked hears of success from the next hop, but not from
		   behind an owner. */
		res = (struct agent_result){ .outcome = OUTCOME_SENT,
			.dsn = "2.0.0", .action = strcmp(p->sender,
			    j->r->m.sender) == 0 ? "" : "expanded",
			.reason = arena_printf(j->a, "forwarded as %s",
			    p->post.id) };
		job_result(j, w, &res);
	}
}

/* SPDX-License-Identifier: ISC */
/* tx - one mail transaction, and cleanup(8)'s side of it (tx.h). */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "smtp/reply.h"

#include "log.h"
#include "received.h"
#include "restrict.h"
#include "session.h"
#include "setup.h"
#include "tx.h"
#include "xclient.h"

#define FIRST_MAX	1024	/* bytes that may wait to be understood */
#define TX_MAX	(32 * 1024 * 1024)	/* bytes about one message */

struct tx *
tx_begin(struct smtpd *s)
{
	struct arena *a = arena_new(TX_MAX);
	struct tx *t = arena_get(a, sizeof(*t));

	must(s->tx == NULL);
	s->serial++;
	t->arena = a;
	buf_init(&t->first, 0);
	t->sender = t->sender_ext = t->encoding = t->envid = t->verp = "";
	t->arrival_us = (uint64_t)wall_us();
	/* An access table may name another one: cleanup(8) takes the last. */
	t->filter = cf->content_filter;
	s->tx = t;
	t->context = restrict_rewrite(s) ? "local" : "remote";
	return (t);
}

void
tx_drop(struct smtpd *s)
{
	struct msg_mail_abort none;
	struct arena *a;

	xforward_drop(s);
	if (s->tx == NULL)
		return;
	if (s->tx->open && s->cleanup != NULL) {
		memset(&none, 0, sizeof(none));
		if (chan_put(s->cleanup, V_mail_abort, &none) == -1 ||
		    chan_flush(s->cleanup, mono_in(cf->ipc_timeout)) == -1)
			chan_free(&s->cleanup);
	}
	buf_fini(&s->tx->first);
	a = s->tx->arena;
	s->tx = NULL;
	arena_free(&a);
}

void
tx_list_add(struct tx *t, struct text_list **list, const char *text)
{
	struct text_list *e = arena_get(t->arena, sizeof(*e));

	e->text = arena_str(t->arena, text);
	while (*list != NULL)
		list = &(*list)->next;
	*list = e;
}

/* cleanup(8) cannot be had any more: the message is lost, the session not. */
static void
broken(struct smtpd *s, const char *doing)
{
	log_warn("%sproblem talking to service %s: %s", smtpd_log_id(s),
	    cf->cleanup_service_name, doing);
	s->tx->broken = true;
	s->tx->open = false;
	chan_free(&s->cleanup);
}

static void
put(struct smtpd *s, enum verb verb, const void *msg)
{
	if (s->tx->broken)
		return;
	if (chan_put(s->cleanup, verb, msg) == -1)
		broken(s, msg_def_of(verb)->name);
}

static void
put_attr(struct smtpd *s, const char *name, const char *value)
{
	struct msg_mail_attr attr = { .name = name, .value = value };

	if (value != NULL && value[0] != '\0')
		put(s, V_mail_attr, &attr);
}

/*
 * What the log and XFORWARD of the next hop say of the client: what a host
 * before us has said, once it has said anything.
 */
static void
put_client(struct smtpd *s)
{
	const struct forwarded *f = &s->forwarded;
	const struct peer *p = &s->peer;
	const char *proto = s->esmtp ? "ESMTP" : "SMTP";
	const char *helo = s->helo != NULL ? s->helo : "";

	put_attr(s, "verp_delimiters", s->tx->verp);
	put_attr(s, "client_name", p->name);
	put_attr(s, "reverse_client_name", p->reverse);
	put_attr(s, "client_address", p->addr);
	put_attr(s, "client_port", p->port);
	put_attr(s, "helo_name", helo);
	put_attr(s, "protocol_name", proto);
	put_attr(s, "server_address", p->server_addr);
	put_attr(s, "server_port", p->server_port);
	put_attr(s, "sasl_method", s->login.method);
	put_attr(s, "sasl_username", s->login.user);
	put_attr(s, "sasl_sender", s->tx->sasl_sender);
	put_attr(s, "log_client_name", f->set ? f->name : p->name);
	put_attr(s, "log_client_address", f->set ? f->addr : p->addr);
	put_attr(s, "log_client_port", f->set ? f->port : p->port);
	put_attr(s, "log_helo_name", f->set ? f->helo : helo);
	put_attr(s, "log_protocol_name", f->set ? f->proto : proto);
	put_attr(s, "log_ident", f->ident);
}

static uint32_t
open_flags(const struct tx *t)
{
	uint32_t flags = t->flags;

	if ((setup.overrides & OVERRIDE_CHECKS) == 0)
		flags |= MAIL_FLAG_FILTER;
	if ((setup.overrides & OVERRIDE_MAPS) == 0)
		flags |= MAIL_FLAG_BCC_OK | MAIL_FLAG_MAP_OK;
	if ((setup.overrides & OVERRIDE_MILTERS) == 0)
		flags |= MAIL_FLAG_MILTER;
	return (flags);
}

/* What access tables have asked for since the last time. */
static void
put_actions(struct smtpd *s)
{
	struct tx *t = s->tx;
	uint32_t fresh = t->flags & ~t->flags_sent;
	struct msg_mail_rcpt r;
	struct text_list *e;

	if ((fresh & MAIL_FLAG_HOLD) != 0)
		put_attr(s, "hold", "1");
	if ((fresh & MAIL_FLAG_DISCARD) != 0)
		put_attr(s, "discard", "1");
	put_attr(s, "filter", t->filter);
	put_attr(s, "redirect", t->redirect);
	for (e = t->bcc; e != NULL && !t->headed; e = e->next) {
		r = (struct msg_mail_rcpt){ .addr = e->text,
		    .orig = e->text, .notify = DSN_NOTIFY_NEVER };
		put(s, V_mail_rcpt, &r);
	}
	t->flags_sent = t->flags;
	t->bcc = NULL;
	t->filter = t->redirect = NULL;
}

static bool
dialled(struct smtpd *s)
{
	if (s->cleanup == NULL)
		s->cleanup = smtpd_dial(cf->cleanup_service_name);
	return (s->cleanup != NULL);
}

static struct verdict
no_queue(struct smtpd *s)
{
	return (verdict(s, 451, "4.3.0", "Error: queue file write error"));
}

/* What the bits of cleanup(8)'s status mean to the client. */
static struct verdict
status_verdict(struct smtpd *s, const struct msg_mail_status *st)
{
	static const struct {
		uint32_t bit;
		int code;
		const char *dsn, *text;
	} rows[] = {
		{ MAIL_STAT_BAD, 451, "4.3.0", "Error: internal error" },
		{ MAIL_STAT_NOSPC, 452, "4.3.1", "Insufficient system storage" },
		{ MAIL_STAT_SIZE, 552, "5.3.4", "Error: message file too big" },
		{ MAIL_STAT_HOPS, 554, "5.4.0", "Error: too many hops" },
		{ MAIL_STAT_CONT, 550, "5.7.1", "Error: content rejected" },
		{ MAIL_STAT_DEFER, 451, "4.7.1", "Error: service unavailable" },
		{ MAIL_STAT_WRITE, 451, "4.3.0",
		    "Error: queue file write error" },
		{ MAIL_STAT_RCPT, 554, "5.5.1", "Error: no valid recipients" },
	};
	struct view reason = view_of(st->reason), text;
	char class;
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if ((st->status & rows[i].bit) != 0)
			break;
	}
	if (i == sizeof(rows) / sizeof(rows[0]))
		return (no_queue(s));
	if (reason.n == 0 ||
	    (rows[i].bit & (MAIL_STAT_CONT | MAIL_STAT_DEFER)) == 0)
		return (verdict(s, rows[i].code, rows[i].dsn, "%s",
		    rows[i].text));
	class = (char)('0' + rows[i].code / 100);
	text = reason;
	n = smtp_dsn_parse(text, class);
	if (n == 0)
		return (verdict(s, rows[i].code, rows[i].dsn, "%s",
		    st->reason));
	return (verdict(s, rows[i].code, arena_strn(s->line, text.p, n), "%s",
	    st->reason + n + (text.n > n ? 1 : 0)));
}

/* After mail_open: its queue id, or what is wrong. */
static struct verdict
opened(struct smtpd *s)
{
	struct mono by = mono_in(cf->ipc_timeout);
	struct msg_mail_opened ok;
	struct msg_mail_status bad;
	enum verb verb;

	if (s->tx->broken || chan_flush(s->cleanup, by) == -1 ||
	    chan_next(s->cleanup, by, &verb) != CHAN_MESSAGE)
		goto out;
	if (verb == V_mail_opened && chan_get(s->cleanup, &ok) &&
	    ok.queue_id[0] != '\0') {
		s->tx->queue_id = arena_str(s->tx->arena, ok.queue_id);
		s->tx->open = true;
		return ((struct verdict){ 0 });
	}
	if (verb == V_mail_status && chan_get(s->cleanup, &bad) &&
	    bad.status != 0)
		return (status_verdict(s, &bad));
out:
	if (!s->tx->broken)
		broken(s, "opening a message");
	s->tx->broken = false;		/* the next recipient may try again */
	return (no_queue(s));
}

static struct verdict
try_open(struct smtpd *s, const struct msg_mail_rcpt *first)
{
	struct tx *t = s->tx;
	struct msg_mail_open open = { .flags = open_flags(t),
	    .sendopts = t->sendopts, .arrival_us = t->arrival_us,
	    .sender = t->sender, .rewrite_context = t->context,
	    .envid = t->envid, .ret = t->ret };

	if (s->forwarded.domain != NULL)
		open.rewrite_context = s->forwarded.domain;
	if (!dialled(s)) {
		log_warn("connect to service %s: %s",
		    cf->cleanup_service_name, strerror(errno));
		return (no_queue(s));
	}
	put(s, V_mail_open, &open);
	put_client(s);
	put_attr(s, "encoding", t->encoding);
	put(s, V_mail_rcpt, first);
	t->flags_sent = t->flags;
	return (opened(s));
}

static struct verdict
open_message(struct smtpd *s, const struct msg_mail_rcpt *first)
{
	bool kept = s->cleanup != NULL;
	struct verdict v;

	v = try_open(s, first);
	/* A channel from the message before may have ended since. */
	if (v.code != 0 && kept && s->cleanup == NULL)
		v = try_open(s, first);
	if (v.code == 0)
		log_client(s);
	return (v);
}

struct verdict
tx_recipient(struct smtpd *s, const struct msg_mail_rcpt *r,
    const char *external)
{
	struct tx *t = s->tx;
	struct verdict v;

	if (!t->open && !t->broken) {
		v = open_message(s, r);
		if (v.code != 0)
			return (v);
	} else
		put(s, V_mail_rcpt, r);
	if (t->broken)
		return (no_queue(s));
	if (t->accepted++ == 0) {
		t->rcpt = arena_str(t->arena, r->addr);
		t->rcpt_ext = arena_str(t->arena, external);
	}
	return ((struct verdict){ 0 });
}

void
tx_content_begin(struct smtpd *s)
{
	struct tx *t = s->tx;
	struct text_list *e;
	struct buf head;

	put_actions(s);
	buf_init(&head, TX_MAX);
	for (e = t->prepend; e != NULL; e = e->next)
		buf_xprintf(&head, "%s\n", e->text);
	received_put(s, &head);
	tx_content(s, head.p, head.n);
	buf_fini(&head);
	buf_init(&t->first, FIRST_MAX + MAIL_CHUNK_MAX);
	t->headed = true;
}

static void
send_content(struct smtpd *s, const char *p, size_t n)
{
	struct msg_mail_data data;

	while (n > 0 && !s->tx->broken) {
		data.bytes = (struct view){ p,
		    n < MAIL_CHUNK_MAX ? n : MAIL_CHUNK_MAX };
		put(s, V_mail_data, &data);
		p += data.bytes.n;
		n -= data.bytes.n;
	}
}

/* ">>From ...": a line of a mailbox, not of a message. Or could become one. */
static bool
is_from_line(struct view line, bool whole)
{
	static const char from[] = "From ";
	size_t n = sizeof(from) - 1;

	while (line.n > 0 && line.p[0] == '>')
		line = view_sub(line, 1, line.n);
	if (line.n < n && !whole)
		return (memcmp(line.p, from, line.n) == 0);
	return (view_starts(line, from));
}

/*
 * The first bytes decide about two things that a mailer must not take for a
 * header: From_ lines of mailboxes, and a body without any header. They are
 * kept until that is decided; "last" decides it.
 */
static void
first_content(struct smtpd *s, bool last)
{
	struct tx *t = s->tx;
	struct view rest = buf_view(&t->first), line;
	ptrdiff_t end;

	while ((end = view_chr(rest, '\n')) >= 0) {
		line = view_sub(rest, 0, (size_t)end + 1);
		if (!is_from_line(line, true))
			break;
		send_content(s, "X-Mailbox-Line: ", 16);
		send_content(s, line.p, line.n);
		rest = view_sub(rest, line.n, rest.n);
	}
	if (end < 0 && !last && rest.n < FIRST_MAX &&
	    is_from_line(rest, false)) {
		buf_drop(&t->first, (size_t)(rest.p - t->first.p));
		return;
	}
	if (rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '\t'))
		send_content(s, "\n", 1);
	send_content(s, rest.p, rest.n);
	buf_fini(&t->first);
	t->content = true;
}

void
tx_content(struct smtpd *s, const void *bytes, size_t n)
{
	struct tx *t = s->tx;

	if (t->headed && !t->content) {
		buf_xput(&t->first, bytes, n);
		if (n > 0)
			first_content(s, false);
	} else
		send_content(s, bytes, n);
}

struct verdict
tx_finish(struct smtpd *s, const char *good)
{
	struct mono by = mono_in(cf->ipc_timeout);
	struct msg_mail_status st;
	struct msg_mail_end none;
	struct verdict v;

	memset(&none, 0, sizeof(none));
	if (!s->tx->content)
		first_content(s, true);
	put_actions(s);
	if (s->tx->broken) {
		v = no_queue(s);
	} else if (chan_call(s->cleanup, V_mail_end, &none, V_mail_status,
	    &st, by) == -1) {
		broken(s, "finishing a message");
		v = no_queue(s);
	} else if (st.status != 0) {
		v = status_verdict(s, &st);
	} else {
		v = verdict(s, 250, "2.0.0", "%squeued as %s", good,
		    s->tx->queue_id);
		s->errors = s->junk = 0;
	}
	s->tx->open = false;
	tx_drop(s);
	return (v);
}

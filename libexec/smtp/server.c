/* SPDX-License-Identifier: ISC */
/* The session: greeting, EHLO, replies, the end. */
#include <poll.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "conf/conf.h"
#include "dialect.h"
#include "setup.h"
#include "smtp_in.h"

#define REPLY_LINE_MAX	2048		/* bytes of a line that are kept */

/*
 * A step's time limit is for the whole reply, so that a server which sends a
 * byte now and then does not hold us for ever. Content has longer the more of
 * it passes; without smtp_per_request_deadline, any progress will do.
 */
void
server_timeout(struct server *s, enum step step)
{
	int64_t rate = 0;
	struct span d;

	if (step == STEP_BODY)
		rate = cf->smtp_per_request_deadline ?
		    cf->smtp_min_data_rate : 1;
	memcpy(&d, (const char *)cf + steps[step].timeout, sizeof(d));
	smtp_stream_deadline(s->st, d, rate);
}

const char *
server_said(struct arena *a, const struct server *s)
{
	char *text = arena_strn(a, s->reply.text.p, s->reply.text.n);

	for (char *p = text; *p != '\0'; p++)
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	return (text);
}

bool
server_reply(struct delivery *d, enum step step)
{
	struct server *s = d->srv;
	enum smtp_io io;

	server_timeout(s, step);
	io = smtp_reply_read(s->st, REPLY_LINE_MAX, &s->reply);
	if (smtp_stream_received(s->st) > 0)
		d->c->tainted = true;
	if (io == SMTP_OK) {
		d->may_be_stale = false;
		/* 421: it closes the connection, whatever the question was. */
		s->dead = s->dead || s->reply.code == 421;
		return (true);
	}
	s->dead = true;
	if (d->may_be_stale && io != SMTP_TIMEOUT)
		d->stale = true;
	else
		fail_stream(d, io, step);
	return (false);
}

static bool
refused(struct delivery *d, enum step step)
{
	struct verdict v;

	fail_verdict(d, step, &v);
	if (step == STEP_GREETING && v.dsn[0] == '5' &&
	    cf->smtp_skip_5xx_greeting)
		v.dsn[0] = '4';
	fail_all(d, &v, true);
	return (false);
}

static struct view
reply_head(const struct server *s)
{
	struct view line = { 0 };

	(void)smtp_reply_line(&s->reply, 0, &line);
	return (line);
}

/* "220 ****2******": a firewall that hides the greeting, and breaks ESMTP. */
static bool
is_pix(const struct server *s)
{
	struct view v = reply_head(s);

	if (v.n < 5)
		return (false);
	for (size_t i = 0; i < v.n; i++)
		if (strchr("*20 ", v.p[i]) == NULL || v.p[i] == '\0')
			return (false);
	return (true);
}

static void
pix_workarounds(struct delivery *d, bool *esmtp)
{
	struct server *s = d->srv;
	const char *todo = cf->smtp_pix_workarounds, *value;
	struct view v, w;

	if (setup_find(setup.pix, host_addr_text(d->r->arena, &s->host),
	    &value) == 1)
		todo = arena_str(d->r->arena, value);
	if (todo[0] == '\0' || wall_us() - (int64_t)d->r->m.arrival_us <
	    cf->smtp_pix_workaround_threshold_time.ns / 1000)
		return;
	log_info("%s: enabling PIX workarounds: %s for %s", d->r->m.queue_id,
	    todo, s->relay);
	for (v = view_of(todo); (w = view_word(&v, ", \t\r\n")).n > 0;) {
		if (view_ieq(w, "disable_esmtp"))
			*esmtp = false;
		else if (view_ieq(w, "delay_dotcrlf"))
			s->pix_delay = true;
	}
}

static bool
is_my_name(const struct delivery *d, struct view word)
{
	return (d->loop_check && view_ieq(word, cf->myhostname));
}

static bool
greeting(struct delivery *d, bool *esmtp)
{
	struct server *s = d->srv;
	struct view v, w;

	if (!server_reply(d, STEP_GREETING))
		return (false);
	if (s->reply.code / 100 != 2)
		return (refused(d, STEP_GREETING));
	*esmtp = cf->smtp_always_send_ehlo;
	v = reply_head(s);
	for (size_t i = 0; (w = view_word(&v, " \t")).n > 0; i++) {
		if (i == 0 && is_my_name(d, w))
			log_warn("host %s greeted me with my own hostname %s",
			    s->relay, cf->myhostname);
		if (i > 0 && view_ieq(w, "ESMTP"))
			*esmtp = true;
	}
	if (is_pix(s) && !dialect_lmtp)
		pix_workarounds(d, esmtp);
	if (cf->smtp_never_send_ehlo)
		*esmtp = false;
	return (true);
}

static bool
loops(struct delivery *d)
{
	struct server *s = d->srv;
	struct view head = reply_head(s);
	struct verdict v;

	if (!is_my_name(d, view_word(&head, " \t")))
		return (false);
	log_warn("host %s replied to HELO/EHLO with my own hostname %s",
	    s->relay, cf->myhostname);
	verdict_own(&v, d->r->arena, s->host.best ? "5.4.6" : "4.4.6",
	    "mail for %s loops back to myself", d->nexthop);
	fail_all(d, &v, true);
	return (true);
}

/* There is no older dialect to fall back to. */
static bool
lhlo(struct delivery *d, const char *mask)
{
	struct server *s = d->srv;

	smtp_stream_printf(s->st, "LHLO %s\r\n", cf->smtp_helo_name);
	if (!server_reply(d, STEP_LHLO))
		return (false);
	if (s->reply.code / 100 != 2)
		return (refused(d, STEP_LHLO));
	s->features |= FEATURE_ESMTP;
	ehlo_parse(s, mask);
	return (true);
}

bool
server_hello(struct delivery *d)
{
	struct server *s = d->srv;
	const char *mask;
	bool esmtp = true;

	if (!greeting(d, &esmtp))
		return (false);
	if ((mask = ehlo_discards(d->r->arena, s)) == NULL) {
		verdict_own(&d->why, d->r->arena, "4.3.5",
		    "table lookup problem");
		fail_all(d, &d->why, false);
		return (false);
	}
	if (dialect_lmtp)
		return (lhlo(d, mask));
	if (esmtp) {
		smtp_stream_printf(s->st, "EHLO %s\r\n", cf->smtp_helo_name);
		if (!server_reply(d, STEP_EHLO))
			return (false);
		if (s->reply.code == 421)
			return (refused(d, STEP_EHLO));
		if (s->reply.code / 100 == 2) {
			s->features |= FEATURE_ESMTP;
			ehlo_parse(s, mask);
			return (!loops(d));
		}
	}
	smtp_stream_printf(s->st, "HELO %s\r\n", cf->smtp_helo_name);
	if (!server_reply(d, STEP_HELO))
		return (false);
	if (s->reply.code / 100 != 2)
		return (refused(d, STEP_HELO));
	return (!loops(d));
}

bool
server_alive(struct server *s)
{
	int64_t limit = cf->smtp_connection_reuse_count_limit;

	if (s->fd < 0 || s->dead || s->quit_sent)
		return (false);
	if (limit > 0 && s->uses > limit)
		return (false);
	if (mono_past(mono_add(s->opened,
	    cf->smtp_connection_reuse_time_limit)))
		return (false);
	/* Nothing was asked: what comes now is a farewell, or the end. */
	return (!smtp_stream_pending(s->st));
}

void
server_close(struct server *s)
{
	if (s->fd < 0)
		return;
	if (!s->dead && !s->quit_sent) {
		smtp_stream_printf(s->st, "QUIT\r\n");
		server_timeout(s, STEP_QUIT);
		s->dead = smtp_stream_flush(s->st) != SMTP_OK;
		s->quit_sent = true;
	}
	if (!s->dead && !cf->smtp_skip_quit_response) {
		server_timeout(s, STEP_QUIT);
		/* The mail is settled: what it says has no consequence. */
		if (smtp_reply_read(s->st, REPLY_LINE_MAX, &s->reply) !=
		    SMTP_OK)
			log_debug("no reply to QUIT from %s", s->relay);
	}
	smtp_stream_free(&s->st);
	smtp_reply_fini(&s->reply);
	fd_close(&s->fd);
}

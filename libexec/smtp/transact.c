/* SPDX-License-Identifier: ISC */
/*
 * One mail transaction: MAIL, RCPT*, DATA, content, end of data.
 *
 * With PIPELINING many commands are on the way at a time, but never so many
 * that both ends wait for the other one to read (RFC 2920, 3.1).
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "dialect.h"
#include "queue-layout/fault.h"
#include "smtp_in.h"

#define WINDOW	100			/* commands without a reply */

/* The commands of the envelope: MAIL is 0, then the recipients, then DATA. */
struct envelope {
	struct delivery	*d;
	size_t		*todo;		/* indices of the recipients */
	size_t		 ntodo;
	size_t		 sent;
	size_t		 got;		/* replies */
	bool		 refused;	/* MAIL was */
	bool		 data;		/* the server waits for content */
};

static bool
is_probe(const struct delivery *d)
{
	return ((d->r->m.flags & DELIVER_FLAG_PROBE) != 0);
}

static enum step
step_of(const struct envelope *e, size_t i)
{
	return (i == 0 ? STEP_MAIL : i <= e->ntodo ? STEP_RCPT : STEP_DATA);
}

/* Commands in all; a probe ends with the recipients, or with DATA. */
static size_t
commands(const struct envelope *e)
{
	const bool to_rcpt = is_probe(e->d) &&
	    strcmp(cf->smtp_address_verify_target, "rcpt") == 0;

	return (e->ntodo + (to_rcpt ? 1 : 2));
}

static bool
may_send(const struct envelope *e)
{
	size_t window = (e->d->srv->features & FEATURE_PIPELINING) ? WINDOW :
	    1;

	if (e->refused || e->sent == commands(e) ||
	    e->sent - e->got >= window)
		return (false);
	/* All recipients are answered, and refused: no DATA. */
	return (step_of(e, e->sent) != STEP_DATA ||
	    e->got < e->ntodo + 1 || e->d->naccepted > 0);
}

static void
send_command(struct envelope *e, struct buf *line)
{
	struct delivery *d = e->d;
	size_t i = e->sent++;

	buf_reset(line);
	if (i == 0)
		command_mail(d, line);
	else if (i <= e->ntodo)
		command_rcpt(d, e->todo[i - 1], line);
	else
		buf_xputs(line, "DATA");
	smtp_stream_put(d->srv->st, line->p, line->n);
	smtp_stream_put(d->srv->st, "\r\n", 2);
}

/* Who tells the sender of success: the server, if it knows DSN, or we do. */
static const char *
action_of(const struct server *s)
{
	if (s->features & FEATURE_DSN)
		return ("");
	return (dialect_lmtp && cf->lmtp_assume_final ? "delivered" :
	    "relayed");
}

/* The latest reply is for recipient "i", or for all that were accepted. */
static void
sent(struct delivery *d, size_t i, size_t n)
{
	struct server *s = d->srv;
	const char *said = server_said(d->r->arena, s);
	struct agent_result res = { .outcome = OUTCOME_SENT,
		.dsn = s->reply.dsn[0] == '2' ? s->reply.dsn : "2.0.0",
		.action = action_of(s), .mta_type = "dns",
		.mta_name = s->host.name, .diag_type = "smtp",
		.diag_text = said, .reason = said, .relay = s->relay,
		.conn_use = s->uses };

	qfault(QFAULT_agent_sent);
	for (; i < n; i++) {
		if (!d->accepted[i])
			continue;
		d->accepted[i] = false;
		d->naccepted--;
		agent_report(d->c->chan, d->r, &d->r->rcpt[i], &res);
	}
}

static void
take_reply(struct envelope *e)
{
	struct delivery *d = e->d;
	size_t i = e->got++;
	enum step step = step_of(e, i);
	bool good = d->srv->reply.code / 100 == steps[step].want;
	struct verdict v;

	if (step == STEP_DATA && good) {
		e->data = true;
		return;
	}
	if (e->refused)
		return;
	if (!good)
		fail_verdict(d, step, &v);
	if (step == STEP_MAIL && !good) {
		e->refused = true;
		fail_all(d, &v, false);
	} else if (step == STEP_RCPT && good) {
		d->accepted[e->todo[i - 1]] = true;
		d->naccepted++;
		/* That is all a probe wants to know. */
		if (commands(e) == e->ntodo + 1)
			sent(d, e->todo[i - 1], e->todo[i - 1] + 1);
	} else if (step == STEP_RCPT)
		fail_rcpt(d, e->todo[i - 1], &v);
	else if (step == STEP_DATA)
		fail_accepted(d, &v);
}

/* The server is going away: its words are the fate of all that is open. */
static void
farewell(struct delivery *d, enum step step)
{
	struct verdict v;

	fail_verdict(d, step, &v);
	fail_all(d, &v, true);
}

static bool
run_envelope(struct envelope *e)
{
	struct delivery *d = e->d;
	struct buf line;
	bool ok = true;

	buf_init(&line, 16 * 1024);
	for (;;) {
		enum step step;

		while (may_send(e))
			send_command(e, &line);
		if (e->got == e->sent)
			break;
		step = step_of(e, e->got);
		if (!(ok = server_reply(d, step)))
			break;
		if (d->srv->reply.code == 421) {
			farewell(d, step);
			ok = false;
			break;
		}
		take_reply(e);
	}
	buf_fini(&line);
	return (ok);
}

/*
 * RFC 2033, 4.2: a reply for each recipient that was accepted, in order. What
 * one of them is told stands, whatever becomes of the connection after it.
 */
static void
each_reply(struct delivery *d)
{
	struct server *s = d->srv;
	struct verdict v;

	for (size_t i = 0; i < d->r->nrcpt; i++) {
		if (!d->accepted[i])
			continue;
		if (!server_reply(d, STEP_DOT))
			return;
		if (s->reply.code / 100 == 2) {
			sent(d, i, i + 1);
			continue;
		}
		fail_verdict(d, STEP_DOT, &v);
		if (s->reply.code == 421) {
			fail_all(d, &v, true);
			return;
		}
		d->naccepted--;
		fail_rcpt(d, i, &v);
	}
}

/* The end of data, and QUIT with it if the session is not wanted any more. */
static void
finish(struct delivery *d)
{
	struct server *s = d->srv;
	struct verdict v;

	if (s->pix_delay) {
		/* What was sent must arrive on its own, as the firewall
		   expects the end of data in one packet. */
		if (smtp_stream_flush(s->st) == SMTP_OK)
			(void)poll(NULL, 0, (int)(
			    cf->smtp_pix_workaround_delay_time.ns / 1000000));
	}
	smtp_stream_put(s->st, ".\r\n", 3);
	if (!d->keep && (s->features & FEATURE_PIPELINING)) {
		smtp_stream_put(s->st, "QUIT\r\n", 6);
		s->quit_sent = true;
	}
	if (dialect_lmtp) {
		each_reply(d);
		return;
	}
	if (!server_reply(d, STEP_DOT))
		return;
	if (s->reply.code / 100 == 2)
		sent(d, 0, d->r->nrcpt);
	else if (d->naccepted > 0) {
		fail_verdict(d, STEP_DOT, &v);
		if (s->reply.code == 421)
			fail_all(d, &v, true);
		else
			fail_accepted(d, &v);
	}
}

static void
run_content(struct delivery *d)
{
	enum smtp_io io = SMTP_OK;
	struct verdict v;

	/* All recipients were refused and DATA was not: end it (RFC 2920). */
	if (d->naccepted == 0) {
		finish(d);
		return;
	}
	switch (content_send(d, &io)) {
	case CONTENT_OK:
		finish(d);
		break;
	case CONTENT_STREAM:
		fail_stream(d, io, STEP_BODY);
		break;
	case CONTENT_TABLE:
		d->srv->dead = true;
		d->final = true;
		verdict_own(&v, d->r->arena, "4.3.5", "table lookup problem");
		fail_all(d, &v, false);
		break;
	case CONTENT_DAMAGED:
		/* The server must never see the end of it. */
		d->srv->dead = true;
		d->final = true;
		log_warn("%s: content does not match its digest",
		    d->r->m.queue_id);
		d->r->damaged = true;
		verdict_own(&v, d->r->arena, "4.3.0", "queue file damaged");
		fail_all(d, &v, false);
		break;
	}
}

static bool
run_xforward(struct delivery *d)
{
	struct server *s = d->srv;
	struct buf out[2];
	size_t n;
	bool ok = true;

	if (!cf->smtp_send_xforward_command ||
	    (s->features & FEATURE_XFORWARD) == 0)
		return (true);
	n = command_xforward(d, out);
	for (size_t i = 0; i < n && ok; i++) {
		smtp_stream_put(s->st, out[i].p, out[i].n);
		ok = server_reply(d, STEP_XFORWARD);
		if (ok && s->reply.code == 421) {
			farewell(d, STEP_XFORWARD);
			ok = false;
		} else if (ok && s->reply.code / 100 != 2)
			log_warn("host %s said: %s (in reply to %s)",
			    s->namaddr, server_said(d->r->arena, s),
			    steps[STEP_XFORWARD].command);
	}
	buf_fini(&out[0]);
	buf_fini(&out[1]);
	return (ok);
}

/* Things that need no server to say no. */
static bool
fits(struct delivery *d)
{
	struct server *s = d->srv;
	struct verdict v;

	if (s->size_limit > 0 && d->r->m.content_length > s->size_limit)
		verdict_own(&v, d->r->arena, "5.3.4",
		    "message size %llu exceeds size limit %llu of server %s",
		    (unsigned long long)d->r->m.content_length,
		    (unsigned long long)s->size_limit, s->namaddr);
	else if (d->utf8 && (s->features & FEATURE_SMTPUTF8) == 0)
		verdict_own(&v, d->r->arena, "5.6.7",
		    "SMTPUTF8 is required, but was not offered by host %s",
		    s->namaddr);
	else if (!command_addresses(d)) {
		d->final = true;
		verdict_own(&v, d->r->arena, "4.3.5", "table lookup problem");
	} else
		return (true);
	fail_all(d, &v, false);
	return (false);
}

void
transact(struct delivery *d)
{
	struct server *s = d->srv;
	struct envelope e = { .d = d };

	s->uses++;
	d->r->setup_us = wall_us();
	d->to_7bit = (s->features & FEATURE_8BITMIME) == 0 &&
	    strcmp(d->r->m.encoding, "8bit") == 0 &&
	    !cf->disable_mime_output_conversion;
	if (!fits(d) || !run_xforward(d))
		return;
	e.todo = arena_array(d->r->arena, d->r->nrcpt, sizeof(*e.todo));
	for (size_t i = 0; i < d->r->nrcpt; i++)
		if (!d->r->rcpt[i].done && !d->next[i])
			e.todo[e.ntodo++] = i;
	if (!run_envelope(&e))
		return;
	if (e.data && is_probe(d)) {
		sent(d, 0, d->r->nrcpt);
		s->dead = true;		/* there is no way back but this */
		return;
	}
	if (e.data) {
		run_content(d);
		return;
	}
	if (!d->keep || s->dead)
		return;
	/* Nothing was sent: the next message must find a clean session. */
	smtp_stream_put(s->st, "RSET\r\n", 6);
	server_timeout(s, STEP_RSET);
	if (smtp_reply_read(s->st, 2048, &s->reply) != SMTP_OK ||
	    s->reply.code / 100 != 2)
		s->dead = true;
}

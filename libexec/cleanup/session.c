/* SPDX-License-Identifier: ISC */
/*
 * session - one client of cleanup(8): messages one after another.
 *
 * The order of the verbs is checked here: what is out of order is our
 * client's bug, or a client that was taken over. It ends the session.
 */
#include "base/log.h"
#include "base/mono.h"
#include "conf/conf.h"
#include "queue-layout/fault.h"

#include "cleanup.h"

#define MESSAGE_MEMORY	(256 * 1024 * 1024)

struct state {
	struct chan	*ch;
	struct arena	*arena;
	struct message	*m;		/* NULL: between messages */
	bool		 refused;	/* mail_open was: swallow the rest */
	bool		 answered;	/* a status waits to be sent */
};

static bool
send_now(struct state *st)
{
	if (chan_more(st->ch))
		return (true);
	if (chan_flush(st->ch, mono_in(cf->ipc_timeout)) < 0)
		return (false);
	if (st->answered)
		qfault(QFAULT_file_answered);
	st->answered = false;
	return (true);
}

/* What became of the message, which is over. */
static bool
answer_status(struct state *st)
{
	struct message *m = st->m;
	const struct msg_mail_status answer = { .status = m->errs,
		.queue_id = m->id, .size = m->size,
		.reason = m->reason != NULL ? m->reason : "" };
	int rc;

	rc = chan_put(st->ch, V_mail_status, &answer);
	message_drop(m);
	st->m = NULL;
	st->answered = true;
	return (rc == 0);
}

/* Who may have a message that is not delivered, or reported. */
static bool
may_trace(enum role_id client, uint32_t trace)
{
	if (trace == 0)
		return (true);
	return (client == (trace & TRACE_PROBE ? ROLE_VERIFY : ROLE_PICKUP));
}

static bool
on_open(struct state *st)
{
	struct msg_mail_opened answer;
	struct msg_mail_open open;

	if (!chan_get(st->ch, &open))
		return (false);
	if (!may_trace(chan_peer(st->ch), open.trace)) {
		chan_refuse(st->ch, "a trace that it may not ask for");
		return (false);
	}
	st->refused = false;
	arena_reset(st->arena);
	st->m = arena_get(st->arena, sizeof(*st->m));
	message_open(st->m, cleanup_self, st->arena, &open);
	answer.queue_id = st->m->id;
	if (st->m->errs == 0)
		return (chan_put(st->ch, V_mail_opened, &answer) == 0);
	st->refused = true;
	return (answer_status(st));
}

static bool
on_end(struct state *st)
{
	message_finish(st->m);
	return (answer_status(st));
}

/* A verb that is legal within a message only. */
static bool
within(struct state *st, enum verb verb)
{
	union {
		struct msg_mail_attr	attr;
		struct msg_mail_rcpt	rcpt;
		struct msg_mail_data	data;
	} u;
	bool skip = st->m->errs != 0;

	switch ((int)verb) {
	case V_mail_attr:
		if (!chan_get(st->ch, &u.attr))
			return (false);
		if (!skip)
			message_attr(st->m, &u.attr);
		return (true);
	case V_mail_rcpt:
		if (!chan_get(st->ch, &u.rcpt))
			return (false);
		if (!skip)
			envelope_rcpt(st->m, &u.rcpt);
		return (true);
	case V_mail_data:
		if (!chan_get(st->ch, &u.data))
			return (false);
		if (!skip)
			content_put(st->m, u.data.bytes);
		return (true);
	case V_mail_end:
		return (on_end(st));
	default:
		message_drop(st->m);
		st->m = NULL;
		return (true);
	}
}

/* What may come once the facts, or the content, are in the file. */
static bool
in_order(const struct state *st, enum verb verb)
{
	if (verb == V_mail_open)
		return (st->m == NULL);
	if (st->m == NULL)
		return (st->refused || verb == V_mail_abort);
	if (verb == V_mail_rcpt)
		return (!st->m->content);
	return (true);
}

void
cleanup_session(struct session *s)
{
	struct state st = { .ch = s->chan };
	enum verb verb;
	bool ok = true;

	if (st.ch == NULL)
		return;
	st.arena = arena_new(MESSAGE_MEMORY);
	while (ok && chan_next(st.ch, MONO_NEVER, &verb) == CHAN_MESSAGE) {
		if (!in_order(&st, verb)) {
			chan_refuse(st.ch, "out of order");
			break;
		}
		if (verb == V_mail_open)
			ok = on_open(&st);
		else if (st.m != NULL)
			ok = within(&st, verb);
		ok = ok && send_now(&st);
	}
	/* The client went away in the middle of a message. */
	if (st.m != NULL)
		message_drop(st.m);
	qmgr_close();
	chan_free(&s->chan);
	arena_free(&st.arena);
}

/* SPDX-License-Identifier: ISC */
/* Requests from qmgr(8), reports to it. */
#include <sys/types.h>

#include <string.h>

#include "agent.h"
#include "base/fd.h"
#include "base/log.h"
#include "broker/chan.h"
#include "conf/conf.h"

/* qmgr(8) is there and reads; if it does not for so long, it hangs. */
#define AGENT_QMGR_WAIT	span_s(300)

/* The decoded strings point into the frame: all of them into the arena. */
static void
keep_text(struct arena *a, enum verb verb, void *msg)
{
	const struct msg_def *def = msg_def_of(verb);

	for (size_t i = 0; i < def->nfields; i++) {
		char *at = (char *)msg + def->fields[i].offset;
		struct view v;
		const char *s;

		switch (def->fields[i].type) {
		case MSG_STR:
			memcpy(&s, at, sizeof(s));
			s = arena_str(a, s);
			memcpy(at, &s, sizeof(s));
			break;
		case MSG_BLOB:
			memcpy(&v, at, sizeof(v));
			v.p = arena_strn(a, v.p, v.n);
			memcpy(at, &v, sizeof(v));
			break;
		case MSG_U32:
		case MSG_U64:
			break;
		}
	}
}

static bool
receive_rcpts(struct chan *ch, struct agent_request *r)
{
	r->nrcpt = r->left = r->m.rcpt_count;
	r->rcpt = arena_array(r->arena, r->nrcpt, sizeof(*r->rcpt));
	for (size_t i = 0; i < r->nrcpt; i++) {
		struct msg_deliver_rcpt m;
		enum verb verb;

		if (chan_next(ch, mono_in(AGENT_QMGR_WAIT), &verb) !=
		    CHAN_MESSAGE)
			return (false);
		if (verb != V_deliver_rcpt) {
			chan_refuse(ch, "recipient expected");
			return (false);
		}
		if (!chan_get(ch, &m))
			return (false);
		keep_text(r->arena, V_deliver_rcpt, &m);
		r->rcpt[i] = (struct agent_rcpt){ .index = m.index,
			.addr = m.addr, .orig = m.orig,
			.dsn_orcpt = m.dsn_orcpt, .notify = m.notify };
	}
	return (true);
}

enum agent_got
agent_receive(struct chan *ch, struct mono deadline, struct agent_request *r)
{
	enum verb verb;

	*r = (struct agent_request){ .fd = -1 };
	switch (chan_next(ch, deadline, &verb)) {
	case CHAN_MESSAGE:
		break;
	case CHAN_AGAIN:
		return (AGENT_AGAIN);
	case CHAN_GONE:
		return (AGENT_GONE);
	}
	if (verb != V_deliver) {
		chan_refuse(ch, "request expected");
		return (AGENT_GONE);
	}
	if (!chan_get(ch, &r->m))
		return (AGENT_GONE);
	r->start_us = wall_us();
	r->fd = chan_take_fd(ch);
	r->arena = arena_new(0);
	keep_text(r->arena, V_deliver, &r->m);
	if (r->fd < 0 || r->m.rcpt_count == 0)
		chan_refuse(ch, "request without message or recipient");
	else if (receive_rcpts(ch, r))
		return (AGENT_REQUEST);
	agent_release(r);
	return (AGENT_GONE);
}

void
agent_release(struct agent_request *r)
{
	fd_close(&r->fd);
	arena_free(&r->arena);
}

static const char *
action_of(enum outcome o)
{
	switch (o) {
	case OUTCOME_SENT:
		return ("relayed");
	case OUTCOME_DEFERRED:
		return ("delayed");
	case OUTCOME_BOUNCED:
		return ("failed");
	case OUTCOME_NEXT:
		break;
	}
	return ("");
}

static bool
is_probe(const struct agent_request *r)
{
	return ((r->m.flags & DELIVER_FLAG_PROBE) != 0);
}

/* soft_bounce is about mail: what is only asked gets the plain answer. */
static bool
is_softened(const struct agent_request *r, const struct agent_result *res)
{
	return (res->outcome == OUTCOME_BOUNCED && cf->soft_bounce &&
	    !is_probe(r));
}

/* A copy that fits its field in the protocol; a part is better than nothing. */
static const char *
cut(struct arena *a, const char *s, size_t max)
{
	if (s == NULL || strlen(s) <= max)
		return (s);
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return (arena_strn(a, s, max));
}

void
agent_log(const struct agent_request *r, const struct agent_rcpt *rcpt,
    const struct agent_result *res)
{
	const bool soft = is_softened(r, res);
	static const char *const words[] = {
		[OUTCOME_SENT] = "sent",
		[OUTCOME_DEFERRED] = "deferred",
		[OUTCOME_BOUNCED] = "bounced",
	};
	struct agent_result said = *res;
	const char *word;
	struct buf line;

	if (res->outcome == OUTCOME_NEXT)
		return;
	word = soft ? "SOFTBOUNCE" : words[res->outcome];
	if (soft)
		said.dsn = arena_printf(r->arena, "4%s", res->dsn + 1);
	if (is_probe(r))
		word = res->outcome == OUTCOME_SENT ? "deliverable" :
		    "undeliverable";
	buf_init(&line, LOG_LINE_MAX * 2);
	agent_log_text(&line, r, rcpt, &said, word, wall_us());
	log_info("%s: %s", r->m.queue_id, buf_str(&line));
	buf_fini(&line);
}

/* Who asked for a report of success is told where the message went. */
static const char *
reason(const struct agent_request *r, const struct agent_rcpt *rcpt,
    const struct agent_result *res)
{
	if (res->outcome != OUTCOME_SENT || res->relay == NULL ||
	    ((rcpt->notify & DSN_NOTIFY_SUCCESS) == 0 &&
	    (r->m.flags & DELIVER_FLAG_TRACE) == 0))
		return (res->reason);
	return (arena_printf(r->arena, "delivery via %s: %s", res->relay,
	    res->reason));
}

static void
put_status(struct chan *ch, struct agent_request *r,
    const struct agent_rcpt *rcpt, const struct agent_result *res, bool part)
{
	struct arena *a = r->arena;
	const struct msg_deliver_status m = { .index = rcpt->index,
		.outcome = res->outcome, .part = part, .addr = res->addr,
		.dsn = res->dsn,
		.action = res->action != NULL ? res->action :
		    action_of(res->outcome),
		.mta_type = res->mta_type,
		.mta_name = cut(a, res->mta_name, 255),
		.diag_type = res->diag_type,
		.diag_text = cut(a, res->diag_text, 1000),
		.reason = cut(a, reason(r, rcpt, res), 2000) };

	/* A channel that is gone shows at the flush; qmgr then defers. */
	if (chan_put(ch, V_deliver_status, &m) < 0)
		log_debug("%s: report is lost", r->m.queue_id);
}

static agent_filter_fn filter;

void
agent_filter_set(agent_filter_fn fn)
{
	filter = fn;
}

struct agent_result
agent_filtered(struct agent_request *r, const struct agent_result *result)
{
	struct agent_result res = *result;

	if (filter != NULL)
		filter(r->arena, &res);
	return (res);
}

void
agent_report(struct chan *ch, struct agent_request *r,
    struct agent_rcpt *rcpt, const struct agent_result *result)
{
	const struct agent_result res = agent_filtered(r, result);

	agent_log(r, rcpt, &res);
	agent_tell(ch, r, rcpt, &res);
}

void
agent_tell_part(struct chan *ch, struct agent_request *r,
    struct agent_rcpt *rcpt, const struct agent_result *res)
{
	must(!rcpt->done && res->outcome == OUTCOME_BOUNCED);
	if (!cf->soft_bounce)
		put_status(ch, r, rcpt, res, true);
}

void
agent_tell(struct chan *ch, struct agent_request *r,
    struct agent_rcpt *rcpt, const struct agent_result *result)
{
	struct agent_result res = *result;

	must(!rcpt->done && r->left > 0);
	if (is_softened(r, &res)) {
		res.outcome = OUTCOME_DEFERRED;
		res.action = NULL;
		res.dsn = arena_printf(r->arena, "4%s", res.dsn + 1);
	}
	if (is_probe(r) && res.outcome != OUTCOME_NEXT)
		res.action = res.outcome == OUTCOME_SENT ? "deliverable" :
		    "undeliverable";
	put_status(ch, r, rcpt, &res, false);
	rcpt->done = true;
	r->left--;
}

void
agent_report_rest(struct chan *ch, struct agent_request *r,
    const struct agent_result *res)
{
	for (size_t i = 0; i < r->nrcpt; i++)
		if (!r->rcpt[i].done)
			agent_report(ch, r, &r->rcpt[i], res);
}

int
agent_flush(struct chan *ch)
{
	return (chan_flush(ch, mono_in(AGENT_QMGR_WAIT)));
}

int
agent_finish(struct chan *ch, struct agent_request *r, bool kept,
    uint32_t cursor)
{
	struct msg_deliver_done m = { .hop_failed = r->hop_failed,
		.kept = kept, .damaged = r->damaged, .cursor = cursor,
		.hop_dsn = r->hop_dsn,
		.hop_reason = cut(r->arena, r->hop_reason, 2000) };

	must(r->left == 0);
	if (chan_put(ch, V_deliver_done, &m) < 0)
		return (-1);
	return (agent_flush(ch));
}

void
agent_serve(struct chan *ch, const struct agent_result *probe,
    void (*deliver)(struct chan *ch, struct agent_request *r))
{
	struct agent_request r;
	bool gone = false;

	while (!gone && agent_receive(ch, MONO_NEVER, &r) == AGENT_REQUEST) {
		if (r.m.flags & DELIVER_FLAG_PROBE)
			agent_report_rest(ch, &r, probe);
		else
			deliver(ch, &r);
		gone = agent_finish(ch, &r, false, 0) < 0;
		agent_release(&r);
	}
}

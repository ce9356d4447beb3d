/* SPDX-License-Identifier: ISC */
/*
 * session - one caller of pickup(8): a user, or pickup itself.
 *
 * A user submits one message, and no more in the same connection, or asks for
 * one other thing. What is out of order ends the session.
 */
#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "pickup.h"

#define MEMORY	(1024 * 1024)

static void
answer(struct session *s, uint32_t status, const char *id, const char *reason)
{
	const struct msg_submit_status m = { status, id,
		reason != NULL ? reason : "" };

	if (chan_put(s->chan, V_submit_status, &m) == -1 ||
	    chan_flush(s->chan, mono_in(cf->submission_timeout)) == -1)
		log_debug("uid=%lu: has gone before the answer",
		    (unsigned long)s->uid);
}

/* One verb of a submission; false: the session is over. */
static bool
submission(struct session *s, struct submit *sub, enum verb verb)
{
	union {
		struct msg_submit_open	open;
		struct msg_submit_rcpt	rcpt;
		struct msg_submit_data	data;
	} u;
	bool ok = true;

	switch ((int)verb) {
	case V_submit_open:
		if (!chan_get(s->chan, &u.open))
			return (false);
		ok = submit_open(sub, &u.open);
		if (!ok)
			break;
		answer(s, sub->status, "", sub->reason);
		if (sub->status != 0) {
			log_info("uid=%lu: refused: %s",
			    (unsigned long)s->uid, sub->reason);
			return (false);
		}
		submit_connect(sub, &u.open);
		break;
	case V_submit_rcpt:
		if (!chan_get(s->chan, &u.rcpt))
			return (false);
		ok = submit_rcpt(sub, &u.rcpt);
		break;
	case V_submit_data:
		if (!chan_get(s->chan, &u.data))
			return (false);
		ok = submit_data(sub, &u.data);
		break;
	case V_submit_end:
		ok = submit_end(sub);
		if (ok)
			answer(s, sub->status, sub->id, sub->reason);
		break;
	}
	if (!ok)
		chan_refuse(s->chan, "out of order");
	return (ok && !sub->ended);
}

static void
take_file(struct session *s, struct arena *a)
{
	struct msg_pickup_file m;
	struct msg_pickup_done done = { 0 };

	if (!chan_get(s->chan, &m))
		return;
	done.status = !file_take(m.name, a);
	if (chan_put(s->chan, V_pickup_done, &done) == -1 ||
	    chan_flush(s->chan, mono_in(cf->submission_timeout)) == -1)
		log_debug("%s: the scan is over", m.name);
}

/* qmgr(8) has one loop for all: it does not hear users themselves. */
static uint32_t
ask_qmgr(const char *id)
{
	const struct msg_queue_flush all = { QUEUE_SCAN_INCOMING |
		QUEUE_SCAN_DEFERRED | QUEUE_SCAN_ALL | QUEUE_FORGET_DEAD };
	const struct msg_queue_flush_one one = { id };
	struct msg_queue_done done;
	struct chan *ch = setup.dial(cf->queue_service_name);
	int rc;

	if (ch == NULL)
		return (MAIL_STAT_DEFER);
	rc = chan_call(ch, *id != '\0' ? V_queue_flush_one : V_queue_flush,
	    *id != '\0' ? (const void *)&one : &all, V_queue_done, &done,
	    mono_in(cf->ipc_timeout));
	chan_free(&ch);
	if (rc == -1 || done.status == QUEUE_ERROR)
		return (MAIL_STAT_DEFER);
	return (done.status == QUEUE_NO_SUCH_MESSAGE ? SUBMIT_STAT_UNKNOWN :
	    0);
}

/* flush(8) does not, either. */
static uint32_t
ask_flush(const char *site)
{
	static const uint32_t status[FLUSH_STATUS_MAX + 1] = {
		[FLUSH_DENIED] = SUBMIT_STAT_NO_SITE,
		[FLUSH_BAD] = SUBMIT_STAT_SYNTAX,
		[FLUSH_FAILED] = MAIL_STAT_DEFER,
	};
	const struct msg_flush_site m = { site };
	struct msg_flush_done done;
	struct chan *ch = setup.dial(cf->flush_service_name);
	int rc;

	if (ch == NULL)
		return (MAIL_STAT_DEFER);
	rc = chan_call(ch, V_flush_site, &m, V_flush_done, &done,
	    mono_in(cf->ipc_timeout));
	chan_free(&ch);
	return (rc == -1 ? MAIL_STAT_DEFER : status[done.status]);
}

static void
flush(struct session *s)
{
	struct msg_pickup_flush m;
	uint32_t status;

	if (!chan_get(s->chan, &m))
		return;
	if ((status = access_flush(s->uid)) == 0)
		status = *m.site != '\0' ? ask_flush(m.site) :
		    ask_qmgr(m.queue_id);
	answer(s, status, m.queue_id, "");
}

void
pickup_session(struct session *s)
{
	struct arena *a = arena_new(MEMORY);
	struct submit sub;
	enum verb verb;
	bool go_on = true;

	submit_begin(&sub, a, s->uid);
	while (go_on && s->chan != NULL && chan_next(s->chan,
	    mono_in(cf->submission_timeout), &verb) == CHAN_MESSAGE) {
		if (verb >= V_submit_open && verb <= V_submit_end) {
			go_on = submission(s, &sub, verb);
			continue;
		}
		/* Nothing of a message, then: one of the other requests. */
		if (sub.opened)
			chan_refuse(s->chan, "out of order");
		else if (verb == V_pickup_scan)
			scan_maildrop();
		else if (verb == V_pickup_file)
			take_file(s, a);
		else
			flush(s);
		go_on = false;
	}
	submit_drop(&sub);
	chan_free(&s->chan);
	arena_free(&a);
}

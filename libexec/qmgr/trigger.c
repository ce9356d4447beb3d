/* SPDX-License-Identifier: ISC */
/*
 * trigger - clients: cleanup(8) with new mail, commands with requests.
 *
 * Distrusts them all; who may send what the policies say, and the channel
 * has checked it.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "conf/conf.h"

#include "qmgr.h"

struct client {
	TAILQ_ENTRY(client) link;
	struct chan	*ch;
	bool		 brings_mail;	/* has sent queue_new */
};
static TAILQ_HEAD(, client) clients = TAILQ_HEAD_INITIALIZER(clients);

static void
client_free(struct client *c)
{
	TAILQ_REMOVE(&clients, c, link);
	chan_free(&c->ch);
	xfree(&c);
}

static void
done(struct client *c, enum queue_status status)
{
	const struct msg_queue_done msg = { .status = status };

	if (chan_put(c->ch, V_queue_done, &msg) < 0 ||
	    chan_flush(c->ch, MONO_NEVER) < 0)
		log_debug("a client did not wait for its answer");
}

static void
flush(struct client *c)
{
	struct msg_queue_flush msg;
	bool all;

	if (!chan_get(c->ch, &msg))
		return;
	all = (msg.what & QUEUE_SCAN_ALL) != 0;
	if (msg.what & QUEUE_FORGET_DEAD)
		transport_revive_all();
	if (msg.what & QUEUE_SCAN_INCOMING)
		intake_scan(Q_incoming, all);
	if (msg.what & QUEUE_SCAN_DEFERRED)
		intake_scan(Q_deferred, all);
	done(c, QUEUE_DONE);
}

/* One message, now: from wherever it waits. */
static enum queue_status
flush_id(const char *id)
{
	if (message_find(id) != NULL)
		return (QUEUE_UNDER_WAY);
	if (!qm.leading || qm.draining)
		return (QUEUE_ERROR);
	if (!active_full()) {
		active_take(id, Q_deferred, -1, TAKE_REVIVE);
		if (message_find(id) != NULL)
			return (QUEUE_DONE);
	} else if (q_rename(qm.rootfd, &qm.hash, Q_deferred, Q_incoming,
	    id) == 0) {
		intake_scan(Q_incoming, false);
		return (QUEUE_DONE);
	}
	return (QUEUE_NO_SUCH_MESSAGE);
}

static void
flush_one(struct client *c)
{
	struct msg_queue_flush_one msg;
	struct qid qid;

	if (!chan_get(c->ch, &msg))
		return;
	if (!qid_parse(view_of(msg.queue_id), &qid)) {
		done(c, QUEUE_NO_SUCH_MESSAGE);
		return;
	}
	done(c, flush_id(msg.queue_id));
}

static void
tell_flow(struct client *c, bool slow)
{
	const struct msg_queue_flow msg = { .slow = slow ? 1 : 0 };

	if (chan_put(c->ch, V_queue_flow, &msg) < 0 ||
	    chan_flush(c->ch, MONO_NEVER) < 0)
		log_debug("a client has gone");
}

void
trigger_flow(bool slow)
{
	struct client *c;

	TAILQ_FOREACH(c, &clients, link)
		if (c->brings_mail)
			tell_flow(c, slow);
}

static void
brought(struct client *c)
{
	if (!c->brings_mail) {
		c->brings_mail = true;
		if (qm.slow)
			tell_flow(c, true);
	}
	intake_new(c->ch);
}

static void
heard(struct chan *ch, void *arg)
{
	struct client *c = arg;
	enum verb verb;

	for (;;) {
		switch (chan_next(ch, MONO_NEVER, &verb)) {
		case CHAN_AGAIN:
			return;
		case CHAN_GONE:
			client_free(c);
			return;
		case CHAN_MESSAGE:
			break;
		}
		if (verb == V_queue_new)
			brought(c);
		else if (verb == V_queue_flush)
			flush(c);
		else if (verb == V_queue_flush_one)
			flush_one(c);
		else
			chan_refuse(ch, "not a request");
	}
}

void
trigger_client(struct loop *l, struct chan *ch)
{
	struct client *c = xcalloc(1, sizeof(*c));

	c->ch = ch;
	TAILQ_INSERT_TAIL(&clients, c, link);
	chan_watch(ch, l, heard, c);
}

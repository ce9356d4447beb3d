/* SPDX-License-Identifier: ISC */
/* session - requests about one message: append, send, remove. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "bounce.h"
#include "conf/conf.h"
#include "queue-layout/fault.h"

#define REQUEST_MEMORY	(16 * 1024 * 1024)

static bool
answer(struct chan *ch, bool ok)
{
	const struct msg_bounce_status st = { .status = !ok };

	if (chan_put(ch, V_bounce_status, &st) == -1)
		return (false);
	/* Requests of one turn are answered together. */
	return (chan_more(ch) ||
	    chan_flush(ch, mono_in(cf->ipc_timeout)) == 0);
}

static bool
append(const struct msg_bounce_append *m)
{
	const struct dsnlog_entry e = {
		.recipient = m->addr,
		.original_recipient = m->orig,
		.dsn_orig_rcpt = m->dsn_orcpt,
		.status = m->dsn,
		.action = m->action,
		.diag_type = m->diag_type,
		.diag_text = m->diag_text,
		.mta_type = m->mta_type,
		.mta_mname = m->mta_name,
		.reason = m->reason,
		.offset = m->index,
		.notify_flags = m->notify,
	};

	/* A deferred recipient is tried again: its entry may get lost. */
	if (dsnlog_append(setup.rootfd, &setup.hash, setup.log, m->queue_id,
	    &e, setup.log != Q_defer) == 0)
		return (true);
	log_warn("%s: append to %s log: %m", m->queue_id, setup.service);
	return (false);
}

static bool
remove_log(const char *id)
{
	if (dsnlog_remove(setup.rootfd, &setup.hash, setup.log, id) == 0)
		return (true);
	log_warn("%s: remove %s log: %m", id, setup.service);
	return (false);
}

/* The strings of a decoded message point into the frame. */
static void
keep(struct arena *a, struct msg_bounce_send *m)
{
	m->queue_id = arena_str(a, m->queue_id);
	m->encoding = arena_str(a, m->encoding);
	m->sender = arena_str(a, m->sender);
	m->envid = arena_str(a, m->envid);
	m->verp = arena_str(a, m->verp);
	m->digest.p = arena_strn(a, m->digest.p, m->digest.n);
}

static bool
send_from(struct original *o, struct arena *a)
{
	bool ok;
	int log;

	log = q_open(setup.rootfd, &setup.hash, setup.log, o->m.queue_id,
	    O_RDONLY);
	if (log == -1 && errno == ENOENT)
		return (true);		/* told already, or nothing to tell */
	if (log == -1) {
		log_warn("%s: open %s log: %m", o->m.queue_id, setup.service);
		return (false);
	}
	ok = notify(o, a, log);
	fd_close(&log);
	if (!ok)
		return (false);
	qfault(QFAULT_bounce_sent);
	/* Mail that is still being tried keeps its reasons. */
	return (o->m.kind == BOUNCE_DELAY || remove_log(o->m.queue_id));
}

static bool
send_notices(struct chan *ch, struct msg_bounce_send *m)
{
	struct original o = { .m = *m, .fd = chan_take_fd(ch) };
	struct arena *a = arena_new(REQUEST_MEMORY);
	bool ok = false;

	keep(a, &o.m);
	if (o.fd == -1)
		log_warn("%s: request without the message", o.m.queue_id);
	else if (!original_read(&o, a))
		log_warn("%s: request without a digest", o.m.queue_id);
	else
		ok = send_from(&o, a);
	fd_close(&o.fd);
	arena_free(&a);
	return (ok);
}

static bool
request(struct chan *ch, enum verb verb)
{
	union {
		struct msg_bounce_append	append;
		struct msg_bounce_send		send;
		struct msg_bounce_remove	remove;
	} u;

	if (!chan_get(ch, &u))
		return (false);
	if (verb == V_bounce_append)
		return (answer(ch, append(&u.append)));
	if (verb == V_bounce_send)
		return (answer(ch, send_notices(ch, &u.send)));
	return (answer(ch, remove_log(u.remove.queue_id)));
}

void
bounce_session(struct session *s)
{
	enum verb verb;

	if (s->chan == NULL)
		return;
	while (chan_next(s->chan, MONO_NEVER, &verb) == CHAN_MESSAGE)
		if (!request(s->chan, verb))
			break;
}

/* SPDX-License-Identifier: ISC */
/*
 * notify - what bounce(8) is told under its three names: bounce, defer,
 * trace.
 *
 * A bounce worker lives for one message. So each message has a channel of
 * its own to each of the services, made when there is something to say and
 * closed when everything said has been answered. Requests of one turn of the
 * loop go out together. Never calls back from within a request.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "broker/role.h"
#include "conf/conf.h"

#include "qmgr.h"

#define BUSY_WAIT	span_ms(50)
#define SENDS_MEM_MAX	((size_t)256 * 1024 * 1024)

struct request {
	STAILQ_ENTRY(request) link;
	enum verb	 verb;
	union {
		struct msg_bounce_append append;
		struct msg_bounce_send send;
		struct msg_bounce_remove remove;
	} u;
	struct rcpt	*r;
	note_fn		 done;
};
STAILQ_HEAD(request_list, request);

enum note_state { NOTE_IDLE, NOTE_QUEUED, NOTE_OPEN };

struct note {
	TAILQ_ENTRY(note) link;		/* of the service, but when idle */
	struct message	*m;
	enum note_kind	 kind;
	enum note_state	 state;
	struct arena	*mem;		/* of the requests */
	struct request_list asked;
	struct request_list waiting;
	struct chan	*ch;
	int64_t		 since_us;	/* last word to or from it */
};
TAILQ_HEAD(note_list, note);

static struct service {
	const char	*name;
	uint32_t	 limit;		/* processes */
	uint32_t	 nopen;
	struct note_list open;
	struct note_list queued;	/* have something to say */
	struct timer	*timer;		/* runs the queued ones */
} services[NOTE_KINDS];

static void
service_kick(struct service *s, struct span d)
{
	if (!TAILQ_EMPTY(&s->queued))
		timer_set(s->timer, d);
}

static struct note *
note_of(struct message *m, enum note_kind kind)
{
	struct note *n = m->notes[kind];

	if (n != NULL)
		return (n);
	n = m->notes[kind] = xcalloc(1, sizeof(*n));
	n->m = m;
	n->kind = kind;
	STAILQ_INIT(&n->asked);
	STAILQ_INIT(&n->waiting);
	return (n);
}

static void
note_close(struct note *n)
{
	struct service *s = &services[n->kind];

	if (n->state == NOTE_OPEN) {
		TAILQ_REMOVE(&s->open, n, link);
		s->nopen--;
		chan_free(&n->ch);
		service_kick(s, span_ms(0));
	} else if (n->state == NOTE_QUEUED)
		TAILQ_REMOVE(&s->queued, n, link);
	n->state = NOTE_IDLE;
	arena_free(&n->mem);
}

void
note_free(struct message *m)
{
	for (size_t i = 0; i < NOTE_KINDS; i++) {
		if (m->notes[i] == NULL)
			continue;
		note_close(m->notes[i]);
		xfree(&m->notes[i]);
	}
}

static void
answer(struct note *n, struct request *q, bool ok)
{
	struct message *m = n->m;

	must(m->noting > 0);
	m->noting--;
	if (q->done != NULL)
		q->done(m, q->r, ok);
}

/* All that was asked and will be asked has failed. */
static void
note_fail(struct note *n)
{
	struct message *m = n->m;
	struct request *q;

	STAILQ_CONCAT(&n->asked, &n->waiting);
	while ((q = STAILQ_FIRST(&n->asked)) != NULL) {
		STAILQ_REMOVE_HEAD(&n->asked, link);
		answer(n, q, false);
	}
	note_close(n);
	active_check(m);
}

static void
lost(struct note *n, const char *why)
{
	log_warn("%s: problem talking to service %s: %s", n->m->id,
	    services[n->kind].name, why);
	note_fail(n);
}

static int
put(struct note *n, struct request *q)
{
	int fd;

	if (q->verb != V_bounce_send)
		return (chan_put(n->ch, q->verb, &q->u));
	if ((fd = message_rofd(n->m)) < 0)
		return (-1);
	return (chan_put_fd(n->ch, q->verb, &q->u, fd));
}

/* Say all that waits. False: the channel did not take it. */
static bool
say(struct note *n)
{
	struct request *q;

	while ((q = STAILQ_FIRST(&n->waiting)) != NULL) {
		if (put(n, q) < 0)
			return (false);
		STAILQ_REMOVE_HEAD(&n->waiting, link);
		STAILQ_INSERT_TAIL(&n->asked, q, link);
	}
	n->since_us = qm.env.now_us();
	return (chan_flush(n->ch, MONO_NEVER) == 0);
}

/* False: n is closed, its message may be gone. */
static bool
take_answer(struct note *n, const struct msg_bounce_status *st)
{
	struct request *q = STAILQ_FIRST(&n->asked);
	struct message *m = n->m;

	STAILQ_REMOVE_HEAD(&n->asked, link);
	n->since_us = qm.env.now_us();
	answer(n, q, st->status == 0);
	if (!STAILQ_EMPTY(&n->asked))
		return (true);
	if (!STAILQ_EMPTY(&n->waiting)) {
		if (say(n))
			return (true);
		lost(n, "it takes no request");
		return (false);
	}
	note_close(n);
	active_check(m);
	return (false);
}

static void
heard(struct chan *ch, void *arg)
{
	struct note *n = arg;
	struct msg_bounce_status st;
	enum verb verb;

	for (;;) {
		switch (chan_next(ch, MONO_NEVER, &verb)) {
		case CHAN_AGAIN:
			return;
		case CHAN_GONE:
			lost(n, "it has closed the channel");
			return;
		case CHAN_MESSAGE:
			break;
		}
		if (verb != V_bounce_status || STAILQ_EMPTY(&n->asked)) {
			chan_refuse(ch, "not an answer");
			continue;
		}
		if (chan_get(ch, &st) && !take_answer(n, &st))
			return;
	}
}

static bool
note_open(struct service *s, struct note *n)
{
	if ((n->ch = qm.env.dial(s->name)) == NULL) {
		if (errno == ENOENT) {
			lost(n, "no such service");
			return (true);
		}
		return (false);
	}
	TAILQ_REMOVE(&s->queued, n, link);
	TAILQ_INSERT_TAIL(&s->open, n, link);
	s->nopen++;
	n->state = NOTE_OPEN;
	chan_watch(n->ch, qm.loop, heard, n);
	if (!say(n))
		lost(n, "it takes no request");
	return (true);
}

static void
service_run(void *arg)
{
	struct service *s = arg;
	struct note *n;

	while ((s->limit == 0 || s->nopen < s->limit) &&
	    (n = TAILQ_FIRST(&s->queued)) != NULL)
		if (!note_open(s, n)) {
			service_kick(s, BUSY_WAIT);
			return;
		}
}

/* Queue a request whose strings live in n->mem. */
static struct request *
request_new(struct message *m, enum note_kind kind, enum verb verb,
    note_fn done)
{
	struct note *n = note_of(m, kind);
	struct request *q;

	if (n->mem == NULL)
		n->mem = arena_new(SENDS_MEM_MAX);
	q = arena_get(n->mem, sizeof(*q));
	q->verb = verb;
	q->done = done;
	STAILQ_INSERT_TAIL(&n->waiting, q, link);
	m->noting++;
	return (q);
}

static void
request_go(struct message *m, enum note_kind kind)
{
	struct service *s = &services[kind];
	struct note *n = m->notes[kind];

	if (n->state == NOTE_OPEN) {
		/* If that fails it is seen when the earlier ones end. */
		(void)say(n);
		return;
	}
	if (n->state == NOTE_QUEUED)
		return;
	n->state = NOTE_QUEUED;
	TAILQ_INSERT_TAIL(&s->queued, n, link);
	service_kick(s, span_ms(0));
}

static const char *
keep(struct arena *a, const char *s)
{
	return (s == NULL || *s == '\0' ? "" : arena_str(a, s));
}

/* The defer log is of this attempt only: forget what an older one left. */
static void
fresh_defer_log(struct message *m)
{
	if (m->defer_fresh)
		return;
	m->defer_fresh = true;
	if (m->logs & (1U << NOTE_DEFER))
		note_remove(m, NOTE_DEFER, NULL);
}

void
note_append(struct message *m, enum note_kind kind, struct rcpt *r,
    const struct msg_bounce_append *from, note_fn done)
{
	struct msg_bounce_append *to;
	struct request *q;
	struct arena *a;

	if (kind == NOTE_DEFER)
		fresh_defer_log(m);
	message_logs(m, kind, true);
	q = request_new(m, kind, V_bounce_append, done);
	q->r = r;
	a = m->notes[kind]->mem;
	to = &q->u.append;
	/* Those of message and recipient outlive the request. */
	*to = *from;
	to->queue_id = m->id;
	if (to->addr != r->addr)
		to->addr = keep(a, from->addr);
	to->dsn = keep(a, from->dsn);
	to->action = keep(a, from->action);
	to->mta_type = keep(a, from->mta_type);
	to->mta_name = keep(a, from->mta_name);
	to->diag_type = keep(a, from->diag_type);
	to->diag_text = keep(a, from->diag_text);
	to->reason = keep(a, from->reason);
	request_go(m, kind);
}

void
note_send(struct message *m, enum note_kind log, enum bounce_kind kind,
    note_fn done)
{
	struct request *q = request_new(m, log, V_bounce_send, done);
	const struct qf_envelope *env = &m->qf.env;

	q->u.send = (struct msg_bounce_send){
		.kind = kind,
		.sendopts = (uint32_t)env->sendopts & SENDOPT_ALL,
		.queue_id = m->id,
		.encoding = env->encoding,
		.sender = env->sender,
		.envid = env->envid,
		.ret = (uint32_t)env->ret,
		.arrival_us = env->arrival_us,
		.content_offset = m->qf.content_offset,
		.content_length = m->qf.content_length,
		.digest = { (const char *)&m->qf.digest,
		    sizeof(m->qf.digest) },
	};
	request_go(m, log);
}

void
note_remove(struct message *m, enum note_kind log, note_fn done)
{
	struct request *q = request_new(m, log, V_bounce_remove, done);

	q->u.remove.queue_id = m->id;
	request_go(m, log);
}

void
note_sweep(void)
{
	int64_t limit = cf->ipc_timeout.ns / 1000;
	int64_t now = qm.env.now_us();

	for (size_t i = 0; i < NOTE_KINDS; i++) {
		struct note *n, *next;

		TAILQ_FOREACH_SAFE(n, &services[i].open, link, next)
			if (now - n->since_us > limit)
				lost(n, "no answer in time");
	}
}

void
note_init(void)
{
	const char *names[NOTE_KINDS] = {
		[NOTE_BOUNCE] = cf->bounce_service_name,
		[NOTE_DEFER] = cf->defer_service_name,
		[NOTE_TRACE] = cf->trace_service_name,
	};

	for (size_t i = 0; i < NOTE_KINDS; i++) {
		struct service *s = &services[i];
		const struct bundle_item *item;

		s->name = names[i];
		item = bundle_find(role_bundle(), BUNDLE_PEER, s->name);
		s->limit = item != NULL ? item->limit : 0;
		TAILQ_INIT(&s->open);
		TAILQ_INIT(&s->queued);
		s->timer = timer_new(qm.loop, service_run, s);
	}
}

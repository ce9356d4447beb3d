/* SPDX-License-Identifier: ISC */
/*
 * active - the life of a message in the active queue: batch after batch of
 * recipients, then its end.
 *
 * The end is a row of steps, each of which may have to wait for bounce(8):
 * send what bounced, send what was asked for, return it if it is too old,
 * warn if it is late; then the file is removed or put into deferred/.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "address/address.h"
#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "conf/conf.h"
#include "queue-layout/fault.h"

#include "qmgr.h"

static void next_batch(struct message *m);

bool
active_full(void)
{
	return (qm.nactive >= (uint64_t)cf->qmgr_message_active_limit);
}

/* The sender as it is logged: quoted where it needs to be. */
static void
log_sender(const struct message *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
log_sender(const struct message *m, const char *fmt, ...)
{
	struct buf line;
	va_list ap;

	buf_init(&line, 8192);
	if (*m->qf.env.sender != '\0' &&
	    addr_quote(view_of(m->qf.env.sender), &line) < 0)
		buf_xputs(&line, "address-too-long");
	buf_xputs(&line, ">, ");
	va_start(ap, fmt);
	if (buf_vprintf(&line, fmt, ap) == 0)
		log_info("%s: from=<%s", m->id, buf_str(&line));
	va_end(ap);
	buf_fini(&line);
}

static void
log_active(const struct message *m)
{
	log_sender(m, "size=%llu, nrcpt=%u (queue active)",
	    (unsigned long long)m->qf.content_length, m->qf.rcpts);
}

/* A queue file that cannot be read now: not before the next run. */
static void
put_off(const char *id)
{
	if (q_rename(qm.rootfd, &qm.hash, Q_active, Q_deferred, id) < 0 &&
	    errno != ENOENT)
		log_warn("cannot move %s from active to deferred: %m", id);
}

/* The message leaves; what it was part of may go on. */
static void
leave(struct message *m)
{
	qm.sched->message_gone(m);
	message_free(&m);
	intake_room();
}

static void
remove_file(struct message *m)
{
	qfault(QFAULT_file_removing);
	if (q_unlink(qm.rootfd, &qm.hash, Q_active, m->id) < 0) {
		if (errno != ENOENT)
			log_warn("cannot remove %s from active: %m", m->id);
		leave(m);
		return;
	}
	qfault(QFAULT_file_removed);
	log_info("%s: removed", m->id);
	leave(m);
}

void
active_take(const char *id, enum q_dir from, int fd, unsigned flags)
{
	struct message *m;

	if (message_find(id) != NULL) {
		fd_close(&fd);
		return;
	}
	if (q_rename(qm.rootfd, &qm.hash, from, Q_active, id) < 0) {
		/* Somebody was faster: a scan, a hand-over, postsuper. */
		if (errno != ENOENT)
			log_warn("cannot move %s from %s to active: %m", id,
			    layout_rows[from].name);
		fd_close(&fd);
		return;
	}
	switch (message_open(id, fd, &m)) {
	case MESSAGE_GONE:
	case MESSAGE_BAD:
		return;
	case MESSAGE_LATER:
		put_off(id);
		return;
	case MESSAGE_OK:
		break;
	}
	m->revive = (flags & TAKE_REVIVE) != 0;
	if (m->qf.marks.killed) {
		remove_file(m);
		return;
	}
	log_active(m);
	sites_attempt();
	next_batch(m);
}

/* Of all recipients one stands for the rest: the others get nothing. */
static void
redirect(struct message *m)
{
	m->rcpts[0].addr = m->qf.env.redirect;
	qm.nrcpts -= m->in_core - 1;
	m->in_core = 1;
	m->all_read = true;
}

static void
condemn(struct message *m, const char *why)
{
	char id[QID_SIZE];

	(void)memcpy(id, m->id, sizeof(id));
	leave(m);
	message_condemn(id, why);
}

static void
next_batch(struct message *m)
{
	uint32_t max = qm.sched->budget(m);

	if (message_batch(m, max) < 0) {
		condemn(m, "its recipients cannot be read");
		return;
	}
	if (m->qf.rcpts > 1 && message_traces(m, TRACE_PROBE)) {
		report_expanded(m);
		m->all_read = true;
		active_check(m);
		return;
	}
	if (m->in_core > 0 && *m->qf.env.redirect != '\0')
		redirect(m);
	/* Answers that are known already must not be the last one. */
	m->resolving++;
	for (uint32_t i = 0; i < m->in_core; i++)
		resolve_ask(m, &m->rcpts[i]);
	if (--m->resolving == 0)
		active_assign(m);
	else
		resolve_flush();
}

static int
by_destination(const void *a, const void *b)
{
	const struct rcpt *const *x = a, *const *y = b;
	uint64_t p = (*x)->dest->serial, q = (*y)->dest->serial;

	if (p != q)
		return (p < q ? -1 : 1);
	return ((*x)->index < (*y)->index ? -1 :
	    (*x)->index > (*y)->index);
}

/* One destination's recipients: as many entries as its limit asks for. */
static void
make_entries(struct message *m, struct rcpt **rcpts, uint32_t n)
{
	struct destination *d = rcpts[0]->dest;
	struct transport *t = d->t;
	uint32_t most = RCPTS_MAX;

	if (t->rcpt_limit > 0 && t->rcpt_limit < most)
		most = (uint32_t)t->rcpt_limit;
	/* Each has a sender of its own. */
	if (*m->qf.env.verp_delimiters != '\0')
		most = 1;
	for (uint32_t i = 0; i < n; i += most)
		(void)entry_new(m, d, rcpts + i, n - i < most ? n - i : most);
	d->refs -= n;
	/* It may have died while other recipients were resolved. */
	if (t->gate == GATE_DEAD)
		route_suspend(d, t->reason);
	else if (d->gate == GATE_DEAD)
		route_suspend(d, d->reason);
	destination_check(d);
	transport_run(t);
}

void
active_assign(struct message *m)
{
	struct rcpt **all = arena_array(message_arena(m), m->in_core + 1,
	    sizeof(*all));
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->in_core; i++)
		if (m->rcpts[i].dest != NULL)
			all[n++] = &m->rcpts[i];
	qsort(all, n, sizeof(*all), by_destination);
	/* The message must not end while entries are still being made. */
	m->entries++;
	for (uint32_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && all[j]->dest == all[i]->dest; j++)
			continue;
		make_entries(m, all + i, j - i);
	}
	qm.sched->message_add(m);
	m->entries--;
	active_check(m);
}

/* The end of a message. */

static int64_t
now_s(void)
{
	return (qm.env.now_us() / US_PER_S);
}

static int64_t
span_whole_s(struct span d)
{
	return (d.ns / 1000000000);
}

static void
bounce_sent(struct message *m, struct rcpt *r, bool ok)
{
	(void)r;
	if (ok)
		message_logs(m, NOTE_BOUNCE, false);
	else
		m->deferred = true;	/* the log is kept for the next run */
}

static void
trace_sent(struct message *m, struct rcpt *r, bool ok)
{
	(void)r;
	if (ok)
		message_logs(m, NOTE_TRACE, false);
	else
		m->deferred = true;
}

static void
expiry_sent(struct message *m, struct rcpt *r, bool ok)
{
	(void)r;
	m->expired = ok;
}

static void
warning_sent(struct message *m, struct rcpt *r, bool ok)
{
	(void)r;
	if (ok && (message_rwfd(m) < 0 || qf_set_warn_time(&m->qf, WARNED) < 0))
		log_warn("cannot mark %s as warned of: %m", m->id);
}

static void
defer_log_removed(struct message *m, struct rcpt *r, bool ok)
{
	(void)r;
	/*
	 * A log without a message would stay for ever: the message waits for
	 * another try. One that has expired is over, and bounce(8) has removed
	 * the log together with its notice.
	 */
	if (ok)
		m->logs &= (uint8_t)~(1U << NOTE_DEFER);
	else
		m->deferred = true;
}

/* Too old, or somebody said so. */
static bool
is_expired(struct message *m)
{
	struct span life = *m->qf.env.sender != '\0' ?
	    cf->maximal_queue_lifetime : cf->bounce_queue_lifetime;
	struct qf_marks marks;
	bool forced = m->qf.marks.expire;

	if (message_rwfd(m) == 0 && qf_marks_read(&m->qf, &marks) == 0)
		forced = marks.expire;
	if (!forced && message_age_s(m) < span_whole_s(life))
		return (false);
	log_sender(m, "status=%s, returned to sender",
	    forced ? "force-expired" : "expired");
	return (true);
}

static bool
wants_warning(const struct message *m)
{
	int64_t delay = span_whole_s(cf->delay_warning_time);
	int64_t when = m->qf.marks.warn_time;

	if (*m->qf.env.sender == '\0')
		return (false);
	if (when == 0) {
		if (delay == 0)
			return (false);
		when = (int64_t)m->qf.env.arrival_us / US_PER_S + delay;
	}
	return (when <= now_s());
}

/* Into deferred/, to be tried again after as long as it is old. */
static void
put_back(struct message *m)
{
	int64_t wait = message_age_s(m);
	int64_t least = span_whole_s(cf->minimal_backoff_time);
	int64_t most = span_whole_s(cf->maximal_backoff_time);

	if (wait < least)
		wait = least;
	if (wait > most)
		wait = most;
	if (message_rwfd(m) < 0 ||
	    qf_set_retry_time(&m->qf, now_s() + wait) < 0)
		if (errno != ENOENT)
			log_warn("cannot mark queue file %s: %m", m->id);
	if (q_rename(qm.rootfd, &qm.hash, Q_active, Q_deferred, m->id) < 0 &&
	    errno != ENOENT)
		log_warn("cannot move %s from active to deferred: %m", m->id);
	leave(m);
}

static bool
has_log(const struct message *m, enum note_kind kind)
{
	return ((m->logs & (1U << kind)) != 0);
}

/* One step; true if it has to wait for an answer. */
static bool
finish_step(struct message *m, enum finish step)
{
	switch (step) {
	case FIN_BOUNCE:
		if (!has_log(m, NOTE_BOUNCE))
			return (false);
		note_send(m, NOTE_BOUNCE, BOUNCE_FAILURE, bounce_sent);
		return (true);
	case FIN_TRACE:
		if (!has_log(m, NOTE_TRACE))
			return (false);
		note_send(m, NOTE_TRACE, message_traces(m,
		    TRACE_REPORT | TRACE_RECORD) ? BOUNCE_REPORT :
		    BOUNCE_SUCCESS, trace_sent);
		return (true);
	case FIN_AGE:
		if (!m->deferred || m->damaged || !is_expired(m))
			return (false);
		note_send(m, NOTE_DEFER, BOUNCE_FAILURE, expiry_sent);
		return (true);
	case FIN_WARN:
		if (!m->deferred || m->expired || m->damaged ||
		    !wants_warning(m))
			return (false);
		note_send(m, NOTE_DEFER, BOUNCE_DELAY, warning_sent);
		return (true);
	case FIN_REMOVE:
		if ((m->deferred && !m->expired && !m->damaged) ||
		    !has_log(m, NOTE_DEFER))
			return (false);
		note_remove(m, NOTE_DEFER, defer_log_removed);
		return (true);
	case FIN_NONE:
	case FIN_LAST:
		break;
	}
	return (false);
}

static void
finish(struct message *m)
{
	while (m->fin < FIN_LAST) {
		enum finish step = m->fin++;

		if (finish_step(m, step))
			return;
	}
	if (m->damaged)
		condemn(m, "the content does not match its digest");
	else if (m->deferred && !m->expired)
		put_back(m);
	else
		remove_file(m);
}

void
active_check(struct message *m)
{
	if (m->resolving > 0 || m->entries > 0 || m->noting > 0) {
		message_idle(m);
		return;
	}
	if (m->gone) {
		leave(m);
		return;
	}
	if (m->fin == FIN_NONE) {
		message_batch_free(m);
		if (!m->all_read && !qm.draining && !m->damaged) {
			next_batch(m);
			return;
		}
		m->fin = FIN_BOUNCE;
	}
	finish(m);
}

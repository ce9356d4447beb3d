/* SPDX-License-Identifier: ISC */
/*
 * intake - how messages get into the active queue.
 *
 * Normally cleanup(8) hands over id and descriptor. Scans find the rest:
 * what a crash or a full active queue left in incoming/, what is due in
 * deferred/. They do a little in each turn of the loop and take turns.
 *
 * Two queue managers overlap while the system is reloaded: the lock on
 * active/ says whose it is; the older one keeps locks on the files that it is
 * still delivering, and everything else there goes back to incoming/.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "conf/conf.h"

#include "qmgr.h"

#define A_TURN		10		/* files in one turn of the loop */
#define LEAD_WAIT	span_ms(50)
#define SKIPPED_WAIT	span_s(5)	/* until we look for them again */

struct scan {
	struct q_scan	*it;		/* NULL: not running */
	enum q_dir	 dir;
	bool		 all;		/* also what is not yet due */
	bool		 again;		/* asked for while it was running */
	bool		 again_all;
};

static struct {
	struct scan	 incoming;
	struct scan	 deferred;
	struct timer	*turn;
	struct timer	*run;		/* queue_run_delay */
	struct timer	*lead;
	struct timer	*skipped;
	bool		 missed;	/* something was left in incoming/ */
	int		 lockfd;
	int		 lead_tries;
} in = { .lockfd = -1 };

/* The incoming queue's files belong to cleanup while they are being made. */
static bool
being_made(const struct q_entry *e)
{
	struct stat st;

	if (e->dir != Q_incoming)
		return (false);
	if (fstatat(qm.rootfd, e->path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return (true);
	return (S_ISREG(st.st_mode) &&
	    (st.st_mode & 07777) == QF_MODE_WRITING);
}

/* The time of its next try has come; a file that cannot say so is taken. */
static bool
is_due(const struct q_entry *e)
{
	struct qf_marks marks;
	int64_t now = qm.env.now_us() / US_PER_S;
	int fd, rc;

	fd = q_open(qm.rootfd, &qm.hash, e->dir, e->name, O_RDONLY);
	if (fd < 0)
		return (errno != ENOENT);
	rc = qf_marks_peek(fd, &marks);
	fd_close(&fd);
	return (rc < 0 || marks.retry_time <= now);
}

static void
foreign(const struct q_entry *e)
{
	log_warn("corrupt queue file %s: its name is no queue id", e->path);
	if (q_condemn(qm.rootfd, &qm.hash, e->path) < 0 && errno != ENOENT)
		log_warn("cannot move %s to corrupt: %m", e->path);
}

static void
found(struct scan *s, const struct q_entry *e)
{
	if (being_made(e))
		return;
	if (!e->id_ok) {
		foreign(e);
		return;
	}
	/* postsuper(1) moves what lies in the wrong place at the next start. */
	if (!e->placed || message_find(e->name) != NULL)
		return;
	if (s->dir == Q_deferred && !s->all && !is_due(e))
		return;
	active_take(e->name, s->dir, -1, 0);
}

static void
scan_begin(struct scan *s, bool all)
{
	if (s->it != NULL) {
		s->again = true;
		s->again_all |= all;
		return;
	}
	s->all = all;
	s->it = q_scan_open(qm.rootfd, &qm.hash, s->dir);
	if (s->it == NULL)
		log_warn("cannot scan directory %s: %m",
		    layout_rows[s->dir].name);
}

static void
scan_end(struct scan *s)
{
	bool again = s->again, all = s->again_all;

	q_scan_close(&s->it);
	s->again = s->again_all = false;
	if (again)
		scan_begin(s, all);
}

static void
scan_some(struct scan *s)
{
	struct q_entry e;

	for (int i = 0; i < A_TURN && s->it != NULL && !active_full(); i++) {
		switch (q_scan_next(s->it, &e)) {
		case 1:
			found(s, &e);
			break;
		case 2:
			return;
		case 0:
			scan_end(s);
			return;
		default:
			log_warn("scan directory %s: %m",
			    layout_rows[s->dir].name);
			return;
		}
	}
}

static bool
scanning(void)
{
	return (in.incoming.it != NULL || in.deferred.it != NULL);
}

static void
turn(void *arg)
{
	(void)arg;
	if (qm.draining)
		return;
	scan_some(&in.incoming);
	scan_some(&in.deferred);
	/* A full queue: intake_room() goes on. */
	if (scanning() && !active_full())
		timer_set(in.turn, span_ms(0));
}

void
intake_scan(enum q_dir dir, bool all)
{
	if (!qm.leading || qm.draining)
		return;
	if (dir == Q_incoming)
		in.missed = false;
	scan_begin(dir == Q_incoming ? &in.incoming : &in.deferred, all);
	timer_set(in.turn, span_ms(0));
}

void
intake_room(void)
{
	if (active_full() || qm.draining)
		return;
	if (in.missed)
		intake_scan(Q_incoming, false);
	else if (scanning())
		timer_set(in.turn, span_ms(0));
	if (qm.slow && (uint64_t)qm.nactive * 10 <
	    (uint64_t)cf->qmgr_message_active_limit * 9) {
		qm.slow = false;
		trigger_flow(false);
	}
}

/* The descriptor is of the file with that name, as far as the name tells. */
static bool
matches(int fd, const char *id)
{
	struct qid qid;
	struct stat st;

	return (qid_parse(view_of(id), &qid) && fstat(fd, &st) == 0 &&
	    st.st_ino == qid.inode);
}

void
intake_new(struct chan *ch)
{
	struct msg_queue_new msg;
	int fd = chan_take_fd(ch);

	if (!chan_get(ch, &msg)) {
		fd_close(&fd);
		return;
	}
	if (fd < 0 || !matches(fd, msg.queue_id)) {
		chan_refuse(ch, "descriptor and queue id do not match");
		fd_close(&fd);
		return;
	}
	if (!qm.leading || qm.draining || active_full()) {
		fd_close(&fd);
		in.missed = true;
		if (!qm.slow && active_full()) {
			qm.slow = true;
			trigger_flow(true);
		}
		return;
	}
	active_take(msg.queue_id, Q_incoming, fd, 0);
}

/* Whether an older queue manager is still delivering it. */
static bool
locked(const char *id)
{
	int fd = q_open(qm.rootfd, &qm.hash, Q_active, id, O_RDONLY);
	bool busy;

	if (fd < 0)
		return (false);
	busy = flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	fd_close(&fd);
	return (busy);
}

/* Everything in active/ that is not ours goes back to incoming/. */
static void
take_over(void)
{
	struct q_scan *it = q_scan_open(qm.rootfd, &qm.hash, Q_active);
	struct q_entry e;
	bool skipped = false;
	int rc;

	if (it == NULL)
		fatal("cannot scan directory active: %m");
	while ((rc = q_scan_next(it, &e)) != 0) {
		if (rc == 2)
			continue;
		if (rc < 0)
			fatal("scan directory active: %m");
		if (!e.id_ok) {
			foreign(&e);
			continue;
		}
		if (!e.placed || message_find(e.name) != NULL)
			continue;
		if (locked(e.name)) {
			log_info("%s: skipped, still being delivered",
			    e.name);
			skipped = true;
			continue;
		}
		if (q_rename(qm.rootfd, &qm.hash, Q_active, Q_incoming,
		    e.name) < 0 && errno != ENOENT)
			log_warn("cannot move %s from active to incoming: %m",
			    e.name);
	}
	q_scan_close(&it);
	if (skipped)
		timer_set(in.skipped, SKIPPED_WAIT);
}

static void
skipped_again(void *arg)
{
	(void)arg;
	if (qm.draining)
		return;
	take_over();
	intake_scan(Q_incoming, false);
}

static void
run_again(void *arg)
{
	(void)arg;
	intake_scan(Q_incoming, false);
	intake_scan(Q_deferred, false);
	timer_set(in.run, cf->queue_run_delay);
}

static void
lead(void *arg)
{
	(void)arg;
	if (qm.draining)
		return;
	if (flock(in.lockfd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			fatal("cannot lock directory active: %m");
		if (++in.lead_tries == 200)
			log_warn("waiting for the old queue manager to let "
			    "go of the active queue");
		timer_set(in.lead, LEAD_WAIT);
		return;
	}
	qm.leading = true;
	take_over();
	run_again(NULL);
}

void
intake_start(void)
{
	in.incoming.dir = Q_incoming;
	in.deferred.dir = Q_deferred;
	in.turn = timer_new(qm.loop, turn, NULL);
	in.run = timer_new(qm.loop, run_again, NULL);
	in.lead = timer_new(qm.loop, lead, NULL);
	in.skipped = timer_new(qm.loop, skipped_again, NULL);
	in.lockfd = openat(qm.rootfd, layout_rows[Q_active].name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in.lockfd < 0)
		fatal("cannot open directory active: %m");
	lead(NULL);
}

void
intake_stop(void)
{
	q_scan_close(&in.incoming.it);
	q_scan_close(&in.deferred.it);
	timer_set(in.run, SPAN_NEVER);
	/* Who comes after us may begin. */
	fd_close(&in.lockfd);
	qm.leading = false;
}

/* SPDX-License-Identifier: ISC */
/* run - the queue manager's state: made, watched over, wound down. */
#include <sys/file.h>

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"

#include "qmgr.h"

struct qmgr qm;

#define SWEEP		span_s(10)
#define DRAIN_LOOK	span_ms(20)
#define OPEN_MAX_DEFAULT 1000

static struct timer *sweep_timer, *drain_timer;

static void
hash_skipped(struct view name)
{
	log_warn("hash_queue_names: no queue directory that can be hashed: "
	    "%.*s", (int)name.n, name.p);
}

void
qm_init(struct loop *l, const struct qm_env *env, const struct sched *sched,
    int rootfd)
{
	qm = (struct qmgr){
		.loop = l,
		.env = *env,
		.sched = sched,
		.rootfd = rootfd,
		.max_open = OPEN_MAX_DEFAULT,
	};
	RB_INIT(&qm.byid);
	TAILQ_INIT(&qm.active);
	RB_INIT(&qm.transports);
	q_hash_set(&qm.hash, view_of(cf->hash_queue_names),
	    (int)cf->hash_queue_depth, hash_skipped);
	resolve_init();
	note_init();
}

static void
sweep(void *arg)
{
	(void)arg;
	deliver_sweep();
	note_sweep();
	resolve_sweep();
	timer_set(sweep_timer, SWEEP);
}

void
qm_start(void)
{
	sweep_timer = timer_new(qm.loop, sweep, NULL);
	timer_set(sweep_timer, SWEEP);
	intake_start();
}

static bool
busy(const struct message *m)
{
	return (m->inflight > 0 || m->noting > 0);
}

/*
 * The next queue manager owns what is in active/ now; it takes what is not
 * locked.
 */
static void
disown(struct message *m)
{
	m->gone = true;
	if (m->qf.fd >= 0)
		(void)flock(m->qf.fd, LOCK_UN);
}

static void
hand_back(struct message *m)
{
	if (q_rename(qm.rootfd, &qm.hash, Q_active, Q_incoming, m->id) < 0 &&
	    errno != ENOENT)
		log_warn("cannot move %s from active to incoming: %m", m->id);
	disown(m);
}

bool
qm_idle(void)
{
	struct message *m;

	TAILQ_FOREACH(m, &qm.active, link)
		if (!m->gone || busy(m))
			return (false);
	return (true);
}

static void
drain_look(void *arg)
{
	struct message *m;

	(void)arg;
	TAILQ_FOREACH(m, &qm.active, link)
		if (!m->gone && !busy(m))
			hand_back(m);
	if (qm_idle()) {
		qm.env.drained();
		return;
	}
	timer_set(drain_timer, DRAIN_LOOK);
}

void
qm_drain(void)
{
	struct message *m;

	qm.draining = true;
	deliver_unpark_all();
	TAILQ_FOREACH(m, &qm.active, link) {
		if (!busy(m) || message_rwfd(m) < 0 ||
		    flock(m->qf.fd, LOCK_EX | LOCK_NB) < 0)
			disown(m);
	}
	intake_stop();
	drain_timer = timer_new(qm.loop, drain_look, NULL);
	drain_look(NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * qmgr - the queue manager: every message in the queue is its.
 *
 * Trusts: master(8), for parameters and who is who. Distrusts: the queue
 * files, which cleanup(8) writes; delivery agents, which talk to strangers.
 * Holds: all queued mail, and the right to hand a message out, read only.
 *
 * How messages come in is in intake.c and trigger.c, their life in active.c,
 * where they go in resolve.c and route.c, the order of deliveries in
 * sched_rr.c, deliveries in deliver.c and report.c, bounces in notify.c.
 */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "broker/role.h"
#include "conf/conf.h"
#include "queue-layout/fault.h"

#include "qmgr.h"

static struct seal_key key;
static uint32_t open_max;
static int root = -1;

static void
qmgr_prepare(void)
{
	struct rlimit r;

	seal_init();
	/* Hash directories are readable for their group: showq(8). */
	(void)umask(027);
	/* Two for each message; the rest is for channels. */
	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		fatal("getrlimit: %m");
	open_max = r.rlim_cur > 40000 ? 10000 : (uint32_t)r.rlim_cur / 4;
}

static void
qmgr_init(void)
{
	qfault_start(cf->fault_step);
	if (seal_key_read(role_file_fd("seal.key"), &key) < 0)
		fatal("cannot read the seal key: %m");
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		fatal("cannot open the queue directory: %m");
}

static void
qmgr_start(struct loop *l)
{
	const struct qm_env env = { role_dial, wall_us, role_done };

	qm_init(l, &env, &sched_rr, root);
	qm.key = &key;
	qm.max_open = open_max;
	qm.owners[0] = role_bundle()->uids[ROLE_CLEANUP];
	qm.owners[1] = role_bundle()->uids[ROLE_QMGR];
	qm_start();
}

static void
qmgr_wakeup(struct loop *l)
{
	(void)l;
	intake_scan(Q_incoming, false);
}

static void
qmgr_drain(struct loop *l)
{
	(void)l;
	qm_drain();
}

static const struct role qmgr = {
	.id = ROLE_QMGR,
	.filter = &policy_filter_qmgr,
	.prepare = qmgr_prepare,
	.init = qmgr_init,
	.start = qmgr_start,
	.client = trigger_client,
	.wakeup = qmgr_wakeup,
	.drain = qmgr_drain,
};

int
main(int argc, char **argv)
{
	return (role_main(&qmgr, argc, argv));
}

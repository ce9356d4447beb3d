/* SPDX-License-Identifier: ISC */
/* signal - stop, abort, reload, status, flush. */
#include <errno.h>
#include <signal.h>

#include "base/log.h"
#include "broker/command.h"

#include "postern.h"

static pid_t
need_running(const struct instance *i)
{
	pid_t pid = running(i);

	if (pid == 0)
		fatal("the Postern mail system is not running");
	return (pid);
}

static int
end(struct instance *i, int sig, int seconds)
{
	pid_t pid = need_running(i);

	if (kill(pid, sig) < 0)
		fatal("kill: %m");
	if (wait_ended(i, seconds))
		return (0);
	log_warn("process %ld did not end in time: killed", (long)pid);
	(void)kill(pid, SIGKILL);
	return (wait_ended(i, 5) ? 0 : 1);
}

int
do_stop(struct instance *i)
{
	log_info("stopping the Postern mail system");
	return (end(i, SIGTERM, 10));
}

int
do_abort(struct instance *i)
{
	log_info("aborting the Postern mail system");
	return (end(i, SIGINT, 5));
}

int
do_reload(struct instance *i)
{
	pid_t pid = need_running(i);

	/* What master would refuse is told here, where somebody reads it. */
	if (do_check(i) != 0)
		return (1);
	log_info("refreshing the Postern mail system");
	return (kill(pid, SIGHUP) < 0);
}

int
do_status(struct instance *i)
{
	pid_t pid = running(i);

	if (pid == 0) {
		log_info("the Postern mail system is not running");
		return (1);
	}
	log_info("the Postern mail system is running: PID: %ld", (long)pid);
	certificates(i);
	return (0);
}

int
do_flush(struct instance *i)
{
	const struct msg_queue_flush q = { QUEUE_SCAN_INCOMING |
		QUEUE_SCAN_DEFERRED | QUEUE_SCAN_ALL | QUEUE_FORGET_DEAD };
	struct msg_queue_done done;
	struct chan *ch;

	(void)need_running(i);
	ch = command_dial(i->params.queue_directory,
	    i->params.queue_service_name, ROLE_QMGR);
	if (ch == NULL || chan_call(ch, V_queue_flush, &q, V_queue_done,
	    &done, mono_in(span_s(30))) < 0)
		fatal("queue manager: %m");
	chan_free(&ch);
	return (0);
}

/* SPDX-License-Identifier: ISC */
/* signal - stop, abort, reload, status, flush, logrotate. */
#include <sys/stat.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* The format is the administrator's: the compiler cannot check it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static bool
time_suffix(char *buf, size_t size, const char *format)
{
	time_t now = time(NULL);
	struct tm tm;

	return (localtime_r(&now, &tm) != NULL &&
	    strftime(buf, size, format, &tm) > 0);
}
#pragma GCC diagnostic pop

/* Until a line of ours is in the new file: from then on all are. */
static bool
wait_written(const char *path)
{
	const struct mono deadline = mono_in(span_s(10));
	struct stat st;

	while (!mono_past(deadline)) {
		log_info("the log goes on in a new %s", path);
		for (int n = 0; n < 10; n++) {
			(void)poll(NULL, 0, 20);
			if (stat(path, &st) == 0 && st.st_size > 0)
				return (true);
		}
	}
	return (false);
}

int
do_logrotate(struct instance *i)
{
	const char *path = i->params.maillog_file;
	char suffix[128], *to;
	pid_t pid;

	if (*path == '\0' || strncmp(path, "/dev/", 5) == 0)
		fatal("maillog_file is not a file that can be rotated");
	if (!time_suffix(suffix, sizeof(suffix),
	    i->params.maillog_file_rotate_suffix))
		fatal("maillog_file_rotate_suffix is not usable");
	to = arena_printf(i->arena, "%s.%s", path, suffix);
	if (rename(path, to) < 0)
		fatal("rename %s to %s: %m", path, to);
	if ((pid = running(i)) == 0)
		return (0);
	/* A reload opens the file anew for the next postlogd(8). */
	if (kill(pid, SIGHUP) < 0)
		fatal("kill: %m");
	if (wait_written(path))
		return (0);
	log_error("%s: postlogd(8) did not take up the new file", path);
	return (1);
}

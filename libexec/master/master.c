/* SPDX-License-Identifier: ISC */
/*
 * master - read the configuration, hold the sockets, start the roles.
 *
 * Trusts the administrator's files and nothing else. It parses nothing that a
 * stranger wrote: what it hears from roles are numbers of fixed layout. Its
 * privileges are in policy/master.policy.
 */
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"

#include "master.h"

#define STOP_TIME	span_s(5)
#define PROCS_MAX	1000
#define DOORS_MAX	1000

struct master m = { .queuefd = -1, .emptyfd = -1, .warden = -1, .launcher = -1,
	.syslog = -1 };

static int	status_fd = -1;	/* to postern(1), until we have started */

static void
usage(void)
{
	(void)fprintf(stderr, "usage: master -c dir [-i] [-s fd]\n");
	exit(1);
}

static void
get_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "c:is:")) != -1) {
		if (c == 'c')
			m.config_dir = optarg;
		else if (c == 'i')
			m.foreground = true;
		else if (c == 's')
			status_fd = optarg[0] - '0';
		else
			usage();
	}
	if (m.config_dir == NULL || optind != argc)
		usage();
	if (geteuid() != 0)
		fatal("must be started by root");
}

static int
open_dir(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		fatal("%s: %m", path);
	return (fd);
}

/* Held for life; who cannot have it is not the master of this queue. */
static void
lock_pid_file(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char text[24];
	int fd, n;

	fd = openat(m.queuefd, "pid/master.pid", O_RDWR | O_CREAT |
	    O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		fatal("pid/master.pid: %m");
	if (fcntl(fd, F_SETLK, &lock) < 0)
		fatal("the Postern mail system is already running");
	n = snprintf(text, sizeof(text), "%*ld\n", 10, (long)getpid());
	if (ftruncate(fd, 0) < 0 || write(fd, text, (size_t)n) != n)
		fatal("pid/master.pid: %m");
}

static void
find_users(void)
{
	const char *missing;

	if (ids_load(m.ids, &missing) < 0)
		fatal("no such user or group: %s (postern set-permissions "
		    "makes the role users)", missing);
	for (int i = 0; i < ROLE_COUNT; i++)
		m.uids[i] = m.ids[i].uid;
}

static void
open_instance(void)
{
	struct conf_error e;
	char *empty, *tag;

	TAILQ_INIT(&m.units);
	LIST_INIT(&m.procs);
	if ((m.config = config_load(m.config_dir, 1, &e)) == NULL)
		fatal("%s", e.text);
	find_users();
	m.queuefd = open_dir(m.config->params.queue_directory);
	empty = xprintf("%s/empty", m.config->params.daemon_directory);
	m.emptyfd = open_dir(empty);
	xfree(&empty);
	lock_pid_file();
	master_log_open();
	tag = xprintf("%s/master", m.config->params.syslog_name);
	master_log_start(tag);
	helpers_start(m.config->params.daemon_directory);
	confine_privileged(&policy_table[ROLE_MASTER],
	    &policy_filter_master);
	units_update();
}

static void
start_role(enum role_id role)
{
	struct unit *s;

	TAILQ_FOREACH(s, &m.units, next)
		if (s->role == role && s->current == NULL)
			proc_start(s);
}

static void
start_all(void)
{
	struct unit *s;

	start_role(ROLE_POSTLOGD);
	TAILQ_FOREACH(s, &m.units, next)
		if (s->current == NULL && s->throttled.ns == 0 &&
		    !unit_waits(s))
			proc_start(s);
}

/* Say, once, that every service is up (or will not be); postern(1) waits. */
static void
tell_started(void)
{
	static bool told;
	struct proc *p;

	if (told)
		return;
	LIST_FOREACH(p, &m.procs, next)
		if (p->state == PROC_STARTING)
			return;
	told = true;
	if (status_fd >= 0 && write(status_fd, "up", 2) < 0)
		log_warn("telling postern(1): %m");
	fd_close(&status_fd);
	master_log_started();
	log_info("daemon started -- version %s, configuration %s",
	    m.config->params.mail_version, m.config_dir);
	if (!m.foreground) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		for (int fd = 0; null >= 0 && fd < 3; fd++)
			(void)dup2(null, fd);
		fd_close(&null);
	}
}

static void
reload(void)
{
	struct conf_error e;
	struct config *c, *old = m.config;
	struct unit *s;

	c = config_load(m.config_dir, old->generation + 1, &e);
	if (c == NULL) {
		log_error("reload refused, the old configuration stays: %s",
		    e.text);
		return;
	}
	if (strcmp(c->params.queue_directory, old->params.queue_directory) !=
	    0) {
		log_error("reload refused: queue_directory cannot change "
		    "while the mail system runs");
		config_free(&c);
		return;
	}
	log_info("reload -- version %s, configuration %s",
	    c->params.mail_version, m.config_dir);
	m.config = c;
	units_update();
	TAILQ_FOREACH(s, &m.units, next)
		proc_replace(s);
	config_free(&old);
}

/* Everyone may finish what is quick; at the deadline the rest ends too. */
static void
stop(const char *why, bool at_once)
{
	struct proc *p;

	if (!m.stopping)
		log_info("terminating on %s", why);
	m.stopping = true;
	LIST_FOREACH(p, &m.procs, next)
		if (p->service->role != ROLE_POSTLOGD)
			proc_drain(p);
	if (at_once)
		proc_kill_all();
}

static void
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == m.warden_pid && !m.stopping)
			fatal("warden is gone (status %d)", status);
		if (pid == m.launcher_pid && !m.stopping)
			fatal("launcher is gone (status %d)", status);
		proc_ended(pid, status);
	}
}

static void
signals(int fd)
{
	struct signalfd_siginfo si;

	while (read(fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		switch (si.ssi_signo) {
		case SIGHUP:
			reload();
			break;
		case SIGTERM:
			stop("signal 15", false);
			break;
		case SIGINT:
			stop("signal 2", true);
			break;
		default:
			reap();
			break;
		}
	}
}

static int
catch_signals(void)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
	    (fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		fatal("signalfd: %m");
	return (fd);
}

/* Only postlogd is left: its turn, so that it has everyone's last lines. */
static bool
all_ended(struct mono deadline)
{
	struct proc *p;
	bool late = mono_past(deadline);

	LIST_FOREACH(p, &m.procs, next)
		if (p->service->role != ROLE_POSTLOGD && !late)
			return (false);
	LIST_FOREACH(p, &m.procs, next)
		proc_drain(p);
	if (late)
		proc_kill_all();
	return (LIST_EMPTY(&m.procs) ||
	    mono_past(mono_add(deadline, span_s(2))));
}

/* The listening sockets of services that wait for their first client. */
static nfds_t
add_doors(struct pollfd *pfd, struct unit **of, nfds_t room)
{
	struct listener *l;
	struct unit *s;
	nfds_t n = 0;

	if (m.stopping)
		return (0);
	TAILQ_FOREACH(s, &m.units, next) {
		if (s->throttled.ns != 0 || !unit_waits(s))
			continue;
		SLIST_FOREACH(l, &s->listeners, next) {
			if (n == room)
				return (n);
			of[n] = s;
			pfd[n++] = (struct pollfd){ .fd = l->fd,
			    .events = POLLIN };
		}
	}
	return (n);
}

/* Their sockets stay readable until someone accepts: one start is enough. */
static void
open_doors(const struct pollfd *pfd, struct unit **of, nfds_t n)
{
	for (nfds_t i = 0; i < n; i++)
		if (pfd[i].revents && unit_waits(of[i]) &&
		    of[i]->throttled.ns == 0)
			proc_start(of[i]);
}

static void
turn(int sigfd, struct mono until)
{
	static struct pollfd pfd[PROCS_MAX + 2 + DOORS_MAX];
	static struct proc *of[PROCS_MAX + 2];
	static struct unit *door[DOORS_MAX];
	struct proc *p;
	nfds_t n = 0, ndoors;

	pfd[n++].fd = sigfd;
	pfd[n++].fd = m.warden;
	LIST_FOREACH(p, &m.procs, next) {
		if (n == PROCS_MAX + 2)
			break;
		of[n] = p;
		pfd[n++].fd = p->control;
	}
	for (nfds_t i = 0; i < n; i++)
		pfd[i].events = POLLIN;
	ndoors = add_doors(&pfd[n], door, DOORS_MAX);
	if (poll(pfd, n + ndoors, mono_poll_ms(until)) < 0 && errno != EINTR)
		fatal("poll: %m");
	/* Roles first: nothing below may have freed one of them. */
	for (nfds_t i = 2; i < n; i++) {
		if (pfd[i].revents & POLLIN)
			proc_hear(of[i]);
		if (pfd[i].revents & POLLHUP)
			fd_close(&of[i]->control);
	}
	/* A reload, heard below, may take units away. */
	open_doors(&pfd[n], door, ndoors);
	if (pfd[1].revents)
		warden_hear();
	if (pfd[0].revents)
		signals(sigfd);
}

int
main(int argc, char **argv)
{
	struct mono next, deadline = MONO_NEVER;
	int sigfd;

	log_open("master", log_stderr);
	get_options(argc, argv);
	(void)umask(022);
	if (chdir("/") < 0 || (!m.foreground && setsid() < 0))
		fatal("starting: %m");
	sigfd = catch_signals();
	open_instance();
	start_all();
	for (;;) {
		next = proc_timers();
		turn(sigfd, next);
		tell_started();
		if (!m.stopping)
			continue;
		if (deadline.ns == MONO_NEVER.ns)
			deadline = mono_in(STOP_TIME);
		if (all_ended(deadline))
			exit(0);
	}
}

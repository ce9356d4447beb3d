/* SPDX-License-Identifier: ISC */
/*
 * launcher - start one mda(8) for one delivery as one user.
 *
 * The third privileged process, and the only one of Postern without a system
 * call filter: what it starts are programs of users, which would inherit it.
 * So it does nothing but fork: an order is one struct of four numbers, from
 * warrant(8) alone. The program is mda, always; uid 0, gid 0 and the users of
 * roles are refused, whatever the order says. Its privileges are in
 * policy/launcher.policy.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/children.h"
#include "broker/launch_order.h"
#include "broker/logsink.h"
#include "confine/confine.h"

#define ORDER_FD	CONFINE_FD0
#define LOG_FD		(CONFINE_FD0 + 1)
#define RUNNING_MAX	1000

struct running {
	pid_t		 pid;		/* 0: free */
	int		 watch;
	struct mono	 deadline;
};

static struct running	 running[RUNNING_MAX];
static struct ids	 ids[ROLE_COUNT];
static int		 mda;		/* O_PATH: the program */

static bool
refused(const struct launch_order *o)
{
	if (o->uid == 0 || o->gid == 0 || o->uid == (uid_t)-1 ||
	    o->gid == (gid_t)-1)
		return (true);
	for (int i = 0; i < ROLE_COUNT; i++)
		if (policy_is_role(&policy_table[i]) &&
		    (ids[i].uid == o->uid || ids[i].gid == o->gid ||
		    ids[i].gid == o->group))
			return (true);
	return (false);
}

static void
tell(int watch, int error, int status)
{
	const struct launch_report r = { error, status };

	/* A warrant that is gone does not want to know. */
	(void)send(watch, &r, sizeof(r), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* For good: all three ids, no group that was not named, no capability. */
static void
become(uid_t uid, gid_t gid, gid_t group)
{
	const gid_t groups[] = { gid, group };
	uid_t r, e, s;

	if (setgroups(group != 0 ? 2 : 1, groups) < 0 ||
	    setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		fatal("becoming uid %ld: %m", (long)uid);
	if (getresuid(&r, &e, &s) < 0 || r != uid || e != uid || s != uid ||
	    setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0)
		fatal("uid %ld is not what it should be", (long)uid);
}

/* In the child. The room, if there is one, may have neither mda nor /dev. */
static _Noreturn void
start(const struct launch_order *o, const int *fds)
{
	const bool room = (o->flags & LAUNCH_CHROOT) != 0;
	const int all[] = { fds[0], fds[1], fds[2], mda,
		room ? fds[LAUNCH_FDS] : -1 };
	const int prog = CONFINE_FD0 + 3, root = CONFINE_FD0 + 4;
	char name[] = "mda", *argv[] = { name, NULL }, *envp[] = { NULL };

	confine_fds(all, room ? 5 : 4);
	if (fcntl(prog, F_SETFD, FD_CLOEXEC) < 0 || setsid() < 0)
		fatal("starting mda: %m");
	confine_signals();
	(void)umask(077);
	if (room && (fchdir(root) < 0 || chroot(".") < 0 || close(root) < 0))
		fatal("chroot: %m");
	if (chdir("/") < 0)
		fatal("chdir /: %m");
	become(o->uid, o->gid, o->group);
	(void)execveat(prog, "", argv, envp, AT_EMPTY_PATH);
	fatal("mda: %m");
}

static void
launch(const struct launch_order *o, const int *fds)
{
	struct running *r = running;

	while (r < running + RUNNING_MAX && r->pid != 0)
		r++;
	if (r == running + RUNNING_MAX) {
		tell(fds[3], EAGAIN, 0);
		return;
	}
	if ((r->pid = fork()) == 0)
		start(o, fds);
	if (r->pid < 0) {
		tell(fds[3], errno, 0);
		r->pid = 0;
		return;
	}
	r->deadline = mono_in(span_s(o->time_limit));
	r->watch = fcntl(fds[3], F_DUPFD_CLOEXEC, 0);
}

static void
hear(uid_t warrant)
{
	int fds[LAUNCH_FDS + 1];
	size_t nfds = LAUNCH_FDS + 1;
	struct launch_order o;
	struct fd_peer peer;
	ssize_t n = fd_recv(ORDER_FD, &o, sizeof(o), fds, &nfds, &peer,
	    MSG_DONTWAIT);

	if (n == 0)
		_exit(0);		/* master and warrant are gone */
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != (ssize_t)sizeof(o) || !peer.known || peer.uid != warrant ||
	    (o.flags & ~LAUNCH_CHROOT) != 0 ||
	    nfds != LAUNCH_FDS + (o.flags & LAUNCH_CHROOT) ||
	    o.time_limit > LAUNCH_TIME_MAX)
		log_warn("a malformed order, or not from warrant");
	else if (refused(&o)) {
		log_warn("order refused: uid %lu gid %lu",
		    (unsigned long)o.uid, (unsigned long)o.gid);
		tell(fds[3], EPERM, 0);
	} else
		launch(&o, fds);
	for (size_t i = 0; n >= 0 && i < nfds; i++)
		fd_close(&fds[i]);
}

static void
reap(int sigfd)
{
	struct running *r;
	int status;
	pid_t pid;

	children_heard(sigfd);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (r = running; r < running + RUNNING_MAX; r++) {
			if (r->pid != pid)
				continue;
			tell(r->watch, 0, status);
			fd_close(&r->watch);
			r->pid = 0;
		}
}

/* It is not reaped yet, so its number is still its own. */
static struct mono
enforce(void)
{
	struct mono next = MONO_NEVER;

	for (struct running *r = running; r < running + RUNNING_MAX; r++) {
		if (r->pid == 0)
			continue;
		if (mono_past(r->deadline)) {
			(void)kill(-r->pid, SIGKILL);
			(void)kill(r->pid, SIGKILL);
			r->deadline = mono_in(span_s(10));
		}
		if (r->deadline.ns < next.ns)
			next = r->deadline;
	}
	return (next);
}

int
main(int argc, char **argv)
{
	const char *missing;
	struct pollfd pfd[2];
	char path[4096];

	log_open("launcher", log_stderr);
	if (argc != 3)
		fatal("launcher is started by master(8) only");
	logsink_open(LOG_FD, argv[2]);
	if (fcntl(ORDER_FD, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(LOG_FD, F_SETFD, FD_CLOEXEC) < 0)
		fatal("fcntl: %m");
	if (ids_load(ids, &missing) < 0)
		fatal("no such user or group: %s", missing);
	(void)snprintf(path, sizeof(path), "%s/mda", argv[1]);
	if ((mda = open(path, O_PATH | O_CLOEXEC)) < 0)
		fatal("%s: %m", path);
	confine_caps(&policy_table[ROLE_LAUNCHER]);
	pfd[0].fd = ORDER_FD;
	pfd[1].fd = children_watch();
	pfd[0].events = pfd[1].events = POLLIN;
	for (;;) {
		if (poll(pfd, 2, mono_poll_ms(enforce())) < 0 &&
		    errno != EINTR)
			fatal("poll: %m");
		if (pfd[1].revents)
			reap(pfd[1].fd);
		if (pfd[0].revents)
			hear(ids[ROLE_WARRANT].uid);
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * warden - start every role that has no network.
 *
 * Born by master(8) in an empty network namespace, so all that it starts is
 * in there too; a listening socket that master bound still accepts. Trusts
 * master, whose orders are a number of a role and descriptors; parses
 * nothing else. Its privileges are in policy/warden.policy.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/children.h"
#include "broker/logsink.h"
#include "broker/order.h"

#define MASTER_FD	CONFINE_FD0
#define LOG_FD		(CONFINE_FD0 + 1)

static struct ids	 ids[ROLE_COUNT];
static const char	*libexec;

static void
tell(enum report_op op, uint32_t serial, pid_t pid, int status)
{
	const struct report r = { op, serial, pid, status };

	if (send(MASTER_FD, &r, sizeof(r), MSG_NOSIGNAL) < 0)
		_exit(0);		/* master is gone: so are we */
}

static void
start(const struct order *o, const int *fds, size_t nfds)
{
	pid_t pid;

	if (o->role >= ROLE_COUNT || nfds == 0 ||
	    !policy_is_role(&policy_table[o->role]) ||
	    policy_table[o->role].network ||
	    policy_table[o->role].root == POLICY_ROOT_HOST)
		fatal("order to start role %u with %zu descriptors", o->role,
		    nfds);
	pid = spawn_role((enum role_id)o->role, ids, libexec, fds, nfds);
	if (pid < 0)
		tell(REPORT_FAILED, o->serial, 0, errno);
	else
		tell(REPORT_STARTED, o->serial, pid, 0);
}

static void
hear(void)
{
	int fds[FD_PASS_MAX];
	size_t nfds = FD_PASS_MAX;
	struct order o;
	ssize_t n = fd_recv(MASTER_FD, &o, sizeof(o), fds, &nfds, NULL, 0);

	if (n == 0)
		_exit(0);
	if (n != (ssize_t)sizeof(o))
		fatal("order from master: %m");
	if (o.op == ORDER_START)
		start(&o, fds, nfds);
	else if (o.op == ORDER_KILL && o.pid > 1)
		(void)kill(o.pid, SIGKILL);
	else
		fatal("order %u from master", o.op);
	for (size_t i = 0; i < nfds; i++)
		fd_close(&fds[i]);
}

static void
reap(int sigfd)
{
	int status;
	pid_t pid;

	children_heard(sigfd);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		tell(REPORT_ENDED, 0, pid, status);
}

int
main(int argc, char **argv)
{
	const char *missing;
	struct pollfd pfd[2];

	log_open("warden", log_stderr);
	if (argc != 3)
		fatal("warden is started by master(8) only");
	libexec = argv[1];
	logsink_open(LOG_FD, argv[2]);
	if (unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0)
		fatal("cannot make an empty network namespace: %m");
	if (ids_load(ids, &missing) < 0)
		fatal("no such user or group: %s", missing);
	confine_privileged(&policy_table[ROLE_WARDEN], &policy_filter_warden);
	pfd[0].fd = MASTER_FD;
	pfd[1].fd = children_watch();
	pfd[0].events = pfd[1].events = POLLIN;
	for (;;) {
		if (poll(pfd, 2, -1) < 0 && errno != EINTR)
			fatal("poll: %m");
		if (pfd[1].revents)
			reap(pfd[1].fd);
		if (pfd[0].revents)
			hear();
	}
}

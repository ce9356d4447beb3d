/* SPDX-License-Identifier: ISC */
/*
 * mda - one delivery, as the user whose it is.
 *
 * Started by launcher(8) with three descriptors: the task, which warrant(8)
 * wrote; the message, a stranger's; the socket to the delivery agent. It has
 * no right that its user has not. Before it reads the message it gives up
 * what it does not need for writing; a command that it runs has none of its
 * descriptors but the three standard ones.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "broker/launch_order.h"
#include "mda.h"

static noreturn void
deliver(int message)
{
	switch ((enum mda_op)mda.t.op) {
	case MDA_OP_MBOX:
		mbox_deliver(message, false);
	case MDA_OP_MAILDIR:
		maildir_deliver(message, false);
	case MDA_OP_COMMAND:
		command_deliver(message, mda.t.command);
	case MDA_OP_FORWARD:
		forward_deliver(message);
	case MDA_OP_LIST:
		list_deliver(message);
	case MDA_OP_PIPE:
		pipe_deliver(message);
	case MDA_OP_SPAWN:
		spawn_run(message);
	}
	fatal("task %u", mda.t.op);
}

int
main(void)
{
	const struct sigaction ign = { .sa_handler = SIG_IGN };

	log_open("mda", log_stderr);
	(void)prctl(PR_SET_NAME, "mda", 0, 0, 0);
	for (int fd = MDA_TASK_FD; fd <= MDA_ANSWER_FD; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			fatal("descriptor %d: %m", fd);
	/* A peer that ends, a file that is full: errors, not our death. */
	if (sigaction(SIGPIPE, &ign, NULL) < 0 ||
	    sigaction(SIGXFSZ, &ign, NULL) < 0)
		fatal("sigaction: %m");
	if (geteuid() == 0 || getuid() == 0)
		fatal("must not run as root");
	seal_init();
	tzset();		/* its file; there is no open(2) later */
	task_load(MDA_TASK_FD);
	if (geteuid() != mda.t.uid)
		fatal("started as uid %ld for uid %ld", (long)geteuid(),
		    (long)mda.t.uid);
	deliver(MDA_MESSAGE_FD);
}

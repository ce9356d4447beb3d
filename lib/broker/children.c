/* SPDX-License-Identifier: ISC */
/* children - the end of a child as something to wait for with poll(2). */
#include <sys/signalfd.h>

#include <signal.h>
#include <unistd.h>

#include "base/log.h"

#include "children.h"

int
children_watch(void)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
	    (fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		fatal("signalfd: %m");
	return (fd);
}

void
children_heard(int fd)
{
	struct signalfd_siginfo si;

	while (read(fd, &si, sizeof(si)) > 0)
		;
}

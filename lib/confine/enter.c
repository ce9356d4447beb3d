/* SPDX-License-Identifier: ISC */
/*
 * enter - what a role does to itself before it looks at any input.
 *
 * One order, each step checked, its effect tried where it can be tried.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <linux/seccomp.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#include "caps.h"
#include "confine.h"
#include "filter.h"
#include "landlock.h"

static void
change_root(int rootfd)
{
	if (fchdir(rootfd) < 0 || chroot(".") < 0 || chdir("/") < 0)
		fatal("chroot: %m");
	fd_close(&rootfd);
}

static void
drop_capabilities(void)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		fatal("ambient capabilities: %m");
	caps_set(0, 0);
}

static void
set_process_flags(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		fatal("prctl: %m");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		fatal("no_new_privs is not set");
}

/* What must not work any more is tried, while trying does not kill yet. */
static void
try_the_way_back(const struct policy *p)
{
	uid_t r, e, s;
	int fd;

	if (getresuid(&r, &e, &s) < 0 || r == 0 || r != e || r != s)
		fatal("role %s runs with uids %d %d %d", p->name, (int)r,
		    (int)e, (int)s);
	if (setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0)
		fatal("role %s can become root again", p->name);
	if (chroot("/") == 0)
		fatal("role %s can change its root again", p->name);
	if ((fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC)) >= 0)
		fatal("role %s can open /etc/passwd", p->name);
	if ((fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC)) >= 0)
		fatal("role %s has a /proc", p->name);
}

void
confine_enter(const struct policy *p, const struct policy_filter *f,
    int rootfd, struct confined *out)
{
	must(policy_is_role(p));
	change_root(rootfd);
	drop_capabilities();
	set_process_flags();
	out->landlock_abi = landlock_enter(p);
	try_the_way_back(p);
	filter_load(f);
}

void
confine_childless(void)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_NPROC, &none) < 0)
		fatal("giving up the right to fork: %m");
}

void
confine_worker(pid_t supervisor)
{
	confine_childless();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		fatal("confining a worker: %m");
	if (getppid() != supervisor)
		_exit(0);		/* it died before we asked */
}

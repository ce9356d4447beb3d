/* SPDX-License-Identifier: ISC */
/*
 * child - from a fork of a privileged process to a role's binary.
 *
 * Runs as root in a process that shares nothing but memory copies with its
 * parent. What it does is decided by the policy alone; a failure ends the
 * child before the binary runs.
 */
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <linux/securebits.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"

#include "caps.h"
#include "confine.h"

/* Out of the way first, so that no target is overwritten before its turn. */
static void
place_fds(const int *fds, size_t nfds)
{
	int high[CONFINE_FDS_MAX];
	int floor = CONFINE_FD0 + (int)nfds;

	must(nfds <= CONFINE_FDS_MAX);
	for (size_t i = 0; i < nfds; i++)
		if ((high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, floor)) < 0)
			fatal("descriptor %zu of a bundle: %m", i);
	for (size_t i = 0; i < nfds; i++)
		if (dup2(high[i], CONFINE_FD0 + (int)i) < 0)
			fatal("descriptor %zu of a bundle: %m", i);
	if (close_range((unsigned)floor, ~0U, 0) < 0)
		fatal("close_range: %m");
}

/* Whoever reads our output must not wait for the end of every role. */
static void
close_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < CONFINE_FD0; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			fatal("/dev/null: %m");
}

void
confine_fds(const int *fds, size_t nfds)
{
	close_stdio();
	place_fds(fds, nfds);
}

void
confine_signals(void)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		fatal("sigprocmask: %m");
}

/*
 * No brk(2): the heap then lies beside all else that a role maps, and a fork
 * has fewer page tables to copy. (A soft limit of 0 stops brk alone; see
 * may_expand_vm() of the kernel.)
 */
static void
set_limits(const struct policy *p)
{
	const struct rlimit no_brk = { 0, RLIM_INFINITY };

	if (setrlimit(RLIMIT_DATA, &no_brk) < 0)
		fatal("limit of role %s: %m", p->name);
	for (size_t i = 0; i < p->nlimits; i++) {
		const struct rlimit rl = { p->limits[i].value,
			p->limits[i].value };

		if (setrlimit((__rlimit_resource_t)p->limits[i].resource,
		    &rl) < 0)
			fatal("limit %d of role %s: %m",
			    p->limits[i].resource, p->name);
	}
}

/*
 * The new ids with CAP_SYS_CHROOT as the only ambient capability: it lives
 * over execve(2), also when the bounding set is empty.
 */
static void
take_ids(const struct policy *p, const struct ids *id)
{
	if (setgroups(id->ngroups, id->groups) < 0 ||
	    setresgid(id->gid, id->gid, id->gid) < 0 ||
	    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
	    setresuid(id->uid, id->uid, id->uid) < 0)
		fatal("becoming user %s: %m", p->user);
	caps_set(CAP_BIT(CAP_SYS_CHROOT) | CAP_BIT(CAP_SETPCAP),
	    CAP_BIT(CAP_SYS_CHROOT));
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_CHROOT, 0,
	    0) < 0)
		fatal("ambient capability: %m");
	caps_drop_bounding(0);
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
	    SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
	    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
	    0, 0, 0) < 0)
		fatal("securebits: %m");
	caps_set(CAP_BIT(CAP_SYS_CHROOT), CAP_BIT(CAP_SYS_CHROOT));
}

void
confine_caps(const struct policy *p)
{
	must(p->kind == POLICY_PRIVILEGED);
	caps_set(p->caps, 0);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		fatal("prctl: %m");
}

_Noreturn void
confine_child(const struct policy *p, const struct ids *id, const int *fds,
    size_t nfds, const char *path, char *const argv[])
{
	char *const envp[] = { NULL };

	confine_fds(fds, nfds);
	if (setsid() < 0)
		fatal("setsid: %m");
	(void)umask(077);
	if (chdir("/") < 0)
		fatal("chdir /: %m");
	confine_signals();
	set_limits(p);
	take_ids(p, id);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fatal("no_new_privs: %m");
	(void)execve(path, argv, envp);
	fatal("%s: %m", path);
}

/* SPDX-License-Identifier: ISC */
/*
 * The kernel loads every filter, and what no role may do kills it.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/seccomp.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/policy.h"

/* Only raw calls between the filter and the end: sanitizers make others. */
static long
raw(long nr, long a, long b, long c, long d)
{
	return (syscall(nr, a, b, c, d, 0, 0));
}

/* 0 if the call returned, else the signal that ended the child. */
static int
run(enum role_id role, long nr, long a, long b, long c, long d)
{
	struct sock_fprog prog;
	int status;
	pid_t pid;

	prog.len = (unsigned short)policy_filters[role]->n;
	prog.filter = malloc(policy_filters[role]->n *
	    sizeof(*prog.filter));
	ATF_REQUIRE(prog.filter != NULL);
	memcpy(prog.filter, policy_filters[role]->code,
	    policy_filters[role]->n * sizeof(*prog.filter));
	fflush(NULL);
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
		    &prog) == -1)
			_exit(99);
		(void)raw(nr, a, b, c, d);
		(void)raw(SYS_exit_group, 0, 0, 0, 0);
	}
	free(prog.filter);
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return (WTERMSIG(status));
	ATF_REQUIRE_EQ_MSG(WEXITSTATUS(status), 0, "%s: exit %d",
	    policy_table[role].name, WEXITSTATUS(status));
	return (0);
}

static const struct {
	const char	*label;
	long		 nr, a, b, c, d;
} forbidden[] = {
	{ "execve", SYS_execve, 0, 0, 0, 0 },
	{ "ptrace", SYS_ptrace, 0, 0, 0, 0 },
	{ "kill", SYS_kill, 0, 0, 0, 0 },
	{ "unshare", SYS_unshare, 0, 0, 0, 0 },
	{ "io_uring_setup", SYS_io_uring_setup, 0, 0, 0, 0 },
	{ "bpf", SYS_bpf, 0, 0, 0, 0 },
	{ "chroot", SYS_chroot, 0, 0, 0, 0 },
	{ "setresuid", SYS_setresuid, 0, 0, 0, 0 },
	{ "listen", SYS_listen, -1, 0, 0, 0 },
	{ "packet socket", SYS_socket, AF_PACKET, SOCK_RAW, 0, 0 },
	{ "netlink socket", SYS_socket, AF_NETLINK, SOCK_RAW, 0, 0 },
	{ "raw socket", SYS_socket, AF_INET, SOCK_RAW, 0, 0 },
	{ "MPTCP socket", SYS_socket, AF_INET, SOCK_STREAM, 262, 0 },
	{ "datagram pair", SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, 0 },
	{ "stream pair", SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 0 },
	{ "executable memory", SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS },
	{ "memory made executable", SYS_mprotect, 0, 0, PROT_EXEC, 0 },
	{ "thread", SYS_clone, 0x10f00, 0, 0, 0 },
	{ "kill by another name", SYS_tgkill, 1, 1, SIGKILL, 0 },
	{ "not dumpable no more", SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0 },
	{ "another filter", SYS_seccomp, 1, 0, 0, 0 },
	{ "O_TMPFILE", SYS_openat, AT_FDCWD, 0, O_TMPFILE | O_RDWR, 0 },
	{ "call that does not exist", 1000, 0, 0, 0, 0 },
#ifdef __x86_64__
	{ "x32 getpid", 0x40000000 | SYS_getpid, 0, 0, 0, 0 },
#endif
};

static void
dies_of(enum role_id role, size_t i)
{
	int sig;

	sig = run(role, forbidden[i].nr, forbidden[i].a, forbidden[i].b,
	    forbidden[i].c, forbidden[i].d);
	ATF_CHECK_EQ_MSG(sig, SIGSYS, "%s: %s: %s", policy_table[role].name,
	    forbidden[i].label, sig == 0 ? "allowed" : strsignal(sig));
}

ATF_TC_WITHOUT_HEAD(forbidden_kills);
ATF_TC_BODY(forbidden_kills, tc)
{
	unsigned role;
	size_t i;

	for (role = 0; role < ROLE_COUNT; role++) {
		if (!policy_is_role(&policy_table[role]))
			continue;
		for (i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
			dies_of((enum role_id)role, i);
	}
}

ATF_TC_WITHOUT_HEAD(by_kind);
ATF_TC_BODY(by_kind, tc)
{
	const struct policy *p;
	unsigned role;
	enum role_id r;

	for (role = 0; role < ROLE_COUNT; role++) {
		p = &policy_table[role];
		r = (enum role_id)role;
		if (!policy_is_role(p))
			continue;
		ATF_CHECK_EQ_MSG(run(r, SYS_socket, AF_INET, SOCK_STREAM, 0,
		    0), p->network ? 0 : SIGSYS,
		    "%s: socket", p->name);
		ATF_CHECK_EQ_MSG(run(r, SYS_connect, -1, 0, 0, 0),
		    p->network ? 0 : SIGSYS, "%s: connect", p->name);
		ATF_CHECK_EQ_MSG(run(r, SYS_openat, AT_FDCWD, 0, O_WRONLY |
		    O_CREAT, 0), p->root != POLICY_ROOT_EMPTY &&
		    r != ROLE_SHOWQ && r != ROLE_PICKUP ? 0 : SIGSYS,
		    "%s: create", p->name);
		ATF_CHECK_EQ_MSG(run(r, SYS_clone, SIGCHLD, 0, 0, 0),
		    /* tlskey has a process for each processor. */
		    p->kind == POLICY_SHARED && role != ROLE_TLSKEY ?
		    SIGSYS : 0, "%s: fork",
		    p->name);
	}
}

static const struct {
	const char	*label;
	long		 nr, a, b, c, d;
} allowed[] = {
	{ "getpid", SYS_getpid, 0, 0, 0, 0 },
	{ "memory", SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS },
	{ "upper half of an int is not looked at", SYS_mprotect, 0, 0,
	    (long)0x100000001, 0 },
	{ "sequenced pair", SYS_socketpair, AF_UNIX,
	    SOCK_SEQPACKET | SOCK_CLOEXEC, 0, 0 },
	{ "clone3 is answered", SYS_clone3, 0, 0, 0, 0 },
	{ "statx is answered", SYS_statx, 0, 0, 0, 0 },
	{ "restart_syscall", SYS_restart_syscall, 0, 0, 0, 0 },
};

/* Programs of users inherit from launcher; nobody runs as "user" for us. */
static bool
filter_is_loaded(unsigned role)
{
	return (role != ROLE_LAUNCHER && role != ROLE_USER);
}

ATF_TC_WITHOUT_HEAD(allowed_lives);
ATF_TC_BODY(allowed_lives, tc)
{
	unsigned role;
	size_t i;

	for (role = 0; role < ROLE_COUNT; role++) {
		if (!filter_is_loaded(role))
			continue;
		for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
			/* What is no role has no channels. */
			if (policy_table[role].kind == POLICY_COMMAND &&
			    allowed[i].nr == SYS_socketpair)
				continue;
			ATF_CHECK_EQ_MSG(run((enum role_id)role,
			    allowed[i].nr, allowed[i].a, allowed[i].b,
			    allowed[i].c, allowed[i].d), 0, "%s: %s",
			    policy_table[role].name, allowed[i].label);
		}
	}
}

/* The last words of a role that panics are SIGABRT, not SIGSYS. */
ATF_TC_WITHOUT_HEAD(abort_is_abort);
ATF_TC_BODY(abort_is_abort, tc)
{
	unsigned role;
	pid_t pid;

	for (role = 0; role < ROLE_COUNT; role++) {
		if (!filter_is_loaded(role))
			continue;
		pid = getpid();
		ATF_CHECK_EQ(run((enum role_id)role, SYS_tgkill, pid, pid,
		    SIGKILL, 0), SIGSYS);
		ATF_CHECK_EQ(run((enum role_id)role, SYS_tgkill, 0, 0,
		    SIGABRT, 0), 0);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, forbidden_kills);
	ATF_TP_ADD_TC(tp, by_kind);
	ATF_TP_ADD_TC(tp, allowed_lives);
	ATF_TP_ADD_TC(tp, abort_is_abort);
	return (atf_no_error());
}

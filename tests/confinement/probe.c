/* SPDX-License-Identifier: ISC */
/*
 * probe - stands in a role's place and tries what that role must not do.
 *
 * Started by the spawner's own code with the role's policy and filter, goes
 * through the role's own door, then does one act and tells what came of it.
 * A worker's act is done in a worker, after confine_worker().
 */
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <linux/capability.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/bundle.h"
#include "confine/confine.h"

#include "probe.h"

static int dirfd_outside = -1;	/* a leaked descriptor, for OPEN_DIRFD */

static int
try_connect(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return (fd < 0 ? -1 : connect(fd, (struct sockaddr *)&in, sizeof(in)));
}

static int
try_connect_abstract(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(sun.sun_path, "\0postern-probe", 14);
	return (fd < 0 ? -1 : connect(fd, (struct sockaddr *)&sun,
	    offsetof(struct sockaddr_un, sun_path) + 14));
}

static int
try_bind(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(2599) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0)
		return (-1);
	return (listen(fd, 1));
}

static int
try_exec(int memfd)
{
	char name[] = "x";
	char *argv[] = { name, NULL };
	int fd;

	if (!memfd)
		return (execve("/bin/true", argv, NULL));
	if ((fd = (int)syscall(SYS_memfd_create, "x", 0)) < 0)
		return (-1);
	return (fexecve(fd, argv, argv + 1));
}

static int
try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return (pid < 0 ? -1 : 0);
}

static int
try_thread(void)
{
	static char stack[16384];

	return ((int)syscall(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES |
	    CLONE_SIGHAND | CLONE_THREAD, stack + sizeof(stack), 0, 0, 0));
}

static int
try_exec_memory(int map)
{
	const size_t n = 4096;
	void *p;

	p = mmap(NULL, n, PROT_READ | PROT_WRITE | (map ? PROT_EXEC : 0),
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return (-1);
	return (map ? 0 : mprotect(p, n, PROT_READ | PROT_EXEC));
}

static int
try_vm_read(void)
{
	char buf[8];
	struct iovec here = { buf, sizeof(buf) }, there = { buf, 8 };

	return ((int)syscall(SYS_process_vm_readv, getppid(), &here, 1,
	    &there, 1, 0));
}

static int
try_capset(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { { ~0U, ~0U, ~0U },
		{ ~0U, ~0U, ~0U } };

	return ((int)syscall(SYS_capset, &h, d));
}

static int
try_nproc(void)
{
	const struct rlimit rl = { 100, 100 };

	return (setrlimit(RLIMIT_NPROC, &rl));
}

static int
try_chroot(void)
{
	return (chroot("/"));
}

#if defined(__x86_64__)
static int
try_int80(void)
{
	long r;

	/* 20 is getpid there: harmless, if only it is not reached */
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory");
	return (r == -ENOSYS ? (errno = ENOSYS, -1) : (int)r);
}
#endif

static int
do_act(enum probe_act act)
{
	struct { uint32_t n; int32_t type; char b[8]; } handle = { 8, 0, "" };
	static char params[128];

	switch (act) {
	case PROBE_ALIVE:
		return (0);
	case PROBE_OPEN_PASSWD:
		return (open("/etc/passwd", O_RDONLY));
	case PROBE_OPEN_CREATE:
		return (open("/probe", O_RDWR | O_CREAT, 0600));
	case PROBE_OPEN_FOREIGN:
		return (open("/saved/secret", O_RDONLY));
	case PROBE_OPEN_DIRFD:
		return (openat(dirfd_outside, "etc/passwd", O_RDONLY));
	case PROBE_SOCKET_INET6:
		return (socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
	case PROBE_SOCKET_NETLINK:
		return (socket(AF_NETLINK, SOCK_RAW, 0));
	case PROBE_SOCKET_PACKET:
		return (socket(AF_PACKET, SOCK_RAW, 0));
	case PROBE_CONNECT_LOOPBACK:
		return (try_connect());
	case PROBE_CONNECT_ABSTRACT:
		return (try_connect_abstract());
	case PROBE_BIND:
		return (try_bind());
	case PROBE_DGRAM_PAIR: {
		int sv[2];

		return (socketpair(AF_UNIX, SOCK_DGRAM, 0, sv));
	}
	case PROBE_EXEC:
		return (try_exec(0));
	case PROBE_EXEC_MEMFD:
		return (try_exec(1));
	case PROBE_FORK_WORKER:
		return (try_fork());
	case PROBE_THREAD:
		return (try_thread());
	case PROBE_KILL_MASTER:
		return (kill(getppid(), 0));
	case PROBE_KILL_ALL:
		return (kill(-1, 0));
	case PROBE_PTRACE:
		return ((int)ptrace(PTRACE_SEIZE, getppid(), 0, 0));
	case PROBE_VM_READ:
		return (try_vm_read());
	case PROBE_PIDFD:
		return ((int)syscall(SYS_pidfd_open, getppid(), 0));
	case PROBE_MPROTECT_EXEC:
		return (try_exec_memory(0));
	case PROBE_MMAP_EXEC:
		return (try_exec_memory(1));
	case PROBE_SETUID:
		return (setresuid(0, 0, 0));
	case PROBE_SETGROUPS: {
		const gid_t root = 0;

		return (setgroups(1, &root));
	}
	case PROBE_CAPSET:
		return (try_capset());
	case PROBE_CHROOT:
		return (try_chroot());
	case PROBE_MOUNT:
		return (mount("none", "/", "tmpfs", 0, NULL));
	case PROBE_UNSHARE:
		return (unshare(CLONE_NEWUSER));
	case PROBE_SETNS:
		return (setns(0, 0));
	case PROBE_IO_URING:
		return ((int)syscall(SYS_io_uring_setup, 1, params));
	case PROBE_BPF:
		return ((int)syscall(SYS_bpf, 0, params, sizeof(params)));
	case PROBE_PERF:
		return ((int)syscall(SYS_perf_event_open, params, 0, -1, -1,
		    0));
	case PROBE_USERFAULTFD:
		return ((int)syscall(SYS_userfaultfd, 1));
	case PROBE_KEYCTL:
		return ((int)syscall(SYS_keyctl, 0, -3, 0));
	case PROBE_PERSONALITY:
		return ((int)syscall(SYS_personality, 0x0040000));
	case PROBE_DUMPABLE:
		return (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
	case PROBE_NPROC:
		return (try_nproc());
	case PROBE_HANDLE:
		return ((int)syscall(SYS_open_by_handle_at, 0, &handle, 0));
	case PROBE_MKNOD:
		return (mknod("/dev-probe", S_IFCHR | 0600, 0x103));
	case PROBE_REBOOT:
		return (reboot(RB_DISABLE_CAD));
#if defined(__x86_64__)
	case PROBE_INT80:
		return (try_int80());
	case PROBE_X32:
		return ((int)syscall(0x40000000 | SYS_getpid));
#else
	case PROBE_INT80:
	case PROBE_X32:
		errno = ENOSYS;
		return (-1);
#endif
	case PROBE_COUNT:
	default:
		errno = EINVAL;
		return (-1);
	}
}

static void
act_and_tell(int channel, enum probe_act act)
{
	struct probe_result r = { 0, 0 };

	errno = 0;
	r.worked = do_act(act) >= 0;
	r.error = errno;
	(void)!write(channel, &r, sizeof(r));
	_exit(0);
}

/* Session and message roles act in a worker, as the parser does. */
static void
in_worker(int channel, enum probe_act act)
{
	const pid_t supervisor = getpid();
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		confine_worker(supervisor);
		act_and_tell(channel, act);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		_exit(1);
	/* How it ended, as a shell would say it. */
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status));
}

int
main(void)
{
	const struct bundle *b = bundle_load();
	const struct policy *p = &policy_table[b->role];
	const struct bundle_item *channel, *root, *outside;
	struct confined confined;

	channel = bundle_find(b, BUNDLE_PROBE, NULL);
	root = bundle_find(b, BUNDLE_ROOT, NULL);
	outside = bundle_find(b, BUNDLE_FILE, "outside");
	must(channel != NULL && root != NULL && outside != NULL);
	dirfd_outside = outside->fd;
	confine_enter(p, policy_filters[b->role], root->fd, &confined);
	if (p->kind == POLICY_SESSION || p->kind == POLICY_MESSAGE)
		in_worker(channel->fd, (enum probe_act)b->verbose);
	if (b->role == ROLE_TLSKEY)
		confine_childless();	/* all of its processes are there */
	act_and_tell(channel->fd, (enum probe_act)b->verbose);
}

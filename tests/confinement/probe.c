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
try_ptrace(void)
{
	return ((int)ptrace(PTRACE_SEIZE, getppid(), 0, 0));
}

static int
try_kill_master(void)
{
	return (kill(getppid(), 0));
}

static int
try_pidfd(void)
{
	return ((int)syscall(SYS_pidfd_open, getppid(), 0));
}

static int
try_dgram_pair(void)
{
	int sv[2];

	return (socketpair(AF_UNIX, SOCK_DGRAM, 0, sv));
}

static int
try_open_outside(void)
{
	return (openat(dirfd_outside, "etc/passwd", O_RDONLY));
}

static int
try_exec_file(void)
{
	return (try_exec(0));
}

static int
try_exec_memfd(void)
{
	return (try_exec(1));
}

static int
try_mprotect_exec(void)
{
	return (try_exec_memory(0));
}

static int
try_mmap_exec(void)
{
	return (try_exec_memory(1));
}

static int
try_reboot(void)
{
	return (reboot(RB_DISABLE_CAD));
}

static int
nothing(void)
{
	return (0);
}

#if !defined(__x86_64__)
static int
try_int80(void)
{
	errno = ENOSYS;
	return (-1);
}
#define __X32_SYSCALL_BIT	0x40000000
#endif

static char params[128];
static struct { uint32_t n; int32_t type; char b[8]; } handle = { 8, 0, "" };
static const gid_t root_group = 0;

#define P(pointer)	(long)(pointer)

/* A function, or a system call with its arguments. */
/* clang-format off */
static const struct {
	int	(*fn)(void);
	long	 nr, arg[5];
} acts[PROBE_COUNT] = {
	[PROBE_ALIVE] = { .fn = nothing },
	[PROBE_OPEN_PASSWD] = { NULL, SYS_openat, { AT_FDCWD,
	    P("/etc/passwd"), O_RDONLY } },
	[PROBE_OPEN_CREATE] = { NULL, SYS_openat, { AT_FDCWD, P("/probe"),
	    O_RDWR | O_CREAT, 0600 } },
	[PROBE_OPEN_FOREIGN] = { NULL, SYS_openat, { AT_FDCWD,
	    P("/saved/secret"), O_RDONLY } },
	[PROBE_OPEN_DIRFD] = { .fn = try_open_outside },
	[PROBE_SOCKET_INET6] = { NULL, SYS_socket, { AF_INET6, SOCK_RAW,
	    IPPROTO_ICMPV6 } },
	[PROBE_SOCKET_NETLINK] = { NULL, SYS_socket, { AF_NETLINK, SOCK_RAW } },
	[PROBE_SOCKET_PACKET] = { NULL, SYS_socket, { AF_PACKET, SOCK_RAW } },
	[PROBE_CONNECT_LOOPBACK] = { .fn = try_connect },
	[PROBE_CONNECT_ABSTRACT] = { .fn = try_connect_abstract },
	[PROBE_BIND] = { .fn = try_bind },
	[PROBE_DGRAM_PAIR] = { .fn = try_dgram_pair },
	[PROBE_EXEC] = { .fn = try_exec_file },
	[PROBE_EXEC_MEMFD] = { .fn = try_exec_memfd },
	[PROBE_FORK_WORKER] = { .fn = try_fork },
	[PROBE_THREAD] = { .fn = try_thread },
	[PROBE_KILL_MASTER] = { .fn = try_kill_master },
	[PROBE_KILL_ALL] = { NULL, SYS_kill, { -1, 0 } },
	[PROBE_PTRACE] = { .fn = try_ptrace },
	[PROBE_VM_READ] = { .fn = try_vm_read },
	[PROBE_PIDFD] = { .fn = try_pidfd },
	[PROBE_MPROTECT_EXEC] = { .fn = try_mprotect_exec },
	[PROBE_MMAP_EXEC] = { .fn = try_mmap_exec },
	[PROBE_SETUID] = { NULL, SYS_setresuid, { 0, 0, 0 } },
	[PROBE_SETGROUPS] = { NULL, SYS_setgroups, { 1, P(&root_group) } },
	[PROBE_CAPSET] = { .fn = try_capset },
	[PROBE_CHROOT] = { .fn = try_chroot },
	[PROBE_MOUNT] = { NULL, SYS_mount, { P("none"), P("/"),
	    P("tmpfs") } },
	[PROBE_UNSHARE] = { NULL, SYS_unshare, { CLONE_NEWUSER } },
	[PROBE_SETNS] = { NULL, SYS_setns, { 0, 0 } },
	[PROBE_IO_URING] = { NULL, SYS_io_uring_setup, { 1, P(params) } },
	[PROBE_BPF] = { NULL, SYS_bpf, { 0, P(params), sizeof(params) } },
	[PROBE_PERF] = { NULL, SYS_perf_event_open, { P(params), 0, -1, -1 } },
	[PROBE_USERFAULTFD] = { NULL, SYS_userfaultfd, { 1 } },
	[PROBE_KEYCTL] = { NULL, SYS_keyctl, { 0, -3 } },
	[PROBE_PERSONALITY] = { NULL, SYS_personality, { 0x0040000 } },
	[PROBE_DUMPABLE] = { NULL, SYS_prctl, { PR_SET_DUMPABLE, 1 } },
	[PROBE_NPROC] = { .fn = try_nproc },
	[PROBE_HANDLE] = { NULL, SYS_open_by_handle_at, { 0, P(&handle) } },
	[PROBE_MKNOD] = { NULL, SYS_mknodat, { AT_FDCWD, P("/dev-probe"),
	    S_IFCHR | 0600, 0x103 } },
	[PROBE_REBOOT] = { .fn = try_reboot },
	[PROBE_INT80] = { .fn = try_int80 },
	[PROBE_X32] = { NULL, __X32_SYSCALL_BIT | SYS_getpid, { 0 } },
};
/* clang-format on */

static int
do_act(enum probe_act act)
{
	const long *a = acts[act].arg;

	if (acts[act].fn != NULL)
		return (acts[act].fn());
	must(acts[act].nr != 0);
	return ((int)syscall(acts[act].nr, a[0], a[1], a[2], a[3], a[4]));
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

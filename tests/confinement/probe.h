/* SPDX-License-Identifier: ISC */
/* probe - what a confined process is told to try, by number. */
#ifndef POSTERN_PROBE_H
#define POSTERN_PROBE_H

/*
 * ACT(name, words): the program tries it; the kernel must refuse it, with an
 * error or with death by the filter. ALIVE is the control: it must work.
 */
#define PROBE_ACTS(ACT)							\
	ACT(ALIVE, "write to its channel")				\
	ACT(OPEN_PASSWD, "open /etc/passwd")				\
	ACT(OPEN_CREATE, "create a file in its root")			\
	ACT(OPEN_FOREIGN, "open a file of the queue that is not its own")\
	ACT(OPEN_DIRFD, "climb out by a directory descriptor")		\
	ACT(SOCKET_INET6, "make a raw socket")				\
	ACT(SOCKET_NETLINK, "make a netlink socket")			\
	ACT(SOCKET_PACKET, "make a packet socket")			\
	ACT(CONNECT_LOOPBACK, "connect to 127.0.0.1 port 9")		\
	ACT(CONNECT_ABSTRACT, "connect to an abstract UNIX socket")	\
	ACT(BIND, "bind and listen on a port")				\
	ACT(DGRAM_PAIR, "make a datagram pair, to send to a path")	\
	ACT(EXEC, "execute a program")					\
	ACT(EXEC_MEMFD, "execute a memfd")				\
	ACT(FORK_WORKER, "fork, being a worker")			\
	ACT(THREAD, "make a thread")					\
	ACT(KILL_MASTER, "signal its parent")				\
	ACT(KILL_ALL, "signal everybody")				\
	ACT(PTRACE, "trace its parent")					\
	ACT(VM_READ, "read its parent's memory")			\
	ACT(PIDFD, "open its parent as a pidfd")			\
	ACT(MPROTECT_EXEC, "make memory executable")			\
	ACT(MMAP_EXEC, "map executable memory")				\
	ACT(SETUID, "become uid 0")					\
	ACT(SETGROUPS, "take group 0")					\
	ACT(CAPSET, "take a capability")				\
	ACT(CHROOT, "change its root")					\
	ACT(MOUNT, "mount")						\
	ACT(UNSHARE, "make a user namespace")				\
	ACT(SETNS, "enter another namespace")				\
	ACT(IO_URING, "make an io_uring")				\
	ACT(BPF, "load a BPF program")					\
	ACT(PERF, "open a performance counter")				\
	ACT(USERFAULTFD, "make a userfaultfd")				\
	ACT(KEYCTL, "read a kernel key")				\
	ACT(PERSONALITY, "change its personality")			\
	ACT(DUMPABLE, "become dumpable")				\
	ACT(NPROC, "raise its process limit, being a worker")		\
	ACT(HANDLE, "open a file by handle")				\
	ACT(MKNOD, "make a device")					\
	ACT(REBOOT, "restart the machine")				\
	ACT(INT80, "call the kernel by the 32 bit entry")		\
	ACT(X32, "call the kernel by the x32 entry")

enum probe_act {
#define PROBE_ID(name, words)	PROBE_##name,
	PROBE_ACTS(PROBE_ID)
#undef PROBE_ID
	PROBE_COUNT
};

/* What came of it, unless the filter has killed the process. */
struct probe_result {
	int	worked;		/* the forbidden thing was done */
	int	error;		/* errno, if it was not */
};

#endif

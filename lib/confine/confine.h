/* SPDX-License-Identifier: ISC */
/*
 * confine - the one door between a process and its privileges.
 *
 * Two halves, in this order and no other. confine_child() runs in the child
 * of a spawner (master, warden) and ends in the role's binary; confine_enter()
 * is the first thing that binary does. Each step is checked and its effect
 * tried; whatever goes wrong ends the process.
 */
#ifndef POSTERN_CONFINE_H
#define POSTERN_CONFINE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "policy/policy.h"

/* Who a role is on this host; found by ids_load(). */
struct ids {
	uid_t	uid;
	gid_t	gid;
	gid_t	groups[8];
	size_t	ngroups;
};

/*
 * Look the users and groups of every role up in /etc/passwd and /etc/group
 * (the files, no NSS). ids has ROLE_COUNT members. 0, or -1 with *missing
 * naming the first user or group that is not there.
 */
int	ids_load(struct ids *ids, const char **missing)
	    __attribute__((warn_unused_result));

/*
 * In a forked child: make fds[i] the descriptor CONFINE_FD0 + i, close all
 * others, and let 0 to 2 be /dev/null. fatal() if that cannot be done.
 */
void	confine_fds(const int *fds, size_t nfds);

/* In a forked child: each signal as it is by default, none blocked. */
void	confine_signals(void);

/*
 * For launcher(8): keep just the capabilities of the policy. The bounding set
 * stays, and no filter is loaded: both would be its children's for ever, and
 * these become programs of users. A child loses all with its uid 0.
 */
void	confine_caps(const struct policy *p);

/*
 * In a child of a privileged process that has one thread: confine_fds(), new
 * session, rlimits of the policy, groups and ids, NO_NEW_PRIVS, CAP_SYS_CHROOT
 * alone as the ambient set, then execve(path, argv, empty environment). Never
 * returns.
 */
#define CONFINE_FD0	3
#define CONFINE_FDS_MAX	252
_Noreturn void confine_child(const struct policy *p, const struct ids *id,
	    const int *fds, size_t nfds, const char *path, char *const argv[]);

/* What confine_enter() achieved, for the status. */
struct confined {
	int	landlock_abi;		/* 0: this kernel has none */
};

/*
 * Go into the room: chroot to rootfd (an O_PATH descriptor, closed here), all
 * capability sets empty, dumpable off, die with the parent, no new
 * privileges, Landlock, tests that the way back is closed, then the filter.
 * Landlock may be missing only if the policy says that layer is optional.
 */
void	confine_enter(const struct policy *p, const struct policy_filter *f,
	    int rootfd, struct confined *out);

/*
 * For master and warden: keep just the capabilities of the policy in all but
 * the ambient set, lock the securebits, load the filter.
 */
void	confine_privileged(const struct policy *p,
	    const struct policy_filter *f);

/*
 * For mda(8), which acts as a user: no new privileges, Landlock (where the
 * kernel has it) that leaves nothing but these rights at and below these
 * directories, the filter. What is open stays usable.
 */
struct confine_right {
	int		fd;
	uint64_t	access;		/* POLICY_FS_* */
};
void	confine_writer(const struct confine_right *r, size_t n,
	    const struct policy_filter *f);

/* No more children, ever (RLIMIT_NPROC 0). */
void	confine_childless(void);

/* In a worker: the same, and it dies with its parent. */
void	confine_worker(pid_t supervisor);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * launch_order - what warrant(8) tells launcher(8).
 *
 * Fixed layout, both ends of one build, over a SEQPACKET pair whose sending
 * end master(8) gives to warrant alone; the kernel's credentials say so too.
 * With it travel descriptors, in this order: the task and the message (or, of
 * spawn, the client), for mda(8), and the socket on which mda answers; the
 * socket on which launcher tells the end; with LAUNCH_CHROOT the directory.
 */
#ifndef POSTERN_LAUNCH_ORDER_H
#define POSTERN_LAUNCH_ORDER_H

#include <stdint.h>

#define LAUNCH_CHROOT		0x1
#define LAUNCH_TIME_MAX		2000000		/* seconds */
#define LAUNCH_FDS		4		/* and one with LAUNCH_CHROOT */

struct launch_order {
	uint32_t	uid;
	uint32_t	gid;
	uint32_t	group;		/* one more; 0: none */
	uint32_t	flags;
	uint32_t	time_limit;	/* seconds; then the group is killed */
};

struct launch_report {
	int32_t		error;		/* errno: it was not started */
	int32_t		status;		/* as from waitpid(2) */
};

/* mda's descriptors. */
#define MDA_TASK_FD	3
#define MDA_MESSAGE_FD	4
#define MDA_ANSWER_FD	5

#endif

/* SPDX-License-Identifier: ISC */
/*
 * order - what master(8) tells a spawner, and what it hears back.
 *
 * Fixed layout, both ends of one build, over a SEQPACKET pair that only the
 * two hold. An order names a role; user, limits and binary are looked up by
 * the spawner in its own tables. The bundle's descriptors travel with it.
 */
#ifndef POSTERN_ORDER_H
#define POSTERN_ORDER_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "confine/confine.h"

enum order_op {
	ORDER_START = 1,	/* fds: the bundle and its items */
	ORDER_KILL		/* pid: one that this spawner started */
};

struct order {
	uint32_t	op;
	uint32_t	serial;		/* master's name for the process */
	uint32_t	role;
	int32_t		pid;
};

enum report_op {
	REPORT_STARTED = 1,	/* serial, pid */
	REPORT_FAILED,		/* serial, status: errno of fork(2) */
	REPORT_ENDED		/* pid, status as from waitpid(2) */
};

struct report {
	uint32_t	op;
	uint32_t	serial;
	int32_t		pid;
	int32_t		status;
};

/*
 * Fork and become the role: confine_child() with the binary of that role in
 * "libexec". The pid, or -1 with errno. In spawn.c, for both spawners.
 */
pid_t	spawn_role(enum role_id role, const struct ids *ids,
	    const char *libexec, const int *fds, size_t nfds);

#endif

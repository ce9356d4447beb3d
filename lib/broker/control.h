/* SPDX-License-Identifier: ISC */
/*
 * control - the few words between master(8) and a role.
 *
 * SEQPACKET, one struct a message, both ends of one build. master's end
 * closing means: end at once.
 */
#ifndef POSTERN_CONTROL_H
#define POSTERN_CONTROL_H

#include <stdint.h>

enum control_word {
	/* role to master */
	CONTROL_READY = 1,	/* value: Landlock ABI in force */
	CONTROL_USED_UP,	/* max_use sessions: start another one */
	CONTROL_WORKER_DIED,	/* pid, value: wait status */
	CONTROL_BUSY,		/* all processes of the limit are in use */
	CONTROL_CONNECT,	/* dial: pid: its number for it; value: which
				   of dial_endpoints, from 0 */
	/* master to role */
	CONTROL_DRAIN,		/* take nothing new, finish, end */
	CONTROL_WAKEUP,		/* the wakeup time has passed */
	CONTROL_CONNECTED	/* pid: the number; value: errno, or 0 and the
				   descriptor travels with it */
};

struct control {
	uint32_t	word;
	int32_t		pid;
	uint32_t	value;
};

#endif

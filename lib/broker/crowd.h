/* SPDX-License-Identifier: ISC */
/*
 * crowd - how many workers each user of the host keeps busy.
 *
 * The supervisor writes the numbers, workers read them before they take a
 * user in: so that nobody keeps all of them and others from the service. A
 * number may be behind by the few workers that are ready and have not told
 * yet. Shared memory; a worker that was taken over could lie to others about
 * it, and deny or give them what a user may have, no more.
 */
#ifndef POSTERN_CROWD_H
#define POSTERN_CROWD_H

#include <sys/types.h>

#include <stdbool.h>

/* Before the door is closed, in a role that users reach; else nothing is. */
void	crowd_open(void);

/* In the supervisor. */
void	crowd_enter(uid_t uid);
void	crowd_leave(uid_t uid);

/* In a worker: make a mistake in it impossible; look. */
void	crowd_read_only(void);
unsigned crowd_of(uid_t uid);

#endif

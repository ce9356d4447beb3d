/* SPDX-License-Identifier: ISC */
/* role_in - what the files of the skeleton share; private to lib/broker. */
#ifndef POSTERN_ROLE_IN_H
#define POSTERN_ROLE_IN_H

#include <stdbool.h>
#include <stdint.h>

#include "control.h"
#include "role.h"

extern const struct bundle *role_given;	/* the bundle */
extern bool role_in_loop;		/* shared role: never block */
extern bool role_plain;			/* no channels at UNIX sockets */

/*
 * serve.c: take one client off a ready descriptor of the bundle. SERVE_ENDED:
 * nobody has the other end any more, do not wait on this one again.
 */
enum served {
	SERVE_NONE,
	SERVE_CLIENT,
	SERVE_ENDED
};
enum served serve_take(const struct bundle_item *item, struct session *s);
/* The descriptors on which clients come: calls fn for each of them. */
void	serve_each(void (*fn)(const struct bundle_item *, void *), void *arg);

/* control.c */
int	control_fd(void);
/* In a child: this is its control channel, its parent speaks as master. */
void	control_move(int fd);
void	control_tell(enum control_word word, pid_t pid, uint32_t value);
/*
 * One word from master, with the descriptor that came along, or -1; ends the
 * process if master is gone.
 */
bool	control_hear(struct control *c, int *fd);

/* The two lives of a role behind the door; they do not return. */
_Noreturn void supervise(const struct role *role);
_Noreturn void share(const struct role *role);

#endif

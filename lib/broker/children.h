/* SPDX-License-Identifier: ISC */
/* children - the end of a child as something to wait for with poll(2). */
#ifndef POSTERN_CHILDREN_H
#define POSTERN_CHILDREN_H

/* Block SIGCHLD; a descriptor, ready once a child has ended. */
int	children_watch(void);

/* Take what has come; then waitpid(2) until there is none. */
void	children_heard(int fd);

#endif

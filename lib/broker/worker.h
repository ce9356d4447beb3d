/* SPDX-License-Identifier: ISC */
/*
 * worker - processes that are cheap to make.
 *
 * What a fork costs is page tables: those that are copied, those that are
 * filled again page by page, and those that are given back. So all that a
 * worker touches lies close together, its code needs no page table of its
 * own, the pages that it will write are there in one call, and what is the
 * supervisor's alone it does not inherit.
 */
#ifndef POSTERN_WORKER_H
#define POSTERN_WORKER_H

#include <sys/types.h>

/* In a supervisor, before the door is closed: move the code, make room. */
void	worker_lay_out(void);

/* "n" zeroed bytes that no worker inherits. */
void	*worker_hidden(size_t n);

/*
 * A child that runs "run" on a stack of its own and must not return from it.
 * It does not have the stack of its parent: nothing there may be pointed to.
 * Its pid, or -1 with errno as from fork(2).
 */
pid_t	worker_start(void (*run)(void));

#endif

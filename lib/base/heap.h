/* SPDX-License-Identifier: ISC */
/* heap - how malloc(3) is to behave in a process that forks workers. */
#ifndef POSTERN_HEAP_H
#define POSTERN_HEAP_H

#include <stddef.h>

/*
 * One heap that grows in large steps and is not given back and taken again:
 * in a worker of one session each new page is a fault.
 */
void	heap_tune(void);

/*
 * Take all the holes that are in the heap, for good: what is allocated from
 * now on, here or in a child, is fresh memory behind all that there is.
 */
void	heap_fill_holes(void);

/*
 * In a parent, behind heap_fill_holes(): "n" bytes of that fresh memory will
 * be made ready in its children.
 */
void	heap_mark_fresh(size_t n);

/*
 * In a child, before it allocates: these "n" bytes get their pages at once,
 * not in a fault each. Where the kernel is too old for it (5.14), nothing
 * happens.
 */
void	heap_ready(size_t n);

#endif

/* SPDX-License-Identifier: ISC */
/* heap - how malloc(3) is to behave in a process that forks workers. */
#include <sys/mman.h>

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "heap.h"

#define PAGE		((size_t)4096)
#define HOLE_MAX	((size_t)64 * 1024)	/* less than malloc(3) maps apart */
#define HOLE_STEP	((size_t)16)

void
heap_tune(void)
{
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_TOP_PAD, 256 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 16 * 1024 * 1024);
	(void)mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
}

/*
 * Is there a hole of this size? Then it is taken. A small piece that did not
 * come out of a hole would make one if it were given back.
 */
static bool
fill_hole(size_t size)
{
	size_t end = mallinfo2().keepcost;
	void *p = malloc(size);

	if (p != NULL && mallinfo2().keepcost == end)
		return (true);
	if (size >= PAGE)
		free(p);
	return (false);
}

void
heap_fill_holes(void)
{
	size_t size;

	/* Another malloc(3), as a sanitizer's, does not say. */
	if (mallinfo2().keepcost == 0)
		return;
	for (size = HOLE_MAX; size >= PAGE; size /= 2)
		while (fill_hole(size))
			;
	for (; size > 0; size -= HOLE_STEP)
		while (fill_hole(size))
			;
}

static char *fresh;		/* the first page of the memory behind all */

void
heap_mark_fresh(size_t n)
{
	char *p = malloc(n + PAGE);

	if (p != NULL)
		fresh = p - ((uintptr_t)p & (PAGE - 1));
	free(p);
}

void
heap_ready(size_t n)
{
	if (fresh != NULL)
		(void)madvise(fresh, n, MADV_POPULATE_WRITE);
}

/* SPDX-License-Identifier: ISC */
/*
 * arena - a chain of blocks, handed out from the front of the newest.
 *
 * What was handed out is counted against the limit as rounded up to the
 * alignment, so that many empty strings are not free. Under the address
 * sanitizer the space between two pieces is poisoned.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "log.h"
#include "num.h"
#include "xalloc.h"

#ifdef POSTERN_ASAN
#include <sanitizer/asan_interface.h>
#define REDZONE		16
#define poison(p, n)	ASAN_POISON_MEMORY_REGION(p, n)
#define unpoison(p, n)	ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define REDZONE		0
#define poison(p, n)	((void)(p), (void)(n))
#define unpoison(p, n)	((void)(p), (void)(n))
#endif

#define ALIGN		_Alignof(max_align_t)
#define BLOCK_FIRST	((size_t)4096)
#define BLOCK_MAX	((size_t)256 * 1024)

struct block {
	struct block	*next;		/* the one that was filled before */
	size_t		 size;
	size_t		 used;
	_Alignas(max_align_t) char data[];
};

struct arena {
	struct block	*top;
	size_t		 limit;
	size_t		 used;
};

static struct block *
block_new(struct arena *a, size_t need)
{
	size_t size = BLOCK_FIRST;
	struct block *b;

	if (a->top != NULL && (size = a->top->size) < BLOCK_MAX)
		size *= 2;
	if (size < need)
		size = need;
	b = malloc(size_add(sizeof(*b), size));
	if (b == NULL)
		fatal("out of memory: arena block of %zu bytes", size);
	b->next = a->top;
	b->size = size;
	b->used = 0;
	poison(b->data, size);
	a->top = b;
	return (b);
}

static void
block_free(struct block *b)
{
	unpoison(b->data, b->size);
	free(b);
}

/* Free all blocks in front of "keep". */
static void
blocks_free(struct arena *a, const struct block *keep)
{
	struct block *b;

	while ((b = a->top) != keep) {
		a->top = b->next;
		block_free(b);
	}
}

struct arena *
arena_new(size_t limit)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	a->limit = limit;
	return (a);
}

void
arena_free(struct arena **ap)
{
	if (*ap == NULL)
		return;
	blocks_free(*ap, NULL);
	xfree(ap);
}

void
arena_reset(struct arena *a)
{
	struct block *first = a->top;

	while (first != NULL && first->next != NULL)
		first = first->next;
	blocks_free(a, first);
	if (first != NULL) {
		first->used = 0;
		poison(first->data, first->size);
	}
	a->used = 0;
}

size_t
arena_used(const struct arena *a)
{
	return (a->used);
}

void *
arena_room(struct arena *a, size_t n)
{
	struct block *b = a->top;
	size_t size;
	char *p;

	size = size_add(n == 0 ? 1 : n, ALIGN - 1) & ~(ALIGN - 1);
	if (a->limit != 0 && size > a->limit - a->used)
		fatal("arena limit of %zu bytes exceeded (%zu used, %zu more)",
		    a->limit, a->used, n);
	if (b == NULL || b->size - b->used < size_add(size, REDZONE))
		b = block_new(a, size_add(size, REDZONE));
	p = b->data + b->used;
	b->used += size + REDZONE;
	a->used += size;
	unpoison(p, n);
	return (p);
}

void *
arena_get(struct arena *a, size_t n)
{
	return (memset(arena_room(a, n), 0, n));
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	return (arena_get(a, size_mul(n, size)));
}

char *
arena_str(struct arena *a, const char *s)
{
	return (arena_strn(a, s, strlen(s)));
}

char *
arena_strn(struct arena *a, const char *p, size_t n)
{
	char *copy = arena_room(a, size_add(n, 1));

	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return (copy);
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return (p);
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	size_t size;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		panic("arena_vprintf: cannot print \"%s\"", fmt);
	size = (size_t)n + 1;
	p = arena_get(a, size);
	(void)vsnprintf(p, size, fmt, ap);
	return (p);
}

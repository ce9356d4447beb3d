/* SPDX-License-Identifier: ISC */
/*
 * arena - memory that lives as long as a transaction, a session or a reload.
 *
 * Nothing inside an arena is freed singly. Allocation does not fail softly:
 * past the arena's limit, or without memory, the process ends with fatal().
 */
#ifndef POSTERN_ARENA_H
#define POSTERN_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* Make an arena that will hold at most "limit" bytes (0: no limit of ours). */
struct arena	*arena_new(size_t limit);

/* Give everything back and set *ap to NULL; NULL is allowed. */
void		 arena_free(struct arena **ap);

/* Forget the content, keep the first block for the next use. */
void		 arena_reset(struct arena *a);

/*
 * Bytes handed out since arena_new() or arena_reset(), each piece rounded up
 * to the alignment; this is what the limit counts.
 */
size_t		 arena_used(const struct arena *a);

/* "n" zeroed bytes, aligned for any type. */
void		*arena_get(struct arena *a, size_t n);

/* The same with whatever was there before: for buffers, whose use is a cost. */
void		*arena_room(struct arena *a, size_t n);

/* "n" members of "size" zeroed bytes; the product is checked. */
void		*arena_array(struct arena *a, size_t n, size_t size);

/* Copies that live in the arena, with a NUL behind them. */
char		*arena_str(struct arena *a, const char *s);
char		*arena_strn(struct arena *a, const char *p, size_t n);
char		*arena_printf(struct arena *a, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
char		*arena_vprintf(struct arena *a, const char *fmt, va_list ap)
		    __attribute__((format(printf, 2, 0)));

#endif

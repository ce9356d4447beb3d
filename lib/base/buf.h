/* SPDX-License-Identifier: ISC */
/*
 * buf - the only thing that grows. Every buffer is born with a maximum.
 *
 * There is always a NUL behind the content, so that buf_str() is cheap; the
 * content itself may hold NULs. Nothing may keep a pointer into a buffer over
 * a call that can grow it.
 */
#ifndef POSTERN_BUF_H
#define POSTERN_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "view.h"

struct buf {
	char	*p;		/* content, NUL behind it; never NULL */
	size_t	 n;		/* bytes of content */
	size_t	 cap;		/* private */
	size_t	 max;		/* content never exceeds this */
};

/* Start empty; the content will never exceed "max" bytes. No allocation. */
void	 buf_init(struct buf *b, size_t max);
/* Give the memory back; the buffer is empty and usable again. */
void	 buf_fini(struct buf *b);
/* Forget the content, keep the memory. */
void	 buf_reset(struct buf *b);

/* Append; 0, or -1 with nothing appended if the maximum would be exceeded. */
int	 buf_put(struct buf *b, const void *p, size_t n)
	    __attribute__((warn_unused_result));
int	 buf_puts(struct buf *b, const char *s)
	    __attribute__((warn_unused_result));
int	 buf_putc(struct buf *b, int c) __attribute__((warn_unused_result));
int	 buf_printf(struct buf *b, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3), warn_unused_result));
int	 buf_vprintf(struct buf *b, const char *fmt, va_list ap)
	    __attribute__((format(printf, 2, 0), warn_unused_result));

/* The same for content that is ours and must fit: panic() if it does not. */
void	 buf_xput(struct buf *b, const void *p, size_t n);
void	 buf_xputs(struct buf *b, const char *s);
void	 buf_xprintf(struct buf *b, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Room for at least "n" more bytes behind the content, to be filled by read(2)
 * and friends and then claimed with buf_add(). NULL if "n" more would exceed
 * the maximum.
 */
char	*buf_room(struct buf *b, size_t n);
void	 buf_add(struct buf *b, size_t n);

/* Drop "n" bytes at the front; the rest moves down. */
void	 buf_drop(struct buf *b, size_t n);
/* Cut the content to "n" bytes; "n" must not exceed the content. */
void	 buf_cut(struct buf *b, size_t n);

static inline struct view
buf_view(const struct buf *b)
{
	return ((struct view){ b->p, b->n });
}

/* The content as a string; must hold no NUL of its own (panic otherwise). */
const char *buf_str(const struct buf *b);

#endif

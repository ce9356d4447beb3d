/* SPDX-License-Identifier: ISC */
/*
 * buf - bytes that grow up to a maximum that was set at birth.
 *
 * cap counts the bytes of content that fit without growing; the allocation
 * is one byte larger, for the NUL. With cap 0 there is no allocation and p
 * points to a NUL that all empty buffers share and nobody writes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"
#include "num.h"
#include "xalloc.h"

#define BUF_FIRST	((size_t)64)

static char empty[1];

void
buf_init(struct buf *b, size_t max)
{
	must(max < SIZE_MAX);
	*b = (struct buf){ .p = empty, .max = max };
}

void
buf_fini(struct buf *b)
{
	if (b->cap > 0)
		free(b->p);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	if (b->cap > 0)
		b->p[0] = '\0';
}

char *
buf_room(struct buf *b, size_t n)
{
	size_t cap;

	if (n > b->max - b->n)
		return (NULL);
	if (n > b->cap - b->n) {
		cap = b->cap > b->max / 2 ? b->max : b->cap * 2;
		if (cap < BUF_FIRST)
			cap = BUF_FIRST;
		if (cap < b->n + n)
			cap = b->n + n;
		if (cap > b->max)
			cap = b->max;
		b->p = xrealloc(b->cap > 0 ? b->p : NULL, cap + 1, 1);
		b->cap = cap;
		b->p[b->n] = '\0';
	}
	return (b->p + b->n);
}

void
buf_add(struct buf *b, size_t n)
{
	must(n <= b->cap - b->n);
	b->n += n;
	if (b->cap > 0)
		b->p[b->n] = '\0';
}

int
buf_put(struct buf *b, const void *p, size_t n)
{
	char *room;

	/* Growing may move the content: our own bytes are no source. */
	must(n == 0 || (uintptr_t)p - (uintptr_t)b->p > b->cap);
	if ((room = buf_room(b, n)) == NULL)
		return (-1);
	if (n > 0)
		memcpy(room, p, n);
	buf_add(b, n);
	return (0);
}

int
buf_puts(struct buf *b, const char *s)
{
	return (buf_put(b, s, strlen(s)));
}

int
buf_putc(struct buf *b, int c)
{
	char byte = (char)c;

	return (buf_put(b, &byte, 1));
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return (rc);
}

int
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char *room;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || (room = buf_room(b, (size_t)n)) == NULL)
		return (-1);
	if (n > 0)
		(void)vsnprintf(room, (size_t)n + 1, fmt, ap);
	buf_add(b, (size_t)n);
	return (0);
}

void
buf_xput(struct buf *b, const void *p, size_t n)
{
	if (buf_put(b, p, n) == -1)
		panic("buf_xput: %zu bytes more than the maximum of %zu",
		    n, b->max);
}

void
buf_xputs(struct buf *b, const char *s)
{
	buf_xput(b, s, strlen(s));
}

void
buf_xprintf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = buf_vprintf(b, fmt, ap);
	va_end(ap);
	if (rc == -1)
		panic("buf_xprintf: \"%s\" exceeds the maximum of %zu", fmt,
		    b->max);
}

void
buf_drop(struct buf *b, size_t n)
{
	must(n <= b->n);
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	buf_cut(b, b->n - n);
}

void
buf_cut(struct buf *b, size_t n)
{
	must(n <= b->n);
	b->n = n;
	if (b->cap > 0)
		b->p[n] = '\0';
}

const char *
buf_str(const struct buf *b)
{
	must(memchr(b->p, '\0', b->n) == NULL);
	return (b->p);
}

/* SPDX-License-Identifier: ISC */
/*
 * feed - for tests: bytes that a stream reads in the pieces that are wanted,
 * then the end.
 */
#ifndef POSTERN_TESTS_FEED_H
#define POSTERN_TESTS_FEED_H

#include <string.h>

#include "smtp/stream.h"

struct feed {
	const char	*p;
	size_t		 n;
	size_t		 piece;		/* bytes a read; 0: all there is */
	size_t		 cut;		/* the first piece ends here; 0: no */
	size_t		 at;
	char		 out[65536];	/* what was written */
	size_t		 nout;
};

static ssize_t
feed_read(void *arg, void *p, size_t n)
{
	struct feed *f = arg;
	size_t k = f->n - f->at;

	if (f->piece > 0 && k > f->piece)
		k = f->piece;
	if (f->at < f->cut && f->at + k > f->cut)
		k = f->cut - f->at;
	if (k > n)
		k = n;
	memcpy(p, f->p + f->at, k);
	f->at += k;
	return ((ssize_t)k);
}

static ssize_t
feed_write(void *arg, const void *p, size_t n)
{
	struct feed *f = arg;
	size_t k = n;

	if (k > sizeof(f->out) - f->nout)
		k = sizeof(f->out) - f->nout;
	memcpy(f->out + f->nout, p, k);
	f->nout += k;
	return ((ssize_t)n);
}

static struct smtp_stream *
feed_stream(struct feed *f)
{
	struct smtp_stream *st = smtp_stream_new(-1);

	smtp_stream_hook(st, feed_read, feed_write, f);
	return (st);
}

#endif

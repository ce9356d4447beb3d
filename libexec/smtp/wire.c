/* SPDX-License-Identifier: ISC */
/*
 * The content on the wire: CR LF, dots, the line length limit. One memchr(3)
 * and one memcpy(3) a line.
 */
#include <string.h>

#include "content.h"

void
wire_init(struct wire *w, size_t limit, wire_fn fn, void *arg)
{
	w->limit = limit;
	w->col = w->n = 0;
	w->bol = true;
	w->broken = false;
	w->fn = fn;
	w->arg = arg;
}

static void
flush_wire(struct wire *w)
{
	if (w->n > 0)
		w->fn(w->arg, w->out, w->n);
	w->n = 0;
}

static void
put(struct wire *w, const char *p, size_t n)
{
	while (n > 0) {
		size_t room = sizeof(w->out) - w->n;
		size_t k = n < room ? n : room;

		memcpy(w->out + w->n, p, k);
		w->n += k;
		p += k;
		n -= k;
		if (w->n == sizeof(w->out))
			flush_wire(w);
	}
}

/* A part of a line, no LF in it. */
static void
put_text(struct wire *w, const char *p, size_t n)
{
	if (w->bol && n > 0 && *p == '.')
		put(w, ".", 1);
	if (n > 0)
		w->bol = false;
	while (w->limit > 0 && w->col + n > w->limit) {
		size_t k = w->limit - w->col;

		w->broken = true;
		put(w, p, k);
		put(w, "\r\n ", 3);
		p += k;
		n -= k;
		w->col = 1;
	}
	put(w, p, n);
	w->col += n;
}

void
wire_put(struct wire *w, const char *p, size_t n)
{
	while (n > 0) {
		const char *lf = memchr(p, '\n', n);
		size_t k = lf != NULL ? (size_t)(lf - p) : n;

		put_text(w, p, k);
		if (lf == NULL)
			return;
		put(w, "\r\n", 2);
		w->bol = true;
		w->col = 0;
		p += k + 1;
		n -= k + 1;
	}
}

void
wire_end(struct wire *w)
{
	/* Content without a line end at its end is given one. */
	if (!w->bol)
		wire_put(w, "\n", 1);
	flush_wire(w);
}

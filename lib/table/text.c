/* SPDX-License-Identifier: ISC */
/*
 * text - the logical lines of a table's source file.
 *
 * The file is the administrator's, or a user's of this machine: its lines
 * are bounded, but what they say is believed.
 */
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "text.h"

#define CHUNK	(64 * 1024)

void
text_open(struct text *t, int fd, const char *name)
{
	memset(t, 0, sizeof(*t));
	t->fd = fd;
	t->name = name;
	buf_init(&t->line, TEXT_LINE_MAX);
	buf_init(&t->raw, TEXT_LINE_MAX);
	buf_init(&t->chunk, CHUNK);
}

void
text_close(struct text *t)
{
	buf_fini(&t->line);
	buf_fini(&t->raw);
	buf_fini(&t->chunk);
}

/* Read the next chunk; 1, 0 at the end, -1. */
static int
fill(struct text *t)
{
	char *room;
	ssize_t n;

	buf_reset(&t->chunk);
	t->used = 0;
	room = buf_room(&t->chunk, CHUNK);
	must(room != NULL);
	if ((n = fd_pread_all(t->fd, room, CHUNK, t->at)) == -1) {
		log_warn("read %s: %m", t->name);
		return (-1);
	}
	buf_add(&t->chunk, (size_t)n);
	t->at += n;
	return (n > 0);
}

/* The next physical line goes to t->raw; 1, 0 at the end, -1. */
static int
physical(struct text *t)
{
	struct view rest;
	ptrdiff_t nl;
	int rc;
	bool any = false;

	buf_reset(&t->raw);
	for (;;) {
		if (t->used == t->chunk.n && (rc = fill(t)) <= 0) {
			t->count += any;
			return (rc == 0 ? any : -1);
		}
		any = true;
		rest = view_sub(buf_view(&t->chunk), t->used, t->chunk.n);
		nl = view_chr(rest, '\n');
		if (nl != -1)
			rest.n = (size_t)nl;
		if (buf_put(&t->raw, rest.p, rest.n) == -1) {
			log_warn("%s, line %u: line too long", t->name,
			    t->count + 1);
			return (-1);
		}
		t->used += rest.n;
		if (nl != -1) {
			t->used++;
			t->count++;
			return (1);
		}
	}
}

static bool
is_blank(char c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f');
}

static bool
is_comment(const struct buf *raw)
{
	size_t i = 0;

	while (i < raw->n && is_blank(raw->p[i]))
		i++;
	return (i == raw->n || raw->p[i] == '#');
}

/* Add the continuation lines; t->raw is the line after them, or the end. */
static int
continued(struct text *t)
{
	int rc;

	while ((rc = physical(t)) == 1) {
		if (is_comment(&t->raw))
			continue;
		if (!is_blank(t->raw.p[0])) {
			t->ahead = true;
			return (1);
		}
		if (buf_put(&t->line, t->raw.p, t->raw.n) == -1) {
			log_warn("%s, line %u: line too long", t->name,
			    t->lineno);
			return (-1);
		}
	}
	return (rc == 0 ? 1 : -1);
}

static bool
usable(struct text *t)
{
	if (is_blank(t->line.p[0])) {
		log_warn("%s: logical line must not start with whitespace: "
		    "\"%.30s\"", t->name, t->line.p);
		return (false);
	}
	if (view_chr(buf_view(&t->line), '\0') != -1) {
		log_warn("%s, line %u: NUL byte -- ignoring this line",
		    t->name, t->lineno);
		return (false);
	}
	return (true);
}

int
text_next(struct text *t)
{
	int rc;

	do {
		do {
			rc = t->ahead ? 1 : physical(t);
			t->ahead = false;
			if (rc != 1)
				return (rc);
		} while (is_comment(&t->raw));
		t->lineno = t->count;
		buf_reset(&t->line);
		if (buf_put(&t->line, t->raw.p, t->raw.n) == -1)
			return (-1);
		if (continued(t) == -1)
			return (-1);
	} while (!usable(t));
	return (1);
}

int
text_line(struct text *t)
{
	int rc;

	if ((rc = physical(t)) != 1)
		return (rc);
	t->lineno = t->count;
	buf_reset(&t->line);
	return (buf_put(&t->line, t->raw.p, t->raw.n) == -1 ? -1 : 1);
}

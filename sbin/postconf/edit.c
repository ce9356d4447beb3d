/* SPDX-License-Identifier: ISC */
/*
 * edit - change a configuration file and nothing in it but what was asked.
 *
 * The new text is written beside the file, with its owner and mode, and
 * renamed over it: a reader sees the old file or the new one. Comments, empty
 * lines and the order of lines stay.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "conf/maincf.h"
#include "postconf.h"

#define TRIES	100	/* to lock a file that others rename */

struct rewrite {
	struct arena	*arena;
	const char	*path;		/* without symbolic links */
	int		 lock;		/* the old file */
	struct view	 rest;
	struct view	 chunk;		/* physical lines of a logical one */
	struct buf	 out;
};

/* Open and lock the file that has the name, not one just replaced. */
static int
lock_file(const char *path)
{
	struct stat mine, there;
	int fd, i;

	for (i = 0; i < TRIES; i++) {
		if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
			fatal("open %s: %m", path);
		if (flock(fd, LOCK_EX) == -1 || fstat(fd, &mine) == -1)
			fatal("lock %s: %m", path);
		if (stat(path, &there) == 0 && mine.st_ino == there.st_ino &&
		    mine.st_dev == there.st_dev)
			return (fd);
		fd_close(&fd);
	}
	fatal("lock %s: it is changed all the time", path);
}

struct rewrite *
rewrite_begin(struct postconf *pc, const char *file)
{
	struct rewrite *r = arena_get(pc->arena, sizeof(*r));
	char real[PATH_MAX];
	struct conf_error e;

	if (realpath(file, real) == NULL)
		fatal("open %s: %m", file);
	r->arena = pc->arena;
	r->path = arena_str(pc->arena, real);
	r->lock = lock_file(r->path);
	if (conf_read(pc->arena, r->path, &r->rest, &e) == -1)
		fatal("%s", e.text);
	buf_init(&r->out, 2 * CONF_FILE_MAX);
	return (r);
}

static void
put(struct rewrite *r, const char *prefix, struct view line)
{
	if (buf_puts(&r->out, prefix) == -1 ||
	    buf_put(&r->out, line.p, line.n) == -1 ||
	    buf_putc(&r->out, '\n') == -1)
		fatal("%s: expected a file of at most %d bytes", r->path,
		    CONF_FILE_MAX);
}

static bool
is_blank(struct view line)
{
	return (view_trim(line).n == 0);
}

/* No part of the text of any logical line. */
static bool
is_aside(struct view line)
{
	line = view_trim(line);
	return (line.n == 0 || line.p[0] == '#');
}

static bool
is_continuation(struct view line)
{
	return (line.n > 0 && strchr(" \t\r\v\f", line.p[0]) != NULL &&
	    line.p[0] != '\0');
}

const char *
rewrite_next(struct rewrite *r)
{
	struct view line, ahead;
	const char *start, *text;

	for (;;) {
		start = r->rest.p;
		if (!view_field(&r->rest, '\n', &line))
			return (NULL);
		if (!is_aside(line) && !is_continuation(line))
			break;
		put(r, "", line);
	}
	text = view_str(r->arena, line);
	r->chunk = (struct view){ start, line.n };
	ahead = r->rest;
	while (view_field(&ahead, '\n', &line)) {
		if (is_aside(line))
			continue;
		if (!is_continuation(line))
			break;
		text = arena_printf(r->arena, "%s%.*s", text, (int)line.n,
		    line.p);
		r->chunk.n = (size_t)(line.p + line.n - start);
		r->rest = ahead;
	}
	return (text);
}

void
rewrite_keep(struct rewrite *r)
{
	put(r, "", r->chunk);
}

void
rewrite_comment(struct rewrite *r)
{
	struct view lines = r->chunk, line;

	while (view_field(&lines, '\n', &line))
		put(r, is_blank(line) || line.p[0] == '#' ? "" : "#", line);
}

void
rewrite_drop(struct rewrite *r)
{
	struct view lines = r->chunk, line;

	while (view_field(&lines, '\n', &line))
		if (is_aside(line))
			put(r, "", line);
}

void
rewrite_text(struct rewrite *r, const char *text)
{
	put(r, "", view_of(text));
}

/* Like the old file, and in place of it. */
static void
replace(struct rewrite *r, int fd, const char *temp)
{
	struct stat st;
	int dir;

	if (fstat(r->lock, &st) == -1 || fchmod(fd, st.st_mode & 07777) == -1 ||
	    (fchown(fd, st.st_uid, st.st_gid) == -1 && geteuid() == 0) ||
	    fd_write_all(fd, r->out.p, r->out.n) == -1 || fsync(fd) == -1 ||
	    close(fd) == -1 || rename(temp, r->path) == -1) {
		int saved = errno;

		(void)unlink(temp);
		errno = saved;
		fatal("write %s: %m", temp);
	}
	dir = open(dirname(arena_str(r->arena, r->path)),
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1 || fsync(dir) == -1)
		fatal("sync %s: %m", r->path);
	fd_close(&dir);
}

void
rewrite_end(struct rewrite *r)
{
	const char *temp = arena_printf(r->arena, "%s.%d.tmp", r->path,
	    (int)getpid());
	int fd;

	while (rewrite_next(r) != NULL)
		rewrite_keep(r);
	/* One of that name is of a process that is gone. */
	(void)unlink(temp);
	if ((fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0600)) == -1)
		fatal("create %s: %m", temp);
	replace(r, fd, temp);
	fd_close(&r->lock);
	buf_fini(&r->out);
}

struct change {
	const char	*name;
	const char	*value;
	bool		 done;
};

static void
parse_change(struct postconf *pc, enum edit how, const char *arg,
    struct change *c)
{
	const char *wrong;

	if (strpbrk(arg, "\r\n") != NULL)
		fatal("-%c accepts no multi-line input",
		    how == EDIT_SET ? 'e' : how == EDIT_DROP ? 'X' : '#');
	if (how == EDIT_SET) {
		wrong = conf_pair(pc->arena, view_of(arg), &c->name,
		    &c->value);
		if (wrong != NULL)
			fatal("%s: \"%s\"", wrong, arg);
		if (c->name[0] == '#')
			fatal("expected a name without \"#\": \"%s\"", arg);
		return;
	}
	c->name = view_str(pc->arena, view_trim(view_of(arg)));
	if (c->name[0] == '\0' || strpbrk(c->name, "= \t") != NULL)
		fatal("expected the name of a parameter: \"%s\"", arg);
}

/* The last change that was asked for that name, as it would win. */
static struct change *
find_change(struct change *all, int n, const char *name)
{
	while (n-- > 0)
		if (strcmp(all[n].name, name) == 0)
			return (&all[n]);
	return (NULL);
}

static const char *
assignment(struct postconf *pc, const struct change *c)
{
	return (arena_printf(pc->arena, *c->value == '\0' ? "%s =%s" :
	    "%s = %s", c->name, c->value));
}

static void
apply(struct postconf *pc, struct rewrite *r, enum edit how, struct change *c)
{
	if (how == EDIT_COMMENT)
		rewrite_comment(r);
	else if (how == EDIT_DROP || c->done)
		rewrite_drop(r);
	else {
		rewrite_text(r, assignment(pc, c));
		rewrite_drop(r);	/* keeps comments within */
	}
	c->done = true;
}

void
edit_main(struct postconf *pc, enum edit how, char **args, int n)
{
	const char *file = arena_printf(pc->arena, "%s/main.cf", pc->dir);
	struct change *all = arena_array(pc->arena, (size_t)n, sizeof(*all)),
	    *c;
	const char *text, *name, *value;
	struct rewrite *r;
	int i;

	for (i = 0; i < n; i++)
		parse_change(pc, how, args[i], &all[i]);
	r = rewrite_begin(pc, file);
	while ((text = rewrite_next(r)) != NULL) {
		c = NULL;
		if (conf_pair(pc->arena, view_of(text), &name, &value) == NULL)
			c = find_change(all, n, name);
		if (c == NULL)
			rewrite_keep(r);
		else
			apply(pc, r, how, c);
	}
	for (i = 0; i < n && how == EDIT_SET; i++) {
		c = find_change(all, n, all[i].name);
		if (!c->done)
			rewrite_text(r, assignment(pc, c));
		c->done = true;
	}
	rewrite_end(r);
}

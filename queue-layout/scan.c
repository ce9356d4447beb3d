/* SPDX-License-Identifier: ISC */
/*
 * scan - walk over a queue directory and its hash subdirectories.
 *
 * Used in qmgr's event loop: a call looks at a bounded number of entries. It
 * opens directories only, never follows a link, and judges a name by its form
 * alone; what the file holds is for the reader to find out.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/xalloc.h"
#include "queue.h"

#define ENTRIES_A_CALL	256

struct q_scan {
	int		 rootfd;	/* the caller's */
	struct q_hash	 hash;
	enum q_dir	 dir;
	DIR		*stack[Q_DEPTH_MAX + 1];
	char		 path[2 * Q_DEPTH_MAX + 32];	/* of the top */
	int		 top;
};

static DIR *
open_dir(int at, const char *name)
{
	DIR *d;
	int fd;

	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return (NULL);
	if ((d = fdopendir(fd)) == NULL)
		fd_close(&fd);
	return (d);
}

struct q_scan *
q_scan_open(int rootfd, const struct q_hash *h, enum q_dir dir)
{
	struct q_scan *s;
	DIR *d;

	if ((d = open_dir(rootfd, layout_rows[dir].name)) == NULL)
		return (NULL);
	s = xcalloc(1, sizeof(*s));
	s->rootfd = rootfd;
	if (h != NULL)
		s->hash = *h;
	s->dir = dir;
	s->stack[0] = d;
	(void)snprintf(s->path, sizeof(s->path), "%s", layout_rows[dir].name);
	return (s);
}

void
q_scan_close(struct q_scan **sp)
{
	struct q_scan *s = *sp;

	if (s == NULL)
		return;
	for (; s->top >= 0; s->top--)
		(void)closedir(s->stack[s->top]);
	xfree(sp);
}

static void
leave(struct q_scan *s)
{
	(void)closedir(s->stack[s->top--]);
	s->path[strlen(s->path) - 2] = '\0';
}

/* Whether the entry is a subdirectory: 1, 0, or -1 when it is gone. */
static int
is_dir(struct q_scan *s, const struct dirent *de)
{
	struct stat st;

	if (de->d_type != DT_UNKNOWN)
		return (de->d_type == DT_DIR);
	if (fstatat(dirfd(s->stack[s->top]), de->d_name, &st,
	    AT_SYMLINK_NOFOLLOW) == -1)
		return (-1);
	return (S_ISDIR(st.st_mode));
}

static bool
is_hash_name(const char *name)
{
	return (name[0] != '\0' && name[1] == '\0' &&
	    strchr("0123456789ABCDEF", name[0]) != NULL);
}

static int
enter(struct q_scan *s, const char *name)
{
	size_t n = strlen(s->path);
	DIR *d;

	if ((d = open_dir(dirfd(s->stack[s->top]), name)) == NULL)
		return (errno == ENOENT ? 0 : -1);
	s->stack[++s->top] = d;
	(void)snprintf(s->path + n, sizeof(s->path) - n, "/%s", name);
	return (0);
}

static void
fill(const struct q_scan *s, const char *name, struct q_entry *e)
{
	char want[QPATH_SIZE];
	struct qid id;

	e->dir = s->dir;
	(void)snprintf(e->name, sizeof(e->name), "%s", name);
	(void)snprintf(e->path, sizeof(e->path), "%s/%s", s->path, name);
	e->id_ok = qid_parse(view_of(name), &id);
	e->placed = e->id_ok && q_path(&s->hash, s->dir, name, want) == 0 &&
	    strcmp(want, e->path) == 0;
}

int
q_scan_next(struct q_scan *s, struct q_entry *e)
{
	struct dirent *de;
	int budget, dir;

	for (budget = ENTRIES_A_CALL; budget > 0; budget--) {
		errno = 0;
		if ((de = readdir(s->stack[s->top])) == NULL) {
			if (errno != 0 && s->top == 0)
				return (-1);
			if (s->top == 0)
				return (0);
			leave(s);
			continue;
		}
		if (strcmp(de->d_name, ".") == 0 ||
		    strcmp(de->d_name, "..") == 0 ||
		    (dir = is_dir(s, de)) == -1)
			continue;
		if (dir && is_hash_name(de->d_name) && s->top < Q_DEPTH_MAX) {
			if (enter(s, de->d_name) == -1)
				return (-1);
			continue;
		}
		fill(s, de->d_name, e);
		return (1);
	}
	return (2);
}

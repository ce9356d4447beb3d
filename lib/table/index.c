/* SPDX-License-Identifier: ISC */
/*
 * index - make NAME.cdb, as a whole or not at all.
 *
 * Only commands of the operator use this; what they index is his.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/log.h"
#include "index.h"

struct index_file {
	struct arena	*arena;
	const char	*path;
	char		*temp;
	int		 fd;
	bool		 nul;
	struct cdb_make	 make;
};

struct index_file *
index_begin(struct arena *a, const char *name, mode_t mode, bool nul)
{
	struct index_file *x = arena_get(a, sizeof(*x));

	x->arena = a;
	x->nul = nul;
	x->path = arena_printf(a, "%s.cdb", name);
	x->temp = arena_printf(a, "%s.XXXXXX", x->path);
	if ((x->fd = mkostemp(x->temp, O_CLOEXEC)) == -1)
		fatal("open database %s.tmp: %m", x->path);
	if (fchmod(x->fd, mode) == -1 ||
	    cdb_make_start(&x->make, x->fd) == -1) {
		(void)unlink(x->temp);
		fatal("%s: %m", x->temp);
	}
	return (x);
}

static void
give_up(struct index_file *x)
{
	int saved = errno;

	(void)unlink(x->temp);
	errno = saved;
	fatal("write database %s: %m", x->path);
}

bool
index_put(struct index_file *x, const char *key, const char *value,
    bool replace)
{
	unsigned klen = (unsigned)(strlen(key) + x->nul);
	unsigned vlen = (unsigned)(strlen(value) + x->nul);
	int rc;

	rc = cdb_make_put(&x->make, key, klen, value, vlen,
	    replace ? CDB_PUT_REPLACE : CDB_PUT_INSERT);
	if (rc < 0)
		give_up(x);
	return (rc == 0);
}

/* The rename itself must be on the disk, too. */
static void
sync_directory(struct index_file *x)
{
	int fd = open(dirname(arena_str(x->arena, x->path)),
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1 || fsync(fd) == -1)
		log_warn("sync the directory of %s: %m", x->path);
	fd_close(&fd);
}

void
index_commit(struct index_file *x)
{
	if (cdb_make_finish(&x->make) == -1 || fsync(x->fd) == -1 ||
	    rename(x->temp, x->path) == -1)
		give_up(x);
	fd_close(&x->fd);
	sync_directory(x);
}

/* Whether "fd" is still what "path" names. */
static bool
is_current(int fd, const char *path)
{
	struct stat a, b;

	return (fstat(fd, &a) == 0 && stat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

int
index_lock(const char *name)
{
	char path[4096];
	int fd, n;

	n = snprintf(path, sizeof(path), "%s.cdb", name);
	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	for (;;) {
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
			return (-1);
		if (flock(fd, LOCK_EX) == -1) {
			fd_close(&fd);
			return (-1);
		}
		if (is_current(fd, path))
			return (fd);
		fd_close(&fd);		/* replaced while we waited */
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * move - files from one queue directory to another, by their ids.
 *
 * Used by qmgr(8) and the commands. Nothing is replaced and no link followed;
 * hash subdirectories are made when they turn out to be missing.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "fault.h"
#include "queue_in.h"

#define NAME_TRIES	1000

/* Readable for the group that a set-gid parent passes on, see layout.def. */
#define HASH_MODE	0750

int
q_parents(int rootfd, const char *path)
{
	char part[QPATH_SIZE + 256];
	const char *slash;

	if ((slash = strchr(path, '/')) == NULL)
		return (0);
	while ((slash = strchr(slash + 1, '/')) != NULL) {
		(void)snprintf(part, sizeof(part), "%.*s",
		    (int)(slash - path), path);
		if (mkdirat(rootfd, part, HASH_MODE) == -1 && errno != EEXIST)
			return (-1);
	}
	return (0);
}

static int
rename_path(int rootfd, const char *from, const char *to)
{
	struct stat st;

	if (renameat2(rootfd, from, rootfd, to, RENAME_NOREPLACE) == 0)
		return (0);
	/* ENOENT is for either side: try again with the directory made. */
	if (errno != ENOENT ||
	    fstatat(rootfd, from, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    q_parents(rootfd, to) == -1)
		return (-1);
	return (renameat2(rootfd, from, rootfd, to, RENAME_NOREPLACE));
}

static int
path_of(const struct q_hash *h, enum q_dir dir, const char *id, char *path)
{
	if (q_path(h, dir, id, path) == 0)
		return (0);
	errno = EINVAL;
	return (-1);
}

int
q_rename(int rootfd, const struct q_hash *h, enum q_dir from, enum q_dir to,
    const char *id)
{
	char source[QPATH_SIZE], target[QPATH_SIZE];

	if (path_of(h, from, id, source) == -1 ||
	    path_of(h, to, id, target) == -1)
		return (-1);
	qfault(QFAULT_move_start);
	if (rename_path(rootfd, source, target) == -1)
		return (-1);
	qfault(QFAULT_move_done);
	return (0);
}

int
q_place(int rootfd, const struct q_hash *h, const char *path, enum q_dir dir,
    const char *id)
{
	char target[QPATH_SIZE];

	if (path_of(h, dir, id, target) == -1)
		return (-1);
	return (rename_path(rootfd, path, target));
}

int
q_open(int rootfd, const struct q_hash *h, enum q_dir dir, const char *id,
    int flags)
{
	char path[QPATH_SIZE];

	if (path_of(h, dir, id, path) == -1)
		return (-1);
	return (openat(rootfd, path,
	    flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

int
q_unlink(int rootfd, const struct q_hash *h, enum q_dir dir, const char *id)
{
	char path[QPATH_SIZE];

	if (path_of(h, dir, id, path) == -1)
		return (-1);
	return (unlinkat(rootfd, path, 0));
}

int
q_set_time(int rootfd, const struct q_hash *h, enum q_dir dir, const char *id,
    int64_t when)
{
	int fd, rc, error;

	if ((fd = q_open(rootfd, h, dir, id, O_RDWR)) == -1)
		return (-1);
	rc = qf_retry_poke(fd, when);
	error = errno;
	fd_close(&fd);
	errno = error;
	return (rc);
}

int
q_condemn(int rootfd, const struct q_hash *h, const char *path)
{
	char target[QPATH_SIZE + 256];
	const char *name = strrchr(path, '/');
	struct qid id;
	int i;

	name = name == NULL ? path : name + 1;
	if (strlen(name) > 200 || name[0] == '\0') {
		errno = EINVAL;
		return (-1);
	}
	/* The hashed path for a queue id, so that postsuper -d finds it. */
	if (!qid_parse(view_of(name), &id) ||
	    q_path(h, Q_corrupt, name, target) == -1)
		(void)snprintf(target, sizeof(target), "%s/%s",
		    layout_rows[Q_corrupt].name, name);
	for (i = 1; i <= NAME_TRIES; i++) {
		if (rename_path(rootfd, path, target) == 0)
			return (0);
		if (errno != EEXIST)
			return (-1);
		(void)snprintf(target, sizeof(target), "%s/%s.%d",
		    layout_rows[Q_corrupt].name, name, i);
	}
	return (-1);
}

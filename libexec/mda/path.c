/* SPDX-License-Identifier: ISC */
/*
 * path - from the path of a mailbox to a descriptor.
 *
 * With a base (virtual(8)), nothing on the way below it is a symbolic link or
 * leads out of it. Without one the path is the user's own, walked with the
 * user's rights.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "mda.h"

/* Debian 12's glibc has no openat2(2). */
#define RESOLVE_NO_MAGICLINKS_	0x02
#define RESOLVE_NO_SYMLINKS_	0x04
#define RESOLVE_BENEATH_	0x08

struct how {
	uint64_t	flags;
	uint64_t	mode;
	uint64_t	resolve;
};

static int
open_at(int dir, const char *name)
{
	const struct how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = *mda.t.base != '\0' ? RESOLVE_BENEATH_ |
		    RESOLVE_NO_SYMLINKS_ | RESOLVE_NO_MAGICLINKS_ : 0 };

	return ((int)syscall(SYS_openat2, dir, name, &how, sizeof(how)));
}

static int
open_or_make(int dir, const char *name, bool create)
{
	int fd = open_at(dir, name);

	if (fd >= 0 || errno != ENOENT || !create)
		return (fd);
	/* EEXIST: another delivery was quicker. */
	if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
		return (-1);
	return (open_at(dir, name));
}

static int
walk(const char *path, size_t len, bool create)
{
	struct view rest = { path, len }, word;
	int dir, next;

	dir = open(*mda.t.base != '\0' ? mda.t.base : "/",
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	while (dir >= 0 && (word = view_word(&rest, "/")).n > 0) {
		if (view_eq(word, ".") || (*mda.t.base != '\0' &&
		    view_eq(word, ".."))) {
			fd_close(&dir);
			errno = EINVAL;
			return (-1);
		}
		next = open_or_make(dir, view_str(mda.arena, word), create);
		fd_close(&dir);
		dir = next;
	}
	return (dir);
}

int
path_open_dir(bool create)
{
	return (walk(mda.t.path, strlen(mda.t.path), create));
}

const char *
path_last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (slash != NULL ? slash + 1 : path);
}

int
path_open_parent(void)
{
	return (walk(mda.t.path,
	    (size_t)(path_last(mda.t.path) - mda.t.path), false));
}

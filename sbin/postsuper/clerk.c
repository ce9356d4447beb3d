/* SPDX-License-Identifier: ISC */
/*
 * clerk - make files in maildrop/ for a child that owns other directories.
 *
 * What is written into them is the other's business: no byte of a message is
 * read here. A file that was not declared complete goes when he goes.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "postsuper.h"
#include "queue-layout/drop.h"

#define NAME_TRIES	100

struct file {
	int	rootfd, fd;
	char	path[QPATH_SIZE];
};

static void
drop(struct file *f)
{
	if (f->fd == -1)
		return;
	if (unlinkat(f->rootfd, f->path, 0) == -1 && errno != ENOENT)
		log_warn("remove %s: %s", f->path, strerror(errno));
	fd_close(&f->fd);
}

/* Under the name that its inode gives it, mode 0600: not yet pickup's. */
static bool
make(struct file *f)
{
	struct qid id = { .is_long = false };
	struct timespec now;
	struct stat st;
	char tmp[64], name[QID_SIZE];
	int i;

	for (i = 0; i < NAME_TRIES; i++) {
		(void)clock_gettime(CLOCK_REALTIME, &now);
		id.usec = (uint32_t)(now.tv_nsec / 1000);
		(void)snprintf(tmp, sizeof(tmp), "maildrop/%u.%ld", id.usec,
		    (long)getpid());
		f->fd = openat(f->rootfd, tmp, O_RDWR | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, 0600);
		if (f->fd == -1 && errno == EEXIST)
			continue;
		if (f->fd == -1 || fstat(f->fd, &st) == -1)
			break;
		id.inode = st.st_ino;
		qid_print(&id, name);
		if (q_path(NULL, Q_maildrop, name, f->path) == 0 &&
		    renameat2(f->rootfd, tmp, f->rootfd, f->path,
		    RENAME_NOREPLACE) == 0)
			return (true);
		(void)unlinkat(f->rootfd, tmp, 0);
		fd_close(&f->fd);
	}
	log_warn("create file in maildrop: %s", strerror(errno));
	fd_close(&f->fd);
	return (false);
}

/* On stable storage, name and all, before the other may remove his. */
static bool
keep(struct file *f)
{
	int dir;
	bool ok;

	if (f->fd == -1)
		return (false);
	ok = fchmod(f->fd, DROP_MODE) == 0 && fsync(f->fd) == 0;
	dir = openat(f->rootfd, "maildrop", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	ok = ok && dir != -1 && fsync(dir) == 0;
	if (!ok) {
		log_warn("write %s: %s", f->path, strerror(errno));
		drop(f);
	}
	fd_close(&dir);
	fd_close(&f->fd);
	return (ok);
}

void
clerk(int rootfd, int sock)
{
	struct file f = { .rootfd = rootfd, .fd = -1 };
	ssize_t n = 1;
	char word;
	bool ok;

	while (n > 0 && fd_recv(sock, &word, 1, NULL, NULL, NULL, 0) == 1) {
		if (word == CLERK_NEW) {
			drop(&f);
			ok = make(&f);
			n = fd_send(sock, ok ? "y" : "n", 1, &f.fd, ok, 0);
		} else if (word == CLERK_KEEP) {
			ok = keep(&f);
			n = fd_send(sock, ok ? "y" : "n", 1, NULL, 0, 0);
		} else
			drop(&f);
	}
	drop(&f);
}

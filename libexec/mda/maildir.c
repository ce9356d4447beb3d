/* SPDX-License-Identifier: ISC */
/*
 * maildir - a file in tmp/, synced, then linked into new/.
 *
 * Once the directories are open the room is shut: what was delivered before
 * can be neither read nor listed, changed or removed.
 */
#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "confine/confine.h"
#include "fail.h"
#include "mda.h"

struct maildir {
	int		 tmp, new;
	int		 fd;
	const char	*tmpname;
	int64_t		 limit, size;
	struct timeval	 start;
};

static noreturn void
fail(int error, const char *what)
{
	fail_with(error, (mda.t.flags & MDA_VIRTUAL) ? "4.2.0" : "5.2.0",
	    "maildir delivery failed: %s: %s", what, strerror(error));
}

/* A host name that can be part of a file's name (maildir(5)). */
static const char *
host(void)
{
	struct buf b;
	const char *p;

	buf_init(&b, 2048);
	for (p = cf->myhostname; *p != '\0'; p++)
		buf_xputs(&b, *p == '/' ? "\\057" : *p == ':' ? "\\072" :
		    arena_strn(mda.arena, p, 1));
	p = arena_str(mda.arena, buf_str(&b));
	buf_fini(&b);
	return (p);
}

static int
open_sub(int dir, const char *name, int how)
{
	int fd = openat(dir, name, how | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && mkdirat(dir, name, 0700) == 0)
		fd = openat(dir, name, how | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
	if (fd < 0)
		fail(errno, arena_printf(mda.arena, "create directory %s%s",
		    mda.t.path, name));
	return (fd);
}

static void
open_all(struct maildir *d)
{
	int dir = path_open_dir(true), cur;

	if (dir < 0)
		fail(errno, arena_printf(mda.arena, "create maildir %s",
		    mda.t.path));
	d->tmp = open_sub(dir, "tmp", O_PATH);
	/* To be synced: it holds the name that the mail will have. */
	d->new = open_sub(dir, "new", O_RDONLY);
	cur = open_sub(dir, "cur", O_PATH);
	fd_close(&cur);
	fd_close(&dir);
}

static void
shut_room(const struct maildir *d)
{
	const struct confine_right rights[] = {
		{ d->tmp, POLICY_FS_WRITE_FILE | POLICY_FS_MAKE_REG |
		    POLICY_FS_REMOVE_FILE | POLICY_FS_REFER },
		{ d->new, POLICY_FS_MAKE_REG | POLICY_FS_REFER },
	};

	confine_writer(rights, 2, &policy_filter_mda);
}

static int
append(void *arg, const char *p, size_t n)
{
	struct maildir *d = arg;

	if (d->limit > 0 && d->size + (int64_t)n > d->limit) {
		errno = EFBIG;
		return (-1);
	}
	d->size += (int64_t)n;
	return (fd_write_all(d->fd, p, n));
}

static noreturn void
give_up(struct maildir *d, int error, const char *what)
{
	(void)unlinkat(d->tmp, d->tmpname, 0);
	if (error == EBADMSG)
		finish_damaged();
	fail(error, what);
}

static void
write_file(struct maildir *d, int message)
{
	d->tmpname = arena_printf(mda.arena, "%lld.P%ld.%s",
	    (long long)d->start.tv_sec, (long)getpid(), host());
	d->fd = openat(d->tmp, d->tmpname, O_WRONLY | O_CREAT | O_EXCL |
	    O_CLOEXEC, 0600);
	if (d->fd < 0)
		fail(errno, arena_printf(mda.arena,
		    "create maildir file %stmp/%s", mda.t.path, d->tmpname));
	if (copy_message(message, COPY_MAILDIR, "\n", append, d) < 0)
		give_up(d, errno, "error writing message");
	if (fsync(d->fd) < 0)
		give_up(d, errno, "error writing message");
}

/* A name that no other delivery can have: device, inode, microseconds. */
static void
move_file(struct maildir *d)
{
	struct stat st;
	const char *name;

	if (fstat(d->fd, &st) < 0)
		give_up(d, errno, "fstat");
	name = arena_printf(mda.arena, "%lld.V%lxI%lxM%ld.%s",
	    (long long)d->start.tv_sec, (unsigned long)st.st_dev,
	    (unsigned long)st.st_ino, (long)d->start.tv_usec, host());
	if (linkat(d->tmp, d->tmpname, d->new, name, 0) < 0 &&
	    renameat2(d->tmp, d->tmpname, d->new, name,
	    RENAME_NOREPLACE) < 0)
		give_up(d, errno, arena_printf(mda.arena,
		    "create maildir file %snew/%s", mda.t.path, name));
	(void)unlinkat(d->tmp, d->tmpname, 0);
	if (fsync(d->new) < 0 && errno != EINVAL)
		log_warn("%snew: %m", mda.t.path);
}

noreturn void
maildir_deliver(int message, bool file)
{
	struct maildir d = { .limit = (mda.t.flags & MDA_VIRTUAL) ?
		cf->virtual_mailbox_limit : cf->mailbox_size_limit };

	(void)file;
	(void)gettimeofday(&d.start, NULL);
	open_all(&d);
	shut_room(&d);
	copy_refuse_loop(message);
	write_file(&d, message);
	move_file(&d);
	finish(OUTCOME_SENT, "2.0.0", "delivered to maildir");
}

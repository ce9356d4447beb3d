/* SPDX-License-Identifier: ISC */
/*
 * mbox - append to a file, all of the message or nothing.
 *
 * The file is opened and locked first, as the user; then the room is shut,
 * and only then is the message looked at.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/launch_order.h"
#include "confine/confine.h"
#include "fail.h"
#include "mda.h"

struct mbox {
	int		 fd, dir;
	bool		 file;		/* named in an alias, or a .forward */
	struct stat	 st;
	int64_t		 limit;
	int64_t		 size;		/* what it has become */
};

/* What is wrong with a user's mailbox, or with a file, is told to the sender;
   a virtual mailbox is the administrator's, who will mend it. */
static noreturn void
fail(const struct mbox *b, int error, const char *dsn, const char *why)
{
	const bool virtual = (mda.t.flags & MDA_VIRTUAL) != 0;

	if (dsn == NULL)
		dsn = virtual ? "4.2.0" : "5.2.0";
	if (b->file)
		fail_with(error, dsn, "cannot append message to file %s: %s",
		    mda.t.path, why);
	if (virtual)
		fail_with(error, dsn, "delivery failed to mailbox %s: %s",
		    mda.t.path, why);
	fail_with(error, dsn, "cannot update mailbox %s for user %s. %s",
	    mda.t.path, mda.t.login, why);
}

/* NULL, or why we do not write to it; *dsn, where it is a special one. */
static const char *
trouble(struct mbox *b, const char **dsn)
{
	if (fstat(b->fd, &b->st) < 0)
		return (strerror(errno));
	if (S_ISDIR(b->st.st_mode))
		return ("cannot open file: Is a directory");
	if (S_ISCHR(b->st.st_mode) && b->file)
		return (NULL);
	if (!S_ISREG(b->st.st_mode))
		return ("file is not a regular file");
	if (b->st.st_nlink > 1)
		return (arena_printf(mda.arena, "file has %lu hard links",
		    (unsigned long)b->st.st_nlink));
	if (b->file && (b->st.st_mode & 0111)) {
		*dsn = "5.7.1";
		return ("file is executable");
	}
	*dsn = "4.2.0";
	if (!b->file && cf->strict_mailbox_ownership &&
	    b->st.st_uid != mda.t.uid)
		return (arena_printf(mda.arena,
		    "destination %s is not owned by recipient", mda.t.path));
	return (NULL);
}

static void
open_file(struct mbox *b)
{
	const char *why, *dsn = NULL, *name = path_last(mda.t.path);
	const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK | O_NOCTTY;

	b->fd = openat(b->dir, name, flags);
	if (b->fd < 0 && errno == ENOENT)
		b->fd = openat(b->dir, name, flags | O_CREAT | O_EXCL, 0600);
	if (b->fd < 0 && errno == ELOOP)
		fail(b, 0, NULL, "file is a symbolic link");
	if (b->fd < 0)
		fail(b, errno, NULL, arena_printf(mda.arena,
		    "cannot open file: %s", strerror(errno)));
	if ((why = trouble(b, &dsn)) != NULL)
		fail(b, 0, dsn, why);
}

/* Where a file may be written but none be made beside it: without. */
static void
lock_beside(const struct mbox *b)
{
	const char *why;

	if (lock_dot(b->dir, path_last(mda.t.path), mda.t.path, &why) == 0)
		return;
	if (!b->file || (errno != EACCES && errno != EPERM))
		fail(b, 0, errno == EEXIST ? "4.2.0" : NULL, why);
	log_warn("%s", why);
}

static void
lock(struct mbox *b)
{
	const char *why, *style = (mda.t.flags & MDA_VIRTUAL) ?
	    cf->virtual_mailbox_lock : cf->mailbox_delivery_lock;

	if (lock_wanted(style, "dotlock") && !S_ISCHR(b->st.st_mode))
		lock_beside(b);
	if (!S_ISCHR(b->st.st_mode) && lock_fd(b->fd, style, &why) < 0)
		fail(b, 0, "4.2.0", why);
	if (fstat(b->fd, &b->st) < 0)
		fail(b, errno, "4.2.0", strerror(errno));
	b->size = b->st.st_size;
}

/* On with it, or to where it was: never a part of a message. */
static int
append(void *arg, const char *p, size_t n)
{
	struct mbox *b = arg;

	if (b->limit > 0 && b->size + (int64_t)n > b->limit) {
		errno = EFBIG;
		return (-1);
	}
	if (fd_write_all(b->fd, p, n) < 0)
		return (-1);
	b->size += (int64_t)n;
	return (0);
}

static void
cut_back(const struct mbox *b)
{
	if (S_ISREG(b->st.st_mode) && (ftruncate(b->fd, b->st.st_size) < 0 ||
	    fsync(b->fd) < 0))
		log_warn("cutting %s back: %m", mda.t.path);
}

noreturn void
mbox_deliver(int message, bool file)
{
	struct mbox b = { .file = file, .limit =
		(mda.t.flags & MDA_VIRTUAL) ? cf->virtual_mailbox_limit :
		cf->mailbox_size_limit };
	struct confine_right right;
	int error;

	b.dir = path_open_parent();
	if (b.dir < 0)
		fail(&b, errno, NULL, arena_printf(mda.arena,
		    "cannot open file: %s", strerror(errno)));
	open_file(&b);
	lock(&b);
	if (!file && !(mda.t.flags & MDA_VIRTUAL) && cf->biff)
		biff_open();
	right = (struct confine_right){ b.dir, POLICY_FS_REMOVE_FILE };
	confine_writer(&right, 1, &policy_filter_mda);
	copy_refuse_loop(message);
	if (copy_message(message, COPY_MBOX, "\n", append, &b) < 0 ||
	    (S_ISREG(b.st.st_mode) && fsync(b.fd) < 0)) {
		error = errno;
		cut_back(&b);
		if (error == EBADMSG)
			finish_damaged();
		fail(&b, error, NULL, arena_printf(mda.arena,
		    "error writing message: %s", strerror(error)));
	}
	/* Some file systems tell only here that there was no room. */
	if (close(b.fd) < 0 && errno != EINTR)
		fail(&b, errno, NULL, arena_printf(mda.arena,
		    "error writing message: %s", strerror(errno)));
	if (file)
		finish(OUTCOME_SENT, "2.0.0", "delivered to file: %s",
		    mda.t.path);
	biff_send(b.st.st_size);
	finish(OUTCOME_SENT, "2.0.0", "delivered to mailbox");
}

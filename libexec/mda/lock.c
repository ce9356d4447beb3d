/* SPDX-License-Identifier: ISC */
/* lock - who else writes to this mailbox has to wait, and so have we. */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "mda.h"

static int	 lock_dir = -1;
static const char *lock_name;

bool
lock_wanted(const char *style, const char *name)
{
	struct view rest = view_of(style), word;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0)
		if (view_ieq(word, name))
			return (true);
	return (false);
}

static void
wait_a_turn(void)
{
	const struct timespec ts = {
		(time_t)(cf->deliver_lock_delay.ns / 1000000000),
		(long)(cf->deliver_lock_delay.ns % 1000000000) };

	(void)nanosleep(&ts, NULL);
}

static void
remove_stale(int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    time(NULL) - st.st_mtim.tv_sec >
	    (time_t)(cf->stale_lock_time.ns / 1000000000))
		(void)unlinkat(dirfd, name, 0);
}

int
lock_dot(int dirfd, const char *name, const char *path, const char **why)
{
	const char *lock = arena_printf(mda.arena, "%s.lock", name);
	int error = EEXIST;

	for (int64_t i = 0; i < cf->deliver_lock_attempts; i++) {
		int fd = openat(dirfd, lock, O_WRONLY | O_CREAT | O_EXCL |
		    O_CLOEXEC, 0600);

		if (fd >= 0) {
			(void)close(fd);
			lock_dir = dirfd;
			lock_name = lock;
			return (0);
		}
		if ((error = errno) != EEXIST)
			break;
		remove_stale(dirfd, lock);
		if (i + 1 < cf->deliver_lock_attempts)
			wait_a_turn();
	}
	*why = arena_printf(mda.arena, "unable to create lock file %s.lock: "
	    "%s", path, strerror(error));
	errno = error;
	return (-1);
}

void
unlock_dot(void)
{
	if (lock_name != NULL && unlinkat(lock_dir, lock_name, 0) < 0 &&
	    errno != ENOENT)
		log_warn("remove lock %s: %m", lock_name);
	lock_name = NULL;
}

static int
try(int fd, const char *style)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (lock_wanted(style, "fcntl") && fcntl(fd, F_SETLK, &fl) < 0)
		return (-1);
	return (lock_wanted(style, "flock") &&
	    flock(fd, LOCK_EX | LOCK_NB) < 0 ? -1 : 0);
}

int
lock_fd(int fd, const char *style, const char **why)
{
	for (int64_t i = 0; i < cf->deliver_lock_attempts; i++) {
		if (i > 0)
			wait_a_turn();
		if (try(fd, style) == 0)
			return (0);
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			break;
	}
	*why = arena_printf(mda.arena, "unable to lock for exclusive access: "
	    "%s", strerror(errno));
	return (-1);
}

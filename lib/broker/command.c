/* SPDX-License-Identifier: ISC */
/* command - the outside of an instance: public sockets and the pid file. */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/xalloc.h"

#include "command.h"

struct chan *
command_dial(const char *queue_directory, const char *service,
    enum role_id server)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int dir, fd, n, error;

	dir = open(queue_directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return (NULL);
	/* By way of /proc: the queue's path may not fit a sun_path. */
	n = snprintf(sun.sun_path, sizeof(sun.sun_path),
	    "/proc/self/fd/%d/public/%s", dir, service);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (n >= (int)sizeof(sun.sun_path)) {
		fd_close(&fd);
		errno = ENAMETOOLONG;
	} else if (fd >= 0 && connect(fd, (const struct sockaddr *)&sun,
	    sizeof(sun)) < 0) {
		error = errno;
		fd_close(&fd);
		errno = error;
	}
	error = errno;
	fd_close(&dir);
	errno = error;
	return (fd < 0 ? NULL : chan_client(fd, server));
}

pid_t
command_master(const char *queue_directory)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *path = xprintf("%s/pid/master.pid", queue_directory);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int rc;

	xfree(&path);
	if (fd < 0)
		return (errno == ENOENT ? 0 : -1);
	rc = fcntl(fd, F_GETLK, &lock);
	fd_close(&fd);
	if (rc < 0)
		return (-1);
	return (lock.l_type == F_UNLCK ? 0 : lock.l_pid);
}

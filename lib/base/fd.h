/* SPDX-License-Identifier: ISC */
/*
 * fd - descriptors: close once, write all, wait with a deadline, pass on.
 */
#ifndef POSTERN_FD_H
#define POSTERN_FD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "mono.h"

/*
 * Close and set to -1; -1 is allowed. EINTR and EIO are not errors here, a
 * descriptor that is not open is our bug: panic(). errno survives.
 */
void	fd_close(int *fd);

/* Set or clear O_NONBLOCK; fatal() if the kernel refuses. */
void	fd_nonblock(int fd, bool on);

/* All bytes, over EINTR and short writes; 0 or -1 with errno. */
int	fd_write_all(int fd, const void *p, size_t n)
	    __attribute__((warn_unused_result));
/* pread(2) until "n" bytes or the end; bytes read, or -1. */
ssize_t	fd_pread_all(int fd, void *p, size_t n, off_t at)
	    __attribute__((warn_unused_result));

/*
 * Wait for POLLIN/POLLOUT; 1 ready (or hung up: the next call says what is
 * wrong), 0 deadline passed, -1 error.
 */
int	fd_wait(int fd, short events, struct mono deadline)
	    __attribute__((warn_unused_result));

#define FD_PASS_MAX	250	/* descriptors in one message */

/*
 * One message with up to FD_PASS_MAX descriptors over a SEQPACKET or STREAM
 * socket. Flags as for sendmsg(2); there is no SIGPIPE. The descriptors stay
 * open here. Bytes sent, or -1 with errno; EINVAL for a message of no bytes,
 * which would look like the end.
 */
ssize_t	fd_send(int sock, const void *p, size_t n, const int *fds,
	    size_t nfds, int flags) __attribute__((warn_unused_result));

struct fd_peer {		/* who sent it, as the kernel says */
	pid_t	pid;
	uid_t	uid;
	gid_t	gid;
	bool	known;		/* SO_PASSCRED was on */
};

/*
 * Receive one message. Descriptors (close-on-exec) go to fds[]; *nfds is the
 * room in, the count out (0 if there is nothing to return). A message whose
 * bytes or descriptors were cut by the kernel, or with more descriptors than
 * there is room, is an error (EMSGSIZE) and all its descriptors are closed.
 * peer and nfds may be NULL. Bytes received, 0 at end, -1 with errno.
 */
ssize_t	fd_recv(int sock, void *p, size_t n, int *fds, size_t *nfds,
	    struct fd_peer *peer, int flags) __attribute__((warn_unused_result));

#endif

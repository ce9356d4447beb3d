/* SPDX-License-Identifier: ISC */
/*
 * fd - descriptors, and messages that carry them.
 *
 * fd_recv() trusts nobody: what the kernel cut off, or what is more than the
 * caller has room for, ends as an error with every descriptor closed.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "log.h"

void
fd_close(int *fd)
{
	int saved = errno;

	/* After EINTR or EIO the descriptor is gone all the same. */
	if (*fd != -1 && close(*fd) == -1 && errno == EBADF)
		panic("fd_close: descriptor %d is not open", *fd);
	*fd = -1;
	errno = saved;
}

void
fd_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		fatal("fcntl(F_GETFL) of descriptor %d: %m", fd);
	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	if (fcntl(fd, F_SETFL, flags) == -1)
		fatal("fcntl(F_SETFL) of descriptor %d: %m", fd);
}

int
fd_write_all(int fd, const void *p, size_t n)
{
	const char *at = p;
	ssize_t got;

	while (n > 0) {
		got = write(fd, at, n);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return (-1);
		at += got;
		n -= (size_t)got;
	}
	return (0);
}

ssize_t
fd_pread_all(int fd, void *p, size_t n, off_t at)
{
	char *to = p;
	size_t have = 0;
	ssize_t got;

	while (have < n) {
		got = pread(fd, to + have, n - have, at + (off_t)have);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return (-1);
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return ((ssize_t)have);
}

int
fd_wait(int fd, short events, struct mono deadline)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int rc;

	do {
		rc = poll(&pfd, 1, mono_poll_ms(deadline));
		/* One poll(2) may be shorter than a very distant deadline. */
	} while ((rc == -1 && errno == EINTR) ||
	    (rc == 0 && !mono_past(deadline)));
	if (rc == 1 && (pfd.revents & POLLNVAL) != 0) {
		errno = EBADF;
		return (-1);
	}
	return (rc);
}

ssize_t
fd_send(int sock, const void *p, size_t n, const int *fds, size_t nfds,
    int flags)
{
	union {
		struct cmsghdr hdr;
		char space[CMSG_SPACE(sizeof(int) * FD_PASS_MAX)];
	} control = { .space = { 0 } };
	struct iovec iov = { .iov_len = n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t sent;

	/* Nothing would look like the end to the receiver. */
	if (n == 0 || nfds > FD_PASS_MAX) {
		errno = EINVAL;
		return (-1);
	}
	memcpy(&iov.iov_base, &p, sizeof(p));	/* sendmsg(2) only reads */
	if (nfds > 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
	}
	do
		sent = sendmsg(sock, &msg, flags | MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	return (sent);
}

/* Take over the descriptors of one control message; false: no room. */
static bool
take_fds(struct cmsghdr *c, int *fds, size_t *have, size_t room)
{
	size_t i, n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	bool fits = true;
	int fd;

	for (i = 0; i < n; i++) {
		memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
		if (*have < room)
			fds[(*have)++] = fd;
		else {
			fits = false;
			fd_close(&fd);
		}
	}
	return (fits);
}

static void
take_peer(struct cmsghdr *c, struct fd_peer *peer)
{
	struct ucred cred;

	if (c->cmsg_len < CMSG_LEN(sizeof(cred)))
		return;
	memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	peer->pid = cred.pid;
	peer->uid = cred.uid;
	peer->gid = cred.gid;
	peer->known = true;
}

/* Sort out the control messages; false if something is missing. */
static bool
take_control(struct msghdr *msg, int *fds, size_t *have, size_t room,
    struct fd_peer *peer)
{
	bool whole = (msg->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_len < CMSG_LEN(0))
			continue;
		if (c->cmsg_type == SCM_RIGHTS &&
		    !take_fds(c, fds, have, room))
			whole = false;
		if (c->cmsg_type == SCM_CREDENTIALS && peer != NULL)
			take_peer(c, peer);
	}
	return (whole);
}

ssize_t
fd_recv(int sock, void *p, size_t n, int *fds, size_t *nfds,
    struct fd_peer *peer, int flags)
{
	union {
		struct cmsghdr hdr;
		char space[CMSG_SPACE(sizeof(int) * FD_PASS_MAX) +
		    CMSG_SPACE(sizeof(struct ucred))];
	} control = { .space = { 0 } };
	struct iovec iov = { .iov_base = p, .iov_len = n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control) };
	size_t have = 0, room = nfds == NULL ? 0 : *nfds;
	ssize_t got;
	bool whole;

	if (nfds != NULL)
		*nfds = 0;
	if (peer != NULL)
		*peer = (struct fd_peer){ .known = false };
	do
		got = recvmsg(sock, &msg, flags | MSG_CMSG_CLOEXEC);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return (-1);
	whole = take_control(&msg, fds, &have, room, peer);
	/* No bytes are the end, whatever came with them. */
	if (got == 0 || !whole)
		while (have > 0)
			fd_close(&fds[--have]);
	if (got > 0 && !whole) {
		errno = EMSGSIZE;
		return (-1);
	}
	if (nfds != NULL)
		*nfds = have;
	return (got);
}

/* SPDX-License-Identifier: ISC */
/*
 * fdpass_test - descriptors in messages: all of them or none, never one
 * that nobody knows of.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#define KERNEL_MAX	253		/* SCM_MAX_FD */

static int pair[2];			/* [0] sends, [1] receives */
static int many[KERNEL_MAX];		/* /dev/null, again and again */

static void
setup(int type)
{
	size_t i;

	ATF_REQUIRE(socketpair(AF_UNIX, type, 0, pair) == 0);
	ATF_REQUIRE((many[0] = open("/dev/null", O_RDONLY)) != -1);
	for (i = 1; i < KERNEL_MAX; i++)
		ATF_REQUIRE((many[i] = dup(many[0])) != -1);
}

/* How many descriptors this process has open. */
static int
open_count(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	ATF_REQUIRE(d != NULL);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return (n);
}

/* sendmsg(2) itself, for what fd_send() refuses. */
static ssize_t
raw_send(const void *p, size_t n, size_t nfds)
{
	union {
		struct cmsghdr hdr;
		char space[CMSG_SPACE(sizeof(many))];
	} control = { .space = { 0 } };
	struct iovec iov = { .iov_len = n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(nfds * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	memcpy(&iov.iov_base, &p, sizeof(p));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
	memcpy(CMSG_DATA(c), many, nfds * sizeof(int));
	return (sendmsg(pair[0], &msg, 0));
}

static void
pass(int type, size_t nfds)
{
	int fds[FD_PASS_MAX], before;
	struct stat want, st;
	size_t i, n = FD_PASS_MAX;
	char text[10] = "";

	setup(type);
	before = open_count();
	ATF_REQUIRE_EQ(5, fd_send(pair[0], "hello", 5, many, nfds, 0));
	ATF_CHECK_EQ(before, open_count());
	ATF_REQUIRE_EQ(5, fd_recv(pair[1], text, sizeof(text), fds, &n, NULL,
	    0));
	ATF_CHECK_STREQ("hello", text);
	ATF_REQUIRE_EQ_MSG(nfds, n, "%zu of %zu", n, nfds);
	ATF_CHECK_EQ(before + (int)nfds, open_count());
	ATF_REQUIRE(fstat(many[0], &want) == 0);
	for (i = 0; i < n; i++) {
		ATF_REQUIRE(fstat(fds[i], &st) == 0);
		ATF_CHECK_EQ(want.st_rdev, st.st_rdev);
		ATF_CHECK_EQ(FD_CLOEXEC, fcntl(fds[i], F_GETFD));
		fd_close(&fds[i]);
	}
	fd_close(&pair[0]);
	fd_close(&pair[1]);
}

ATF_TC_WITHOUT_HEAD(all_arrive);
ATF_TC_BODY(all_arrive, tc)
{
	static const int types[] = { SOCK_SEQPACKET, SOCK_STREAM };
	static const size_t counts[] = { 0, 1, 2, 64, FD_PASS_MAX };
	size_t i, k;

	for (i = 0; i < 2; i++)
		for (k = 0; k < sizeof(counts) / sizeof(counts[0]); k++)
			pass(types[i], counts[k]);
}

/* Receive with room for so many; must fail and leave nothing open. */
static void
refused(size_t bytes, size_t room, struct fd_peer *peer, const char *label)
{
	int before = open_count(), fds[KERNEL_MAX + 1];
	size_t i, n = room;
	char text[10];

	for (i = 0; i <= KERNEL_MAX; i++)
		fds[i] = -4711;
	errno = 0;
	ATF_CHECK_EQ_MSG(-1, fd_recv(pair[1], text, bytes, fds, &n, peer, 0),
	    "%s", label);
	ATF_CHECK_EQ_MSG(EMSGSIZE, errno, "%s: %s", label, strerror(errno));
	ATF_CHECK_EQ_MSG(0, n, "%s", label);
	ATF_CHECK_EQ_MSG(before, open_count(), "%s: left open", label);
	for (i = room; i <= KERNEL_MAX; i++)
		ATF_REQUIRE_EQ_MSG(-4711, fds[i], "%s: over the end", label);
}

ATF_TC_WITHOUT_HEAD(too_many);
ATF_TC_BODY(too_many, tc)
{
	int before, on = 1;
	struct fd_peer peer;
	char text[10];

	setup(SOCK_SEQPACKET);
	ATF_REQUIRE_EQ(1, fd_send(pair[0], "x", 1, many, 3, 0));
	refused(10, 2, NULL, "one more than there is room");
	ATF_REQUIRE_EQ(1, fd_send(pair[0], "x", 1, many, 1, 0));
	refused(10, 0, NULL, "one where none is wanted");
	ATF_REQUIRE_EQ(1, raw_send("x", 1, KERNEL_MAX));
	refused(10, FD_PASS_MAX, NULL, "as many as the kernel passes");
	ATF_REQUIRE(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on,
	    sizeof(on)) == 0);
	ATF_REQUIRE_EQ(1, raw_send("x", 1, KERNEL_MAX));
	refused(10, KERNEL_MAX, &peer, "no room for them beside credentials");

	/* Without a place for descriptors. */
	before = open_count();
	ATF_REQUIRE_EQ(1, fd_send(pair[0], "x", 1, many, 1, 0));
	ATF_CHECK_ERRNO(EMSGSIZE,
	    fd_recv(pair[1], text, 10, NULL, NULL, NULL, 0) == -1);
	ATF_CHECK_EQ(before, open_count());
}

ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	struct rlimit rl;
	char text[10];
	int fds[2];
	size_t n = 2;

	setup(SOCK_SEQPACKET);
	ATF_REQUIRE_EQ(5, fd_send(pair[0], "hello", 5, many, 2, 0));
	refused(4, 2, NULL, "bytes cut");

	/* The kernel has no free number for the second. */
	ATF_REQUIRE_EQ(5, fd_send(pair[0], "hello", 5, many, 2, 0));
	ATF_REQUIRE(getrlimit(RLIMIT_NOFILE, &rl) == 0);
	rl.rlim_cur = (rlim_t)many[KERNEL_MAX - 1] + 2;
	ATF_REQUIRE(setrlimit(RLIMIT_NOFILE, &rl) == 0);
	ATF_CHECK_ERRNO(EMSGSIZE,
	    fd_recv(pair[1], text, 10, fds, &n, NULL, 0) == -1);
	ATF_CHECK_EQ(0, n);
	rl.rlim_cur = rl.rlim_max;
	ATF_REQUIRE(setrlimit(RLIMIT_NOFILE, &rl) == 0);
	ATF_CHECK_EQ(-1, fcntl(many[KERNEL_MAX - 1] + 1, F_GETFD));

	/* The channel is as good as before. */
	pass(SOCK_SEQPACKET, 2);
}

ATF_TC_WITHOUT_HEAD(credentials);
ATF_TC_BODY(credentials, tc)
{
	struct fd_peer peer;
	int on = 1, fds[2];
	char text[10];
	size_t n;

	setup(SOCK_SEQPACKET);
	memset(&peer, 0xff, sizeof(peer));
	ATF_REQUIRE_EQ(1, fd_send(pair[0], "x", 1, NULL, 0, 0));
	ATF_REQUIRE_EQ(1, fd_recv(pair[1], text, 10, NULL, NULL, &peer, 0));
	ATF_CHECK(!peer.known);

	ATF_REQUIRE(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on,
	    sizeof(on)) == 0);
	ATF_REQUIRE_EQ(1, fd_send(pair[0], "x", 1, many, 2, 0));
	n = 2;
	ATF_REQUIRE_EQ(1, fd_recv(pair[1], text, 10, fds, &n, &peer, 0));
	ATF_CHECK(peer.known);
	ATF_CHECK_EQ(getpid(), peer.pid);
	ATF_CHECK_EQ(getuid(), peer.uid);
	ATF_CHECK_EQ(getgid(), peer.gid);
	ATF_CHECK_EQ(2, n);
	fd_close(&fds[0]);
	fd_close(&fds[1]);

	/* Nobody asks for them: they are in nobody's way. */
	ATF_REQUIRE_EQ(1, fd_send(pair[0], "x", 1, NULL, 0, 0));
	ATF_CHECK_EQ(1, fd_recv(pair[1], text, 10, NULL, NULL, NULL, 0));
}

ATF_TC_WITHOUT_HEAD(the_end);
ATF_TC_BODY(the_end, tc)
{
	int before, fds[2];
	char text[10];
	size_t n = 2;

	setup(SOCK_SEQPACKET);
	before = open_count();
	ATF_CHECK_ERRNO(EAGAIN,
	    fd_recv(pair[1], text, 10, fds, &n, NULL, MSG_DONTWAIT) == -1);
	ATF_CHECK_EQ(0, n);

	/* A message of no bytes is no way to leave a descriptor behind. */
	ATF_REQUIRE_EQ(0, raw_send("", 0, 1));
	n = 2;
	ATF_CHECK_EQ(0, fd_recv(pair[1], text, 10, fds, &n, NULL, 0));
	ATF_CHECK_EQ(0, n);
	ATF_CHECK_EQ(before, open_count());

	fd_close(&pair[0]);
	n = 2;
	ATF_CHECK_EQ(0, fd_recv(pair[1], text, 10, fds, &n, NULL, 0));
	ATF_CHECK_EQ(0, n);
}

ATF_TC_WITHOUT_HEAD(bad_sends);
ATF_TC_BODY(bad_sends, tc)
{
	setup(SOCK_SEQPACKET);
	ATF_CHECK_ERRNO(EINVAL, fd_send(pair[0], "", 0, NULL, 0, 0) == -1);
	ATF_CHECK_ERRNO(EINVAL,
	    fd_send(pair[0], "x", 1, many, FD_PASS_MAX + 1, 0) == -1);
	fd_close(&many[1]);
	ATF_CHECK_ERRNO(EBADF, fd_send(pair[0], "x", 1, many, 2, 0) == -1);
	ATF_REQUIRE(sigaction(SIGPIPE,
	    &(struct sigaction){ .sa_handler = SIG_DFL }, NULL) == 0);
	fd_close(&pair[1]);
	ATF_CHECK_ERRNO(EPIPE, fd_send(pair[0], "x", 1, many, 1, 0) == -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all_arrive);
	ATF_TP_ADD_TC(tp, too_many);
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, credentials);
	ATF_TP_ADD_TC(tp, the_end);
	ATF_TP_ADD_TC(tp, bad_sends);
	return (atf_no_error());
}

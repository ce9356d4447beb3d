/* SPDX-License-Identifier: ISC */
/* fd_test - whole writes, deadlines, descriptors closed once. */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "die.h"

static volatile sig_atomic_t ticks;

static void
tick(int sig)
{
	(void)sig;
	ticks++;
}

/* A signal each millisecond that interrupts system calls; 0: no more. */
static void
interrupts(suseconds_t usec)
{
	struct itimerval every = { { 0, usec }, { 0, usec } };
	struct sigaction sa = { .sa_handler = tick };

	ATF_REQUIRE(sigaction(SIGALRM, &sa, NULL) == 0);
	ATF_REQUIRE(setitimer(ITIMER_REAL, &every, NULL) == 0);
}

static void
close_it(void *fd)
{
	fd_close(fd);
}

ATF_TC_WITHOUT_HEAD(closing);
ATF_TC_BODY(closing, tc)
{
	int p[2], again;

	ATF_REQUIRE(pipe(p) == 0);
	again = p[0];
	errno = ENOTTY;
	fd_close(&p[0]);
	ATF_CHECK_EQ(-1, p[0]);
	ATF_CHECK_EQ(-1, fcntl(again, F_GETFD));
	errno = ENOTTY;
	fd_close(&p[0]);
	ATF_CHECK_EQ(ENOTTY, errno);
	ATF_CHECK(dies(LOG_L_PANIC, "is not open", close_it, &again));
	fd_close(&p[1]);
}

ATF_TC_WITHOUT_HEAD(nonblock);
ATF_TC_BODY(nonblock, tc)
{
	int p[2];
	char c;

	ATF_REQUIRE(pipe(p) == 0);
	fd_nonblock(p[0], true);
	ATF_CHECK_ERRNO(EAGAIN, read(p[0], &c, 1) == -1);
	ATF_CHECK((fcntl(p[1], F_GETFL) & O_NONBLOCK) == 0);
	fd_nonblock(p[0], false);
	ATF_CHECK((fcntl(p[0], F_GETFL) & O_NONBLOCK) == 0);
}

/* Read all of fd; 0 if it was "want" bytes, each one its offset. */
static int
reader(int fd, size_t want)
{
	unsigned char some[1000];
	size_t have = 0;
	ssize_t i, n;

	while ((n = read(fd, some, sizeof(some))) > 0)
		for (i = 0; i < n; i++)
			if (some[i] != (have++ & 0xff))
				return (1);
	return (have != want);
}

ATF_TC_WITHOUT_HEAD(write_all);
ATF_TC_BODY(write_all, tc)
{
	static unsigned char bytes[4000000];
	int status, s[2];
	size_t i;
	pid_t pid;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)close(s[0]);
		_exit(reader(s[1], sizeof(bytes)));
	}
	fd_close(&s[1]);
	interrupts(100);
	ATF_CHECK_EQ(0, fd_write_all(s[0], bytes, sizeof(bytes)));
	ATF_CHECK_EQ(0, fd_write_all(s[0], NULL, 0));
	interrupts(0);
	fd_close(&s[0]);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK_EQ(0, status);
}

ATF_TC_WITHOUT_HEAD(write_error);
ATF_TC_BODY(write_error, tc)
{
	static char bytes[1000000];
	int p[2];

	ATF_REQUIRE(sigaction(SIGPIPE,
	    &(struct sigaction){ .sa_handler = SIG_IGN }, NULL) == 0);
	ATF_REQUIRE(pipe(p) == 0);
	fd_nonblock(p[1], true);
	ATF_CHECK_ERRNO(EAGAIN, fd_write_all(p[1], bytes, sizeof(bytes)) == -1);
	fd_close(&p[0]);
	ATF_CHECK_ERRNO(EPIPE, fd_write_all(p[1], "x", 1) == -1);
	ATF_CHECK_ERRNO(EBADF, fd_write_all(-1, "x", 1) == -1);
}

ATF_TC_WITHOUT_HEAD(pread_all);
ATF_TC_BODY(pread_all, tc)
{
	char got[20] = "";
	int fd, p[2];

	ATF_REQUIRE((fd = open("f", O_RDWR | O_CREAT, 0600)) != -1);
	ATF_REQUIRE_EQ(0, fd_write_all(fd, "0123456789", 10));
	ATF_CHECK_EQ(4, fd_pread_all(fd, got, 4, 3));
	ATF_CHECK_EQ(0, memcmp(got, "3456", 5));
	ATF_CHECK_EQ(2, fd_pread_all(fd, got, sizeof(got), 8));
	ATF_CHECK_EQ(0, fd_pread_all(fd, got, sizeof(got), 10));
	ATF_CHECK_EQ(0, fd_pread_all(fd, got, sizeof(got), 1000));
	ATF_CHECK_EQ_MSG(10, lseek(fd, 0, SEEK_CUR), "the offset has moved");
	ATF_REQUIRE(pipe(p) == 0);
	ATF_CHECK_ERRNO(ESPIPE, fd_pread_all(p[0], got, 1, 0) == -1);
}

ATF_TC_WITHOUT_HEAD(waiting);
ATF_TC_BODY(waiting, tc)
{
	struct mono soon, past = mono_in(span_s(-1));
	int p[2];

	ATF_REQUIRE(pipe(p) == 0);
	ATF_CHECK_EQ(0, fd_wait(p[0], POLLIN, past));
	ATF_CHECK_EQ(1, fd_wait(p[1], POLLOUT, past));

	/* Not before the deadline, though signals come all the time. */
	soon = mono_in(span_ms(30));
	interrupts(1000);
	ATF_CHECK_EQ(0, fd_wait(p[0], POLLIN, soon));
	interrupts(0);
	ATF_CHECK(mono_past(soon));
	ATF_CHECK(ticks > 0);

	ATF_REQUIRE_EQ(1, write(p[1], "x", 1));
	ATF_CHECK_EQ(1, fd_wait(p[0], POLLIN, MONO_NEVER));
	fd_close(&p[1]);
	ATF_CHECK_EQ(1, fd_wait(p[0], POLLIN, MONO_NEVER));
	ATF_CHECK_EQ(1, fd_wait(p[0], 0, MONO_NEVER));
	ATF_CHECK_ERRNO(EBADF, fd_wait(1000, POLLIN, MONO_NEVER) == -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, closing);
	ATF_TP_ADD_TC(tp, nonblock);
	ATF_TP_ADD_TC(tp, write_all);
	ATF_TP_ADD_TC(tp, write_error);
	ATF_TP_ADD_TC(tp, pread_all);
	ATF_TP_ADD_TC(tp, waiting);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/*
 * What is left of a user's rights while a maildir is written to: each act in
 * a process of its own, that is shut in as mda(8) shuts itself in.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "confine/confine.h"

static int tmp, new;

static int
make(void)
{
	int fd = openat(tmp, "t", O_WRONLY | O_CREAT | O_EXCL, 0600);

	return (fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 &&
	    linkat(tmp, "t", new, "n", 0) == 0 &&
	    unlinkat(tmp, "t", 0) == 0);
}

static int
read_old(void)
{
	return (openat(new, "old", O_RDONLY) >= 0);
}

static int
write_old(void)
{
	return (openat(new, "old", O_WRONLY) >= 0);
}

static int
remove_old(void)
{
	return (unlinkat(new, "old", 0) == 0);
}

static int
take_old(void)
{
	return (renameat(new, "old", tmp, "taken") == 0);
}

static int
list_new(void)
{
	return (openat(new, ".", O_RDONLY | O_DIRECTORY) >= 0);
}

static int
read_other(void)
{
	return (open("/etc/passwd", O_RDONLY) >= 0);
}

static int
write_other(void)
{
	return (open("outside", O_WRONLY | O_CREAT, 0600) >= 0);
}

/* Of another user, who has opened it to everybody. */
static int
read_loose(void)
{
	return (open("loose", O_RDONLY) >= 0);
}

static int
write_loose(void)
{
	return (open("loose", O_WRONLY | O_APPEND) >= 0);
}

static int
do_socket(void)
{
	return (socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static int
do_exec(void)
{
	return (execl("/bin/true", "true", (char *)NULL) == 0);
}

static int
do_fork(void)
{
	return (fork() >= 0);
}

static const struct {
	const char	*label;
	int		(*fn)(void);
	int		 want;		/* 1 works, 0 refused, -1 deadly */
} acts[] = {
	{ "make a file", make, 1 },
	{ "read old mail", read_old, 0 },
	{ "write to old mail", write_old, 0 },
	{ "remove old mail", remove_old, 0 },
	{ "move old mail", take_old, 0 },
	{ "list mail", list_new, 0 },
	{ "read another file", read_other, 0 },
	{ "make another file", write_other, 0 },
	{ "read a mailbox with loose modes", read_loose, 0 },
	{ "write to it", write_loose, 0 },
	{ "socket", do_socket, -1 },
	{ "execve", do_exec, -1 },
	{ "fork", do_fork, -1 },
};

static int
try(int (*fn)(void))
{
	const struct confine_right rights[] = {
		{ tmp, POLICY_FS_WRITE_FILE | POLICY_FS_MAKE_REG |
		    POLICY_FS_REMOVE_FILE | POLICY_FS_REFER },
		{ new, POLICY_FS_MAKE_REG | POLICY_FS_REFER },
	};
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		confine_writer(rights, 2, &policy_filter_mda);
		_exit(fn());
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return (-1);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 99);
}

ATF_TC_WITHOUT_HEAD(write_only);
ATF_TC_BODY(write_only, tc)
{
	(void)tc;
	ATF_REQUIRE(mkdir("tmp", 0700) == 0 && mkdir("new", 0700) == 0);
	ATF_REQUIRE((tmp = open("tmp", O_PATH | O_DIRECTORY)) >= 0);
	ATF_REQUIRE((new = open("new", O_RDONLY | O_DIRECTORY)) >= 0);
	ATF_REQUIRE(close(openat(new, "old", O_WRONLY | O_CREAT, 0600)) ==
	    0);
	ATF_REQUIRE(close(open("loose", O_WRONLY | O_CREAT, 0600)) == 0 &&
	    chmod("loose", 0666) == 0);
	/* What is refused inside works outside. */
	ATF_REQUIRE(read_old() == 1 && list_new() == 1);
	ATF_REQUIRE(read_loose() == 1 && write_loose() == 1);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		ATF_CHECK_EQ_MSG(acts[i].want, try(acts[i].fn), "%s",
		    acts[i].label);
	ATF_CHECK(read_old() == 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, write_only);
	return (atf_no_error());
}

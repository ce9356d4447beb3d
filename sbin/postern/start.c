/* SPDX-License-Identifier: ISC */
/* start - from a configuration directory to a running mail system. */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mono.h"
#include "broker/command.h"

#include "postern.h"

#define START_TIME	span_s(60)
#define STATUS_FD	3

pid_t
running(const struct instance *i)
{
	pid_t pid = command_master(i->params.queue_directory);

	if (pid < 0)
		fatal("%s/pid/master.pid: %m", i->params.queue_directory);
	return (pid);
}

bool
wait_ended(const struct instance *i, int seconds)
{
	const struct mono deadline = mono_in(span_s(seconds));

	while (running(i) != 0) {
		if (mono_past(deadline))
			return (false);
		(void)poll(NULL, 0, 20);
	}
	return (true);
}

/* import_environment, and where the configuration is. */
static char **
environment(struct instance *i)
{
	const char *names = i->params.import_environment, *value;
	struct view rest = view_of(names), word;
	char **env = arena_array(i->arena, strlen(names) / 2 + 3,
	    sizeof(*env));
	size_t n = 0;

	env[n++] = arena_printf(i->arena, "MAIL_CONFIG=%s", i->dir);
	while ((word = view_group(&rest, ", \t\r\n")).n > 0) {
		if (word.p[0] == '{' && word.p[word.n - 1] == '}')
			word = view_trim(view_sub(word, 1, word.n - 2));
		if (view_eq(word, "MAIL_CONFIG"))
			continue;
		if (view_chr(word, '=') > 0)
			env[n++] = view_str(i->arena, word);
		else if ((value = getenv(view_str(i->arena, word))) != NULL)
			env[n++] = arena_printf(i->arena, "%.*s=%s",
			    (int)word.n, word.p, value);
	}
	return (env);
}

static _Noreturn void
run_master(struct instance *i, int status)
{
	char *path = arena_printf(i->arena, "%s/master",
	    i->params.daemon_directory);
	char fd[4], name[] = "master", c[] = "-c", s[] = "-s", fg[] = "-i";
	char *dir = arena_str(i->arena, i->dir);
	char *argv[] = { name, c, dir, s, fd, NULL };
	char *argv_fg[] = { name, c, dir, fg, NULL };
	char **envp = environment(i);

	(void)snprintf(fd, sizeof(fd), "%d", STATUS_FD);
	if (status >= 0 && status != STATUS_FD &&
	    dup2(status, STATUS_FD) < 0)
		fatal("dup2: %m");
	if (status >= 0 && fcntl(STATUS_FD, F_SETFD, 0) < 0)
		fatal("fcntl: %m");
	(void)execve(path, status < 0 ? argv_fg : argv, envp);
	fatal("%s: %m", path);
}

/* What a crash has left half-written, and files that lie in a wrong place. */
static void
mend_queue(const struct instance *i)
{
	char *path = arena_printf(i->arena, "%s/postsuper",
	    i->params.command_directory);
	char name[] = "postsuper", c[] = "-c", p[] = "-p", s[] = "-s";
	char *argv[] = { name, c, arena_str(i->arena, i->dir), p, s, NULL };
	char *envp[] = { NULL };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)execve(path, argv, envp);
		fatal("%s: %m", path);
	}
	/* A queue that is not tidy still carries mail. */
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		log_warn("%s: %m", path);
	else if (status != 0)
		log_warn("%s: the queue could not be mended", path);
}

static void
get_ready(struct instance *i)
{
	if (running(i) != 0)
		fatal("the Postern mail system is already running");
	if (prepare(i, true) != 0)
		fatal("the queue or the configuration is not usable");
	mend_queue(i);
	log_info("starting the Postern mail system");
}

/* "up", or the end of the pipe when master has ended with its reason. */
static bool
wait_started(int fd, pid_t pid)
{
	char word[8];
	int status;

	if (fd_wait(fd, POLLIN, mono_in(START_TIME)) <= 0) {
		log_error("master(8) did not report in time");
		return (false);
	}
	if (read(fd, word, sizeof(word)) == 2)
		return (true);
	if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
		log_error("master(8) was killed by signal %d",
		    WTERMSIG(status));
	return (false);
}

int
do_start(struct instance *i)
{
	int status[2];
	pid_t pid;

	get_ready(i);
	if (pipe2(status, O_CLOEXEC) < 0)
		fatal("pipe: %m");
	if ((pid = fork()) < 0)
		fatal("fork: %m");
	if (pid == 0) {
		fd_close(&status[0]);
		run_master(i, status[1]);
	}
	fd_close(&status[1]);
	if (wait_started(status[0], pid))
		return (0);
	log_error("the Postern mail system did not start");
	return (1);
}

int
do_start_fg(struct instance *i)
{
	get_ready(i);
	run_master(i, -1);
}

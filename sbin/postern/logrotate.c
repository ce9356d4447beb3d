/* SPDX-License-Identifier: ISC */
/*
 * logrotate - rename maillog_file, go on with a new one, compress the old.
 *
 * Runs as the operator. The compressor is the administrator's, with the
 * operator's rights and environment.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#include "postern.h"

#define ARGS_MAX	16	/* of the compressor */

/* The format is the administrator's: the compiler cannot check it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static bool
time_suffix(char *buf, size_t size, const char *format)
{
	time_t now = time(NULL);
	struct tm tm;

	return (localtime_r(&now, &tm) != NULL &&
	    strftime(buf, size, format, &tm) > 0);
}
#pragma GCC diagnostic pop

/* Until a line of ours is in the new file: from then on all are. */
static bool
wait_written(const char *path)
{
	const struct mono deadline = mono_in(span_s(10));
	struct stat st;

	while (!mono_past(deadline)) {
		log_info("the log goes on in a new %s", path);
		for (int n = 0; n < 10; n++) {
			(void)poll(NULL, 0, 20);
			if (stat(path, &st) == 0 && st.st_size > 0)
				return (true);
		}
	}
	return (false);
}

/*
 * The postlogd(8) before this one may still write what it had read. A lease
 * for reading is granted when nobody has the file open for writing.
 */
static void
wait_closed(const char *path)
{
	const struct mono deadline = mono_in(span_s(5));
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	while (fd >= 0 && fcntl(fd, F_SETLEASE, F_RDLCK) < 0 &&
	    errno == EAGAIN && !mono_past(deadline))
		(void)poll(NULL, 0, 20);
	fd_close(&fd);
}

_Noreturn static void
run_compressor(struct instance *i, const char *path)
{
	struct view rest = view_of(i->params.maillog_file_compressor), word;
	char *argv[ARGS_MAX + 2];
	size_t n = 0;

	while ((word = view_word(&rest, " \t\r\n")).n > 0) {
		if (n == ARGS_MAX)
			fatal("maillog_file_compressor: too many words");
		argv[n++] = arena_strn(i->arena, word.p, word.n);
	}
	argv[n++] = arena_str(i->arena, path);
	argv[n] = NULL;
	(void)execvp(argv[0], argv);
	fatal("maillog_file_compressor: %s: %m", argv[0]);
}

static int
compress(struct instance *i, const char *path)
{
	pid_t pid;
	int status;

	if (i->params.maillog_file_compressor[0] == '\0')
		return (0);
	wait_closed(path);
	if ((pid = fork()) == 0)
		run_compressor(i, path);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		fatal("maillog_file_compressor: %m");
	if (status == 0)
		return (0);
	log_error("maillog_file_compressor: %s %s failed",
	    i->params.maillog_file_compressor, path);
	return (1);
}

int
do_logrotate(struct instance *i)
{
	const char *path = i->params.maillog_file;
	char suffix[128], *to;
	pid_t pid;

	if (*path == '\0' || strncmp(path, "/dev/", 5) == 0)
		fatal("maillog_file is not a file that can be rotated");
	if (!time_suffix(suffix, sizeof(suffix),
	    i->params.maillog_file_rotate_suffix))
		fatal("maillog_file_rotate_suffix is not usable");
	to = arena_printf(i->arena, "%s.%s", path, suffix);
	if (rename(path, to) < 0)
		fatal("rename %s to %s: %m", path, to);
	if ((pid = running(i)) == 0)
		return (compress(i, to));
	/* A reload opens the file anew for the next postlogd(8). */
	if (kill(pid, SIGHUP) < 0)
		fatal("kill: %m");
	if (wait_written(path))
		return (compress(i, to));
	log_error("%s: postlogd(8) did not take up the new file", path);
	return (1);
}

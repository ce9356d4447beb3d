/* SPDX-License-Identifier: ISC */
/*
 * command - a program of the user, or of master.cf, that takes the message
 * as its input.
 *
 * It has the user's rights, a small environment, and of our descriptors none.
 * It does not see the end of a message whose content turns out damaged.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "mda.h"
#include "outcome.h"

#define OUTPUT_MAX	4096

struct child {
	pid_t		 pid;
	int		 pidfd;
	int		 in;		/* its input; -1: it has closed it */
	int		 out;		/* its output; -1: at its end */
	size_t		 n;
	struct mono	 deadline;
	char		 output[OUTPUT_MAX + 1];
};

static noreturn void
exec_child(const struct command *c, int in, int out)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL };

	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
	    close_range(3, ~0U, 0) < 0)
		_exit(EX_OSERR);
	log_open("mda", log_stderr);	/* to whom it may concern: output */
	log_exit_status(EX_TEMPFAIL);
	(void)sigaction(SIGPIPE, &dfl, NULL);
	(void)sigaction(SIGXFSZ, &dfl, NULL);
	if (setpgid(0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		fatal("starting a command: %m");
	if (cf->command_no_new_privs &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fatal("no_new_privs: %m");
	if (c->dir != NULL && chdir(c->dir) < 0)
		fatal("cannot change directory to \"%s\" for uid=%ld gid=%ld:"
		    " %m", c->dir, (long)getuid(), (long)getgid());
	(void)execvpe(c->argv[0], c->argv, c->env);
	fatal("execvp %s: %m", c->argv[0]);
}

static void
start(struct child *ch, const struct command *c)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		fatal("pipe: %m");
	if ((ch->pid = fork()) < 0)
		finish(OUTCOME_DEFERRED, "4.3.0", "fork: %s",
		    strerror(errno));
	if (ch->pid == 0)
		exec_child(c, in[0], out[1]);
	fd_close(&in[0]);
	fd_close(&out[1]);
	ch->in = in[1];
	ch->out = out[0];
	fd_nonblock(ch->in, true);
	fd_nonblock(ch->out, true);
	ch->pidfd = (int)syscall(SYS_pidfd_open, ch->pid, 0);
	if (ch->pidfd < 0)
		fatal("pidfd_open: %m");
}

static void
kill_all(const struct child *ch)
{
	(void)kill(-ch->pid, SIGKILL);
	(void)kill(ch->pid, SIGKILL);
}

/* What is too much is read all the same: it must not block. */
static void
read_output(struct child *ch)
{
	char piece[4096];
	ssize_t n = read(ch->out, piece, sizeof(piece));
	size_t room = OUTPUT_MAX - ch->n;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		fd_close(&ch->out);
		return;
	}
	if ((size_t)n < room)
		room = (size_t)n;
	memcpy(ch->output + ch->n, piece, room);
	ch->n += room;
}

/* Until one of them is ready; what it says is read. -1: out of time. */
static int
turn(struct child *ch, bool writing)
{
	struct pollfd pfd[] = {
		{ .fd = writing ? ch->in : -1, .events = POLLOUT },
		{ .fd = ch->out, .events = POLLIN },
		{ .fd = ch->out < 0 && !writing ? ch->pidfd : -1,
		    .events = POLLIN },
	};

	if (mono_past(ch->deadline)) {
		errno = ETIMEDOUT;
		return (-1);
	}
	if (poll(pfd, 3, mono_poll_ms(ch->deadline)) < 0 && errno != EINTR)
		return (-1);
	if (pfd[1].revents)
		read_output(ch);
	return (0);
}

/* A command that does not want to read it all may be right. */
static int
feed(void *arg, const char *p, size_t n)
{
	struct child *ch = arg;

	while (n > 0 && ch->in >= 0) {
		ssize_t k = write(ch->in, p, n);

		if (k < 0 && errno == EPIPE)
			fd_close(&ch->in);
		else if (k < 0 && errno != EAGAIN && errno != EINTR)
			return (-1);
		else if (k > 0) {
			p += k;
			n -= (size_t)k;
		} else if (turn(ch, true) < 0)
			return (-1);
	}
	return (0);
}

static int
wait_for(struct child *ch, int *status)
{
	while (waitpid(ch->pid, status, WNOHANG) == 0 || ch->out >= 0) {
		if (turn(ch, false) < 0)
			return (-1);
		/* Its output may be held open by who outlives it. */
		if (ch->out < 0)
			continue;
	}
	return (0);
}

/* One line, without what a log line must not have. */
static const char *
said(struct child *ch)
{
	while (ch->n > 0 && strchr(" \t\r\n", ch->output[ch->n - 1]) != NULL)
		ch->n--;
	for (size_t i = 0; i < ch->n; i++)
		if (strchr("\t\r\n", ch->output[i]) != NULL)
			ch->output[i] = ' ';	/* NUL too */
	printable(ch->output, ch->n);
	ch->output[ch->n] = '\0';
	return (ch->output);
}

const char *
command_run(const struct command *c, int message)
{
	static struct child ch;
	int status, error;

	ch.deadline = mono_in(span_s(c->time_limit));
	start(&ch, c);
	errno = 0;
	if (copy_message(message, c->flags, c->eol, feed, &ch) < 0) {
		error = errno;
		kill_all(&ch);
		if (error == EBADMSG)
			finish_damaged();
		if (error != ETIMEDOUT)
			finish(OUTCOME_DEFERRED, "4.3.0",
			    "error writing to \"%s\": %s", c->text,
			    strerror(error));
		outcome_of_timeout(c->text, said(&ch));
	}
	fd_close(&ch.in);
	if (wait_for(&ch, &status) < 0) {
		kill_all(&ch);
		outcome_of_timeout(c->text, said(&ch));
	}
	outcome_of_status(status, c->text, said(&ch));
	return (ch.output);
}

/* What the shell is needed for, as Postfix sees it. */
static bool
is_simple(const char *text)
{
	static const char plain[] = "1234567890!@%-_=+:,./"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ \t";
	static const char *const words[] = { "!", ".", ":", "alias", "bg",
		"break", "case", "cd", "command", "continue", "do", "done",
		"elif", "else", "esac", "eval", "exec", "exit", "export",
		"fc", "fg", "fi", "for", "getopts", "hash", "if", "jobs",
		"read", "readonly", "return", "set", "shift", "then", "times",
		"trap", "type", "ulimit", "umask", "unalias", "unset",
		"until", "wait", "while" };
	struct view rest = view_of(text), word;

	if (text[strspn(text, plain)] != '\0')
		return (false);
	word = view_word(&rest, " \t");
	if (word.n == 0 || view_chr(word, '=') >= 0)
		return (false);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (view_eq(word, words[i]))
			return (false);
	return (true);
}

static char **
split(const char *text, size_t more)
{
	struct view rest = view_of(text), word;
	char **v = arena_array(mda.arena, strlen(text) / 2 + 2 + more,
	    sizeof(*v));
	size_t n = 0;

	while ((word = view_word(&rest, " \t")).n > 0)
		v[n++] = view_str(mda.arena, word);
	return (v);
}

char **
command_words(const char *text)
{
	char **v;
	size_t n = 0;

	if (*cf->local_command_shell != '\0' && mda.t.op != MDA_OP_PIPE) {
		v = split(cf->local_command_shell, 1);
		while (v[n] != NULL)
			n++;
		v[n] = arena_str(mda.arena, text);
		return (v);
	}
	if (is_simple(text))
		return (split(text, 0));
	v = split("/bin/sh -c", 1);
	v[2] = arena_str(mda.arena, text);
	return (v);
}

static const char *
directory(void)
{
	static struct buf dir;

	if (*cf->command_execution_directory == '\0')
		return (NULL);
	buf_init(&dir, 4096);
	if (expand(cf->command_execution_directory,
	    cf->execution_directory_expansion_filter, expand_local, NULL,
	    &dir) != 0)
		finish(OUTCOME_DEFERRED, "4.3.5",
		    "bad command_execution_directory for user %s",
		    mda.t.login);
	return (buf_str(&dir));
}

noreturn void
command_deliver(int message, const char *text)
{
	const struct command c = { .argv = command_words(text), .text = text,
		.dir = directory(), .env = env_make(), .flags = COPY_MBOX &
		    ~(unsigned)(COPY_QUOTE | COPY_BLANK), .eol = "\n",
		.time_limit = mda.t.time_limit };

	copy_refuse_loop(message);
	if (c.argv[0] == NULL)
		finish(OUTCOME_BOUNCED, "5.3.5", "empty command");
	(void)command_run(&c, message);
	finish(OUTCOME_SENT, "2.0.0", "delivered to command: %s", text);
}

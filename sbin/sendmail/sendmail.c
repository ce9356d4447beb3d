/* SPDX-License-Identifier: ISC */
/*
 * sendmail - submit mail, as programs have done since there is mail.
 *
 * Also mailq and newaliases. Parses the message in the process of the user
 * who wrote it, without any privilege; see sendmail.h.
 */
#include <sys/wait.h>

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"
#include "broker/cmdlog.h"
#include "conf/conf.h"
#include "proto/proto.h"
#include "table/user.h"

#include "sendmail.h"

#define CONTENT_MAX	((size_t)1 << 40)	/* where there is no limit */
#define ALIASES_MAX	64

static struct arena *arena;
static struct user_entry user;

static struct conf *conf;	/* once it has been read */

/* Root's errors go to the mail log too; others have no way to it. */
static void
log_for_root(void)
{
	static struct params params;
	struct conf_error e;
	const char *tag;

	if (conf == NULL || getuid() != 0 ||
	    conf_params(conf, CONF_EVERYTHING, &params, &e) == -1)
		return;
	tag = arena_printf(arena, "%s/sendmail", params.syslog_name);
	cmdlog_open(&params, tag);
	log_open("sendmail", cmdlog_sink);
}

static noreturn void die(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static noreturn void
die(int status, const char *fmt, ...)
{
	va_list ap;

	log_for_root();
	va_start(ap, fmt);
	log_vput(LOG_L_FATAL, fmt, ap);
	va_end(ap);
	exit(status);
}

/* Of a user who is in no file: what the name services say. */
static bool
ask_getent(uid_t uid)
{
	char number[32], line[USER_LINE_MAX];
	struct view v, name, skip;
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	(void)snprintf(number, sizeof(number), "%lu", (unsigned long)uid);
	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		return (false);
	if (pid == 0) {
		if (dup2(fds[1], STDOUT_FILENO) != -1)
			(void)execl("/usr/bin/getent", "getent", "passwd",
			    number, (char *)NULL);
		_exit(1);
	}
	fd_close(&fds[1]);
	n = read(fds[0], line, sizeof(line));
	fd_close(&fds[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	if (n <= 0 || status != 0)
		return (false);
	v = (struct view){ line, (size_t)n };
	if (!view_field(&v, ':', &name) || name.n == 0)
		return (false);
	(void)snprintf(user.name, sizeof(user.name), "%.*s", (int)name.n,
	    name.p);
	for (int i = 0; i < 4; i++)
		if (!view_field(&v, ':', &skip))
			return (true);
	(void)snprintf(user.gecos, sizeof(user.gecos), "%.*s", (int)skip.n,
	    skip.p);
	return (true);
}

static void
find_user(void)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	bool found = user_find(fd, getuid(), &user) || ask_getent(getuid());

	fd_close(&fd);
	if (!found)
		die(EX_OSERR, "no login name found for user ID %lu",
		    (unsigned long)getuid());
}

/* The first part of gecos, with the login name in place of a "&". */
static const char *
full_name(const struct options *o)
{
	const char *name = o->fullname != NULL ? o->fullname : getenv("NAME");
	struct buf b;

	buf_init(&b, SUBMIT_NAME_MAX);
	if (name == NULL) {
		for (const char *c = user.gecos; *c != '\0' && *c != ','; c++)
			if ((*c == '&' ? buf_puts(&b, user.name) :
			    buf_putc(&b, *c)) == -1)
				break;
	} else if (buf_puts(&b, name) == -1)
		die(EX_USAGE, "-F: name is too long");
	name = arena_strn(arena, b.p, b.n);
	buf_fini(&b);
	if (name[strcspn(name, "\r\n")] != '\0')
		die(EX_USAGE, "-F: name has more than one line");
	return (name);
}

static const char *
sender(const struct options *o)
{
	struct rcpts one;

	if (o->sender == NULL)
		return (user.name);
	if (*o->sender == '\0' || strcmp(o->sender, "<>") == 0)
		return ("");
	rcpts_init(&one, arena);
	if (!rcpts_add(&one, o->sender) || one.n != 1)
		die(EX_USAGE, "-f option specified malformed sender: %s",
		    o->sender);
	return (one.first->addr);
}

static const char *
get(struct conf *c, const char *name)
{
	struct conf_error e;
	const char *value = conf_eval(c, name, &e);

	if (value == NULL)
		die(EX_UNAVAILABLE, "%s", e.text);
	return (value);
}

static void
read_conf(struct site *s, const struct options *o)
{
	struct conf_error e;
	const char *dir = o->config, *ends;
	size_t n = dir != NULL ? strlen(dir) : 0;
	struct conf *c;
	int64_t limit = 0;

	/* -C may name the file itself. */
	if (n > 8 && strcmp(dir + n - 8, "/main.cf") == 0)
		dir = arena_strn(arena, dir, n - 8);
	dir = conf_dir_default(dir);
	if ((c = conf_load(arena, dir, &e)) == NULL)
		die(EX_UNAVAILABLE, "%s", e.text);
	conf = c;
	s->config_dir = dir;
	s->queue_directory = get(c, "queue_directory");
	s->command_directory = get(c, "command_directory");
	s->service = get(c, "pickup_service_name");
	s->alias_database = get(c, "alias_database");
	s->hostname = get(c, "myhostname");
	s->mail_name = get(c, "mail_name");
	s->setgid = strcasecmp(get(c, "setgid_submission"), "no") != 0;
	ends = get(c, "sendmail_fix_line_endings");
	s->ends = strcmp(ends, "never") == 0 ? LINES_NEVER :
	    strcmp(ends, "strict") == 0 ? LINES_STRICT : LINES_ALWAYS;
	if (num_parse(view_of(get(c, "message_size_limit")), 0, INT64_MAX,
	    &limit))
		s->size_limit = (uint64_t)limit;
}

/* All of standard input; more than the limit allows is not read. */
static void
read_content(struct buf *b, const struct site *s)
{
	size_t max = s->size_limit != 0 && s->size_limit < CONTENT_MAX / 4 ?
	    (size_t)s->size_limit * 2 + 65536 : CONTENT_MAX;
	size_t step = 16384;
	char *room;
	ssize_t n;

	buf_init(b, max);
	for (;;) {
		if ((room = buf_room(b, step)) == NULL)
			die(EX_UNAVAILABLE, "%s(%lu): message file too big",
			    user.name, (unsigned long)getuid());
		n = read(STDIN_FILENO, room, step);
		if (n == 0)
			return;
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			die(EX_DATAERR, "%s(%lu): error reading input: %s",
			    user.name, (unsigned long)getuid(),
			    strerror(errno));
		buf_add(b, (size_t)n);
		if (b->n > 8 * step && step < 1024 * 1024)
			step *= 2;
	}
}

static void
find_rcpts(struct message *m, const struct options *o, char **words)
{
	rcpts_init(&m->rcpts, arena);
	for (; *words != NULL; words++)
		if (!rcpts_add(&m->rcpts, *words))
			die(EX_USAGE, "%s(%lu): malformed recipient address: "
			    "%s", user.name, (unsigned long)getuid(), *words);
	if (o->from_header)
		rcpts_from_header(&m->rcpts, buf_view(&m->content));
	if (m->rcpts.n == 0)
		die(EX_USAGE, "%s(%lu): %s", user.name,
		    (unsigned long)getuid(), o->from_header ?
		    "No recipient addresses found in message header" :
		    "Recipient addresses must be specified on the command "
		    "line or via the -t option");
}

static int
enqueue(const struct site *s, struct options *o, char **words)
{
	struct message m;
	char why[WHY_MAX], id[64];
	int status;

	if (o->from_header && *words != NULL)
		die(EX_USAGE, "cannot handle command-line recipients with -t");
	find_user();
	m.sender = sender(o);
	if (o->verp && *m.sender == '\0')
		die(EX_USAGE, "-XV requires non-null sender");
	m.fullname = full_name(o);
	/* A report needs no content, unless recipients are in it. */
	if (!o->from_header && (*words == NULL || o->mode == MODE_VERIFY))
		buf_init(&m.content, 0);
	else
		read_content(&m.content, s);
	content_fix(&m.content, o->keep_dots, s->ends);
	find_rcpts(&m, o, words);
	if (s->size_limit != 0 && m.content.n > s->size_limit)
		die(EX_UNAVAILABLE, "%s(%lu): message file too big",
		    user.name, (unsigned long)getuid());
	status = submit(s, o, &m, why, id);
	if (status != 0)
		die(status, "%s(%lu): %s", user.name, (unsigned long)getuid(),
		    why);
	if (o->report || o->mode == MODE_VERIFY)
		(void)printf("Mail Delivery Status Report will be mailed to "
		    "<%s>.\n", m.sender);
	return (0);
}

static noreturn void
run(const struct site *s, const char *command, char **argv)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", s->command_directory,
	    command);
	(void)execv(path, argv);
	die(EX_UNAVAILABLE, "%s: %s", path, strerror(errno));
}

static noreturn void
run_command(const struct site *s, const char *command, const char *opt,
    const char *value)
{
	char *argv[6];
	int n = 0;

	argv[n++] = arena_str(arena, command);
	argv[n++] = arena_str(arena, "-c");
	argv[n++] = arena_str(arena, s->config_dir);
	argv[n++] = arena_str(arena, opt);
	if (value != NULL)
		argv[n++] = arena_str(arena, value);
	argv[n] = NULL;
	run(s, command, argv);
}

static int
newaliases(const struct site *s, const struct options *o)
{
	char *argv[ALIASES_MAX + 4];
	struct view rest, word;
	int n = 0;

	argv[n++] = arena_str(arena, "postalias");
	argv[n++] = arena_str(arena, "-c");
	argv[n++] = arena_str(arena, s->config_dir);
	rest = view_of(o->what != NULL ? o->what : s->alias_database);
	while ((word = view_word(&rest, ", \t\r\n")).n > 0 && n < ALIASES_MAX)
		argv[n++] = arena_strn(arena, word.p, word.n);
	argv[n] = NULL;
	if (n == 3)
		return (0);		/* there are none */
	run(s, "postalias", argv);
}

static int
act(const struct site *s, struct options *o, char **words)
{
	switch (o->mode) {
	case MODE_SUBMIT:
	case MODE_VERIFY:
		return (enqueue(s, o, words));
	case MODE_SMTP:
		find_user();
		return (smtp_serve(s, o, user.name, full_name(o)));
	case MODE_MAILQ:
		run_command(s, "postqueue", "-p", NULL);
	case MODE_FLUSH:
		run_command(s, "postqueue", "-f", NULL);
	case MODE_FLUSH_ID:
		run_command(s, "postqueue", "-i", o->what);
	case MODE_FLUSH_SITE:
		run_command(s, "postqueue", "-s", o->what);
	case MODE_NEWALIASES:
		return (newaliases(s, o));
	case MODE_DAEMON:
		run_command(s, "postfix", "start", NULL);
	case MODE_IGNORE:
		break;
	}
	return (0);
}

int
main(int argc, char **argv)
{
	const struct sigaction ign = { .sa_handler = SIG_IGN };
	struct options o;
	struct site s = { .size_limit = 0 };
	const char *why;
	int first;

	log_open("sendmail", log_stderr);
	log_exit_status(EX_OSERR);
	if (sigaction(SIGPIPE, &ign, NULL) == -1)
		fatal("sigaction: %m");
	arena = arena_new(0);
	if ((first = options_parse(&o, argc, argv, &why)) == -1)
		die(EX_USAGE, "%s", why);
	if (o.mode == MODE_IGNORE)
		return (0);
	read_conf(&s, &o);
	return (act(&s, &o, argv + first));
}

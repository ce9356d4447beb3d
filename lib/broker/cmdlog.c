/* SPDX-License-Identifier: ISC */
/*
 * cmdlog - to postlogd(8), or past it when the mail system does not run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/mono.h"
#include "cmdlog.h"
#include "command.h"

#define SEND_TIME	span_s(10)

static const struct params *params;
static const char *log_name;		/* postfix/postlog, or as -t says */
static struct chan *chan;
static int	 file = -1;
static bool	 use_syslog;

static const struct {
	const char	*word;
	int		 number;
} facilities[] = {
	{ "auth", LOG_AUTH }, { "authpriv", LOG_AUTHPRIV },
	{ "cron", LOG_CRON }, { "daemon", LOG_DAEMON }, { "ftp", LOG_FTP },
	{ "kern", LOG_KERN }, { "lpr", LOG_LPR }, { "mail", LOG_MAIL },
	{ "news", LOG_NEWS }, { "syslog", LOG_SYSLOG }, { "user", LOG_USER },
	{ "uucp", LOG_UUCP }, { "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 }, { "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 }, { "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 }, { "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
};

static int
facility(const char *word)
{
	for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (strcmp(facilities[i].word, word) == 0)
			return (facilities[i].number);
	fatal("syslog_facility: %s: unknown facility", word);
}

static bool
open_file(const char *path)
{
	/* The same way as master(8): nobody else's file is followed to. */
	file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
	if (file < 0)
		log_warn("open logfile %s: %m", path);
	return (file >= 0);
}

void
cmdlog_open(const struct params *p, const char *tag)
{
	params = p;
	log_name = tag;
	chan = command_dial(p->queue_directory, p->postlog_service_name,
	    ROLE_POSTLOGD);
	if (chan != NULL)
		return;
	if (errno == EACCES)
		log_warn("%s/public/%s: only root may use the log of the mail "
		    "system", p->queue_directory, p->postlog_service_name);
	else if (*p->maillog_file == '\0')
		use_syslog = true;
	else if (p->maillog_file[0] == '/' && geteuid() == 0 &&
	    strcmp(p->maillog_file, "/dev/stdout") != 0)
		(void)open_file(p->maillog_file);
	else
		log_warn("the mail system does not run");
	if (use_syslog)
		openlog(log_name, LOG_PID, facility(p->syslog_facility));
}

static void
to_syslog(enum log_level level, const char *line)
{
	static const int priority[] = { LOG_INFO, LOG_WARNING, LOG_ERR,
		LOG_CRIT, LOG_CRIT };

	syslog(priority[level], "%s", line);
}

static int
to_file(const char *line)
{
	char stamp[32] = "";
	const time_t now = time(NULL);
	struct tm tm;
	struct buf b;
	int rc;

	if (localtime_r(&now, &tm) != NULL)
		(void)strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm);
	buf_init(&b, 2 * LOG_LINE_MAX);
	buf_xprintf(&b, "%s %.*s %s[%ld]: %s\n", stamp,
	    (int)strcspn(params->myhostname, "."), params->myhostname,
	    log_name, (long)getpid(), line);
	if ((rc = fd_write_all(file, b.p, b.n)) < 0)
		log_warn("write logfile %s: %m", params->maillog_file);
	buf_fini(&b);
	return (rc);
}

static int
to_postlogd(enum log_level level, const char *line)
{
	const struct msg_log_line m = { level, log_name, line };

	/* Once more: a reload brings a new postlogd, and the old one goes. */
	for (int i = 0; i < 2 && chan != NULL; i++) {
		if (chan_put(chan, V_log_line, &m) == 0 &&
		    chan_flush(chan, mono_in(SEND_TIME)) == 0)
			return (0);
		chan_free(&chan);
		chan = command_dial(params->queue_directory,
		    params->postlog_service_name, ROLE_POSTLOGD);
	}
	log_warn("postlogd(8) does not take the line: %m");
	return (-1);
}

int
cmdlog_line(enum log_level level, const char *line)
{
	if (chan != NULL)
		return (to_postlogd(level, line));
	if (file >= 0)
		return (to_file(line));
	if (use_syslog)
		to_syslog(level, line);
	return (use_syslog ? 0 : -1);
}

void
cmdlog_sink(enum log_level level, const char *line, size_t n)
{
	static bool inside;

	log_stderr(level, line, n);
	if (inside)			/* the log's own troubles */
		return;
	inside = true;
	(void)cmdlog_line(level, line);
	inside = false;
}

void
cmdlog_close(void)
{
	if (use_syslog)
		closelog();
	fd_close(&file);
	chan_free(&chan);
}

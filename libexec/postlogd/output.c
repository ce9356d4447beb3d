/* SPDX-License-Identifier: ISC */
/*
 * output - maillog_file, standard output or syslog, as main.cf says.
 *
 * Lines of one turn are written with one write(2), in the form of syslog.
 * When the file cannot be written (disk full) the lines are kept and tried
 * again; above a bound the oldest go, counted and told.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/uninit.h"

#include "daemon.h"

#define KEEP_MAX	(4 * 1024 * 1024)
#define FACILITY_MAIL	(2 << 3)

static struct buf kept;
static int	 file_fd = -1, syslog_fd = -1;
static unsigned	 lost;
static char	 host[256];

/* Not in the jail: the time zone's file. */
void
output_prepare(void)
{
	tzset();
	(void)snprintf(host, sizeof(host), "%.*s",
	    (int)strcspn(cf->myhostname, "."), cf->myhostname);
}

void
output_open(void)
{
	buf_init(&kept, KEEP_MAX);
	if ((file_fd = role_file_fd("maillog")) < 0)
		file_fd = role_file_fd("stdout");
	syslog_fd = role_file_fd("syslog");
}

static int
priority(uint32_t level)
{
	static const int pri[] = { 6, 4, 3, 2, 2 };

	return (FACILITY_MAIL | pri[level]);
}

/* "Nov 24 10:35:01"; made once a second. */
static const char *
stamp(void)
{
	static char text[32];
	static time_t last;
	time_t now = time(NULL);
	struct tm tm;

	if (now != last && localtime_r(&now, &tm) != NULL) {
		(void)strftime(text, sizeof(text), "%b %e %H:%M:%S", &tm);
		last = now;
	}
	return (text);
}

static void
to_syslog(const struct msg_log_line *m, pid_t pid)
{
	UNINIT char line[LOG_LINE_MAX + 300];
	int n;

	n = snprintf(line, sizeof(line), "<%d>%s %s[%ld]: %s",
	    priority(m->level), stamp(), m->tag, (long)pid, m->text);
	if (n >= (int)sizeof(line))
		n = (int)sizeof(line) - 1;
	while (send(syslog_fd, line, (size_t)n, MSG_NOSIGNAL) < 0) {
		if (errno == EINTR)
			continue;
		/* syslog has gone: the next process gets a new connection. */
		if (errno == ECONNREFUSED || errno == ENOTCONN ||
		    errno == ECONNRESET)
			_exit(1);
		return;
	}
}

void
output_line(const struct msg_log_line *m, pid_t pid)
{
	if (syslog_fd >= 0) {
		to_syslog(m, pid);
		return;
	}
	if (lost > 0 && buf_printf(&kept, "%s %s %s[%ld]: warning: %u lines "
	    "were lost\n", stamp(), host, log_tag(), (long)getpid(), lost) ==
	    0)
		lost = 0;
	if (buf_printf(&kept, "%s %s %s[%ld]: %s\n", stamp(), host, m->tag,
	    (long)pid, m->text) < 0)
		lost++;
}

void
output_flush(void)
{
	ssize_t n;

	if (file_fd < 0) {
		buf_reset(&kept);
		return;
	}
	while (kept.n > 0) {
		n = write(file_fd, kept.p, kept.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;		/* with the next line again */
		buf_drop(&kept, (size_t)n);
	}
	/* Memory that a burst needed is not kept for ever. */
	if (kept.cap > 256 * 1024) {
		buf_fini(&kept);
		buf_init(&kept, KEEP_MAX);
	}
}

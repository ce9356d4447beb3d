/* SPDX-License-Identifier: ISC */
/*
 * logsink - lines for the mail log, to postlogd(8).
 *
 * The socket is shared by all processes of the instance. It fills when
 * postlogd is down: then a process waits a little for it, and at last goes on
 * without the line, which is counted and told with the next one.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "proto/proto.h"

#include "logsink.h"

#define LOG_WAIT	span_s(2)

static int	 log_fd = -1;
static unsigned	 lost;

static bool
send_line(enum log_level level, const char *text)
{
	const struct msg_log_line m = { level, log_tag(), text };
	struct mono deadline = { 0 };
	struct buf b;
	bool ok = false;

	buf_init(&b, 2 * LOG_LINE_MAX);
	if (msg_put(&b, V_log_line, &m) < 0)
		goto out;
	while (send(log_fd, b.p, b.n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			goto out;
		if (deadline.ns == 0)
			deadline = mono_in(LOG_WAIT);
		if (fd_wait(log_fd, POLLOUT, deadline) <= 0)
			goto out;
	}
	ok = true;
out:
	buf_fini(&b);
	return (ok);
}

void
logsink_line(enum log_level level, const char *line, size_t n)
{
	char note[80];

	(void)n;
	if (lost > 0) {
		(void)snprintf(note, sizeof(note), "%u log lines were lost",
		    lost);
		if (!send_line(LOG_L_WARN, note)) {
			lost++;
			return;
		}
		lost = 0;
	}
	if (!send_line(level, line))
		lost++;
}

void
logsink_open(int fd, const char *tag)
{
	log_fd = fd;
	log_open(tag, logsink_line);
}

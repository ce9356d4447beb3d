/* SPDX-License-Identifier: ISC */
/*
 * log - master's own lines go where all lines go, the log socket. It exists
 * before postlogd(8) runs and outlives each of its processes.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/logsink.h"

#include "master.h"

void
master_log_open(void)
{
	const int one = 1, room = 1024 * 1024;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0 ||
	    setsockopt(sv[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)) < 0)
		fatal("log socket: %m");
	/* As much as the system allows: nothing depends on how much. */
	(void)setsockopt(sv[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	m.log_in = sv[0];
	m.log_out = sv[1];
}

/* Until we have started somebody may be looking: tell the terminal too. */
static void
both(enum log_level level, const char *line, size_t n)
{
	log_stderr(level, line, n);
	logsink_line(level, line, n);
}

void
master_log_start(const char *tag)
{
	logsink_open(m.log_out, tag);
	log_open(tag, both);
}

void
master_log_started(void)
{
	log_open(log_tag(), logsink_line);
}

void
master_syslog(void)
{
	const struct sockaddr_un sun = { .sun_family = AF_UNIX,
		.sun_path = "/dev/log" };

	fd_close(&m.syslog);
	m.syslog = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (m.syslog >= 0 && connect(m.syslog,
	    (const struct sockaddr *)&sun, sizeof(sun)) < 0) {
		log_warn("connect to /dev/log: %m");
		fd_close(&m.syslog);
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * load - the SMTP client and the SMTP server of the benchmark. Both are plain
 * and serve many sessions in one process, to cost as little as they can.
 *
 *	load send PORT SESSIONS MESSAGES EACH RCPTS BYTES
 *	load sink PORT COUNTFILE
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "load.h"

_Noreturn void
stop(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

uint64_t
number(const char *text, uint64_t max)
{
	uint64_t n;

	if (!num_unsigned(view_of(text), max, &n))
		stop(text);
	return (n);
}

int
lines_read(struct lines *l, int fd)
{
	ssize_t n;

	if (l->n == sizeof(l->buf))
		l->n = 0;	/* no line of SMTP is as long */
	n = read(fd, l->buf + l->n, sizeof(l->buf) - l->n);
	if (n < 0 && errno != EAGAIN)
		return (0);
	l->n += n > 0 ? (size_t)n : 0;
	return (n != 0);
}

bool
lines_next(struct lines *l, char *line, size_t size)
{
	char *end = memchr(l->buf, '\n', l->n);
	size_t n;

	if (end == NULL)
		return (false);
	n = (size_t)(end - l->buf) + 1;
	snprintf(line, size, "%.*s", (int)strcspn(l->buf, "\r\n"), l->buf);
	memmove(l->buf, l->buf + n, l->n - n);
	l->n -= n;
	return (true);
}

void
put_all(int fd, const char *p, size_t n)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	ssize_t sent;

	for (; n > 0; p += sent, n -= (size_t)sent) {
		sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN)
			stop("write");
		if (sent < 0)
			sent = 0;
		if ((size_t)sent < n)
			(void)poll(&room, 1, 10000);
	}
}

int
main(int argc, char *argv[])
{
	if (argc == 8 && strcmp(argv[1], "send") == 0)
		return (load_send(argc, argv));
	if (argc == 4 && strcmp(argv[1], "sink") == 0)
		return (load_sink(argc, argv));
	fprintf(stderr,
	    "usage: load send PORT SESSIONS MESSAGES EACH RCPTS BYTES\n"
	    "       load sink PORT COUNTFILE\n");
	return (2);
}

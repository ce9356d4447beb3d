/* SPDX-License-Identifier: ISC */
/*
 * The server: takes all mail and counts it in the first eight bytes of
 * COUNTFILE: messages there, recipients in the next eight.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "load.h"

#define MAX	2048

static struct conn {
	struct lines	l;
	uint64_t	rcpts;
	bool		data;
} *conns[MAX];
static struct pollfd fds[MAX];
static volatile uint64_t *counts;

static void
say(int fd, const char *text)
{
	put_all(fd, text, strlen(text));
}

static void
answer(struct conn *c, int fd, const char *line)
{
	if (c->data) {
		if (strcmp(line, ".") != 0)
			return;
		c->data = false;
		counts[0]++;
		counts[1] += c->rcpts;
		c->rcpts = 0;
		say(fd, "250 2.0.0 Ok: taken\r\n");
	} else if (strncasecmp(line, "EHLO", 4) == 0)
		say(fd, "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
	else if (strncasecmp(line, "DATA", 4) == 0) {
		c->data = true;
		say(fd, "354 go on\r\n");
	} else if (strncasecmp(line, "QUIT", 4) == 0)
		say(fd, "221 2.0.0 Bye\r\n");
	else {
		c->rcpts += strncasecmp(line, "RCPT", 4) == 0;
		say(fd, "250 2.0.0 Ok\r\n");
	}
}

static void
take(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int one = 1;

	if (fd < 0)
		return;
	if (fd >= MAX)
		stop("too many connections");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if ((conns[fd] = calloc(1, sizeof(**conns))) == NULL)
		stop("memory");
	fds[fd] = (struct pollfd){ .fd = fd, .events = POLLIN };
	say(fd, "220 sink ESMTP\r\n");
}

static void
serve(int fd)
{
	char line[1024];

	if (lines_read(&conns[fd]->l, fd) == 0) {
		free(conns[fd]);
		fds[fd].fd = -1;
		close(fd);
		return;
	}
	while (lines_next(&conns[fd]->l, line, sizeof(line)))
		answer(conns[fd], fd, line);
}

int
load_sink(int argc, char *argv[])
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)number(argv[2], 65535)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int file = open(argv[3], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int one = 1;

	(void)argc;
	if (file < 0 || ftruncate(file, 4096) < 0)
		stop(argv[3]);
	counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (counts == MAP_FAILED)
		stop(argv[3]);
	(void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&sin, sizeof(sin)) < 0 ||
	    listen(listener, 1024) < 0)
		stop("port of the sink");
	for (int i = 0; i < MAX; i++)
		fds[i].fd = -1;
	fds[listener] = (struct pollfd){ .fd = listener, .events = POLLIN };
	for (;;) {
		if (poll(fds, MAX, -1) < 0)
			stop("poll");
		for (int i = 0; i < MAX; i++)
			if (fds[i].fd == listener && fds[i].revents != 0)
				take(listener);
			else if (fds[i].fd >= 0 && fds[i].revents != 0)
				serve(i);
	}
}

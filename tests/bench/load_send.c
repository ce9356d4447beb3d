/* SPDX-License-Identifier: ISC */
/*
 * The client: SESSIONS at once, EACH messages in one session (0: none, the
 * session stays idle after EHLO until standard input ends), MESSAGES in all,
 * RCPTS recipients and BYTES of content each. Says how it went as one line of
 * JSON; "latency" is from connect to the 250 of a message.
 */
#include <sys/socket.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mono.h"
#include "load.h"

#define MAX	2048

enum step { GREETING, EHLO, MAIL, RCPT, DATA, DOT, QUIT };

static struct session {
	struct lines	l;
	enum step	step;
	struct mono	begun;
	uint64_t	rcpts, sent;
} sessions[MAX];
static struct pollfd fds[MAX];
static struct sockaddr_in server;
static uint64_t messages, each, rcpts, begun, done, refused, idle;
static double *latency;		/* milliseconds */
static char *content;
static size_t content_size;

static void
make_content(size_t bytes)
{
	static const char head[] = "From: <a@bench.example>\r\n"
	    "Subject: a message\r\n\r\n";
	size_t n = sizeof(head) - 1;

	content_size = n + bytes + 3;
	if ((content = malloc(content_size)) == NULL)
		stop("memory");
	memcpy(content, head, n);
	for (size_t i = 0; i < bytes; i++)
		content[n + i] = i % 72 == 70 ? '\r' : i % 72 == 71 ? '\n' :
		    (char)('a' + i % 26);
	if (bytes >= 2)
		memcpy(content + n + bytes - 2, "\r\n", 2);
	memcpy(content + n + bytes, ".\r\n", 3);
}

static void
connect_session(struct session *s, struct pollfd *p)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	*s = (struct session){ .begun = mono_now() };
	if (fd < 0 || connect(fd, (struct sockaddr *)&server,
	    sizeof(server)) < 0)
		stop("connect");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		stop("nonblocking");
	*p = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void
say(struct session *s, int fd, enum step step, const char *text)
{
	s->step = step;
	put_all(fd, text, strlen(text));
}

/* One more message in this session, or its end. */
static void
next_message(struct session *s, int fd)
{
	if (s->sent == each || begun == messages) {
		say(s, fd, QUIT, "QUIT\r\n");
		return;
	}
	begun++;
	s->sent++;
	s->rcpts = 0;
	say(s, fd, MAIL, "MAIL FROM:<a@bench.example>\r\n");
}

static void
next_rcpt(struct session *s, int fd)
{
	char line[80];

	if (s->rcpts == rcpts) {
		say(s, fd, DATA, "DATA\r\n");
		return;
	}
	snprintf(line, sizeof(line), "RCPT TO:<r%u@sink.example>\r\n",
	    (unsigned)++s->rcpts);
	say(s, fd, RCPT, line);
}

/* False: the session is over. */
static bool
reply(struct session *s, int fd, const char *line)
{
	if (line[0] == '\0' || strnlen(line, 4) < 4 || line[3] == '-')
		return (true);
	if (line[0] > '3') {
		refused++;
		return (false);
	}
	switch (s->step) {
	case GREETING:
		say(s, fd, EHLO, "EHLO client.example\r\n");
		break;
	case EHLO:
		if (each == 0)
			idle++;
		else
			next_message(s, fd);
		break;
	case MAIL:
	case RCPT:
		next_rcpt(s, fd);
		break;
	case DATA:
		s->step = DOT;
		put_all(fd, content, content_size);
		break;
	case DOT:
		latency[done++] = (double)(mono_now().ns - s->begun.ns) / 1e6;
		s->begun = mono_now();
		next_message(s, fd);
		break;
	case QUIT:
		return (false);
	}
	return (true);
}

static void
serve(struct session *s, struct pollfd *p)
{
	char line[1024];
	bool open = lines_read(&s->l, p->fd) != 0;

	while (open && lines_next(&s->l, line, sizeof(line)))
		open = reply(s, p->fd, line);
	if (open)
		return;
	close(p->fd);
	p->fd = -1;
	if (each > 0 && begun < messages)
		connect_session(s, p);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

static void
report(double seconds)
{
	qsort(latency, done, sizeof(*latency), by_size);
	printf("{\"messages\": %ju, \"refused\": %ju, \"seconds\": %.4f, "
	    "\"p50_ms\": %.3f, \"p99_ms\": %.3f}\n", (uintmax_t)done,
	    (uintmax_t)refused, seconds,
	    done > 0 ? latency[done / 2] : 0,
	    done > 0 ? latency[done * 99 / 100] : 0);
	fflush(stdout);
}

int
load_send(int argc, char *argv[])
{
	nfds_t n = number(argv[3], MAX), open;
	struct mono start = mono_now();
	char c;

	(void)argc;
	server.sin_family = AF_INET;
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.sin_port = htons((uint16_t)number(argv[2], 65535));
	messages = number(argv[4], 10000000);
	each = number(argv[5], 10000000);
	rcpts = number(argv[6], 10000);
	make_content(number(argv[7], 100000000));
	if ((latency = calloc(messages + 1, sizeof(*latency))) == NULL)
		stop("memory");
	for (nfds_t i = 0; i < n; i++)
		connect_session(&sessions[i], &fds[i]);
	do {
		open = 0;
		if (poll(fds, n, 60000) <= 0)
			stop("no answer for a minute");
		for (nfds_t i = 0; i < n; i++) {
			if (fds[i].fd >= 0 && fds[i].revents != 0)
				serve(&sessions[i], &fds[i]);
			open += fds[i].fd >= 0;
		}
	} while (open > 0 && (each > 0 || idle < open));
	report((double)(mono_now().ns - start.ns) / 1e9);
	if (each == 0)
		(void)!read(STDIN_FILENO, &c, 1);
	return (refused > 0);
}

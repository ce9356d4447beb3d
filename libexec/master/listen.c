/* SPDX-License-Identifier: ISC */
/*
 * listen - the sockets that the outside reaches us by.
 *
 * Addresses come from main.cf and master.cf only. Host names there are looked
 * up in /etc/hosts: nothing of the resolver runs as root.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#include "master.h"

#define BACKLOG		1024
#define HOSTS_LINE	1024

/* A numeric address; false if "text" is none. */
static bool
numeric(const char *text, uint16_t port, struct address *out)
{
	struct sockaddr_in6 *in6 = &out->sa.in6;
	struct sockaddr_in *in = &out->sa.in;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		out->len = sizeof(*in);
		return (true);
	}
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		out->len = sizeof(*in6);
		return (true);
	}
	return (false);
}

static bool
names_host(char *line, const char *host)
{
	char *word, *rest = line;

	while ((word = strsep(&rest, " \t\n")) != NULL) {
		if (*word == '#')
			return (false);
		if (*word != '\0' && strcasecmp(word, host) == 0)
			return (true);
	}
	return (false);
}

static size_t
from_hosts(const char *host, uint16_t port, struct address *out, size_t room)
{
	FILE *f = fopen("/etc/hosts", "re");
	char line[HOSTS_LINE], *rest;
	size_t n = 0;

	if (f == NULL)
		return (0);
	while (n < room && fgets(line, sizeof(line), f) != NULL) {
		rest = line;
		const char *addr = strsep(&rest, " \t");

		if (rest != NULL && names_host(rest, host) &&
		    numeric(addr, port, &out[n]))
			n++;
	}
	(void)fclose(f);
	return (n);
}

size_t
address_find(const char *host, uint16_t port, struct address *out, size_t room)
{
	if (room == 0)
		return (0);
	if (numeric(host, port, &out[0]))
		return (1);
	return (from_hosts(host, port, out, room));
}

static int
bind_inet(const struct address *a, struct conf_error *e)
{
	const int one = 1;
	int fd = socket(a->sa.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		(void)conf_fail(e, "socket: %s", strerror(errno));
		return (-1);
	}
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    (a->sa.any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &one, sizeof(one)) < 0) ||
	    bind(fd, &a->sa.any, a->len) < 0 || listen(fd, BACKLOG) < 0) {
		(void)conf_fail(e, "bind: %s", strerror(errno));
		fd_close(&fd);
	}
	return (fd);
}

int
listen_inet(const struct address *a, struct conf_error *e)
{
	int fd = bind_inet(a, e);

	if (fd >= 0)
		fd_nonblock(fd, true);
	return (fd);
}

int
listen_local(int queuefd, bool private, const char *name, int type,
    bool users, struct conf_error *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	mode_t old;
	int fd = -1;

	/* Relative, since the queue's path may be longer than a sun_path. */
	if ((size_t)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/%s",
	    private ? "private" : "public", name) >= sizeof(sun.sun_path)) {
		(void)conf_fail(e, "service name is too long");
		return (-1);
	}
	if (fchdir(queuefd) < 0)
		fatal("queue directory: %m");
	(void)unlink(sun.sun_path);
	old = umask(users ? 0111 : 0177);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		(void)conf_fail(e, "%s: %s", sun.sun_path, strerror(errno));
		fd_close(&fd);
	} else
		fd_nonblock(fd, true);
	(void)umask(old);
	if (chdir("/") < 0)
		fatal("chdir: %m");
	return (fd);
}

/* SPDX-License-Identifier: ISC */
/* Connections are made by dial(8), which hands the descriptor over. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/log.h"
#include "conf/conf.h"
#include "dial/dial.h"
#include "smtp_in.h"

#define PATH_LONGEST	107		/* of a UNIX socket */

/* errno or 0. */
static int
ask(struct client *c, enum verb verb, const void *m, int *fd)
{
	struct dial d = { c->reach, cf->dial_service_name, c->dial };
	int error;

	error = dial_ask(&d, verb, m, cf->smtp_connect_timeout, fd);
	c->dial = d.chan;
	return (error);
}

static const char *
source_for(const struct dns_addr *a)
{
	return (a->family == AF_INET6 ? cf->smtp_bind_address6 :
	    cf->smtp_bind_address);
}

static int
dial_tcp(struct client *c, const struct host *h, const char *addr, int *fd)
{
	struct msg_dial_tcp m = { .id = DIAL_ID, .port = h->port,
		.timeout_ms = dial_ms(cf->smtp_connect_timeout),
		.address = addr, .source = source_for(&h->addr) };
	int error;

	error = ask(c, V_dial_tcp, &m, fd);
	if (error == EADDRNOTAVAIL && m.source[0] != '\0' &&
	    !cf->smtp_bind_address_enforce) {
		log_warn("bind %s: %s", m.source, strerror(error));
		m.source = "";
		error = ask(c, V_dial_tcp, &m, fd);
	}
	return (error);
}

static int
dial_unix(struct client *c, const struct host *h, int *fd)
{
	const struct msg_dial_endpoint m = { .id = DIAL_ID,
		.timeout_ms = dial_ms(cf->smtp_connect_timeout),
		.text = arena_printf(c->arena, "unix:%s", h->path) };

	if (strlen(h->path) > PATH_LONGEST)
		return (ENAMETOOLONG);
	return (ask(c, V_dial_endpoint, &m, fd));
}

/*
 * With inet_interfaces = all nothing here knows the addresses of this system;
 * the kernel does: it connects one of them to itself.
 */
static bool
is_self(int fd)
{
	struct sockaddr_storage ss;
	struct dns_addr here, there;
	socklen_t n = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &n) < 0 ||
	    !dns_addr_sockaddr((struct sockaddr *)&ss, &here))
		return (false);
	n = sizeof(ss);
	if (getpeername(fd, (struct sockaddr *)&ss, &n) < 0 ||
	    !dns_addr_sockaddr((struct sockaddr *)&ss, &there))
		return (false);
	return (dns_addr_eq(&here, &there));
}

static void
start_server(struct client *c, const struct host *h, int fd, const char *addr)
{
	struct server *s = &c->srv;

	arena_reset(c->arena);
	s->host = *h;
	s->host.name = arena_str(c->arena, h->name);
	if (h->path != NULL)
		s->host.path = arena_str(c->arena, h->path);
	s->namaddr = arena_printf(c->arena, "%s[%s]", h->name, addr);
	s->relay = h->path != NULL ? s->namaddr :
	    arena_printf(c->arena, "%s:%u", s->namaddr, h->port);
	s->fd = fd;
	s->st = smtp_stream_new(fd);
	smtp_reply_init(&s->reply);
	s->features = 0;
	s->size_limit = 0;
	s->pix_delay = s->dead = s->quit_sent = false;
	s->uses = 0;
	s->opened = mono_now();
}

bool
connect_host(struct delivery *d, const struct host *h)
{
	struct arena *a = d->r->arena;
	const char *addr = host_addr_text(a, h);
	int fd = -1, error;

	must(!d->c->tainted || host_is(&d->c->srv.host, h));
	error = h->path != NULL ? dial_unix(d->c, h, &fd) :
	    dial_tcp(d->c, h, addr, &fd);
	if (error != 0 && h->path != NULL) {
		verdict_own(&d->why, a, "4.4.1", "connect to %s[%s]: %s",
		    h->name, addr, strerror(error));
		log_info("%s", d->why.reason);
		return (false);
	}
	if (error != 0) {
		verdict_own(&d->why, a, "4.4.1", "connect to %s[%s]:%u: %s",
		    h->name, addr, h->port, strerror(error));
		log_info("%s", d->why.reason);
		return (false);
	}
	if (d->loop_check && strstr(cf->inet_interfaces, "all") != NULL &&
	    is_self(fd)) {
		fd_close(&fd);
		verdict_own(&d->why, a, "5.4.6",
		    "mail for %s loops back to myself", d->nexthop);
		return (false);
	}
	start_server(d->c, h, fd, addr);
	d->srv = &d->c->srv;
	return (true);
}

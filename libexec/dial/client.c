/* SPDX-License-Identifier: ISC */
/*
 * Requests: connect without blocking, with a deadline, and hand the
 * descriptor over.
 */
#include <bsd/sys/queue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "client.h"
#include "conf/conf.h"
#include "dns/dns.h"
#include "names.h"
#include "rules.h"

#define RETRY	span_ms(50)	/* a UNIX socket whose queue is full */

struct attempt {
	TAILQ_ENTRY(attempt) next;
	TAILQ_ENTRY(attempt) next_asked;
	struct client	*client;
	uint32_t	 id;		/* the client's number for it */
	int		 fd;
	/* UNIX sockets: master connects. */
	bool		 asked;
	uint32_t	 serial;	/* what master is told */
	uint32_t	 number;	/* of dial_endpoints */
	/* Fixed endpoints: one address after another. */
	struct question	*question;
	struct dns_addr	 addr[NAMES_MAX];
	size_t		 naddr, tried;
	uint32_t	 port;
	struct mono	 end;
	struct watch	*watch;
	struct timer	*timer;
};

struct client {
	struct loop	*loop;
	struct chan	*chan;
	TAILQ_HEAD(, attempt) attempts;
	size_t		 n;
};

void (*client_ask)(uint32_t, uint32_t);

static TAILQ_HEAD(, attempt) asked = TAILQ_HEAD_INITIALIZER(asked);
static size_t clients;
static void (*when_none)(void);

void
client_drain(void (*done)(void))
{
	when_none = done;
	if (clients == 0)
		done();
}

static void
attempt_free(struct attempt *a)
{
	TAILQ_REMOVE(&a->client->attempts, a, next);
	if (a->asked)
		TAILQ_REMOVE(&asked, a, next_asked);
	a->client->n--;
	names_forget(&a->question);
	watch_free(&a->watch);
	timer_free(&a->timer);
	fd_close(&a->fd);
	xfree(&a);
}

static void
client_free(struct client *c)
{
	while (!TAILQ_EMPTY(&c->attempts))
		attempt_free(TAILQ_FIRST(&c->attempts));
	chan_free(&c->chan);
	xfree(&c);
	if (--clients == 0 && when_none != NULL)
		when_none();
}

/* "fd" goes along if it is not -1, and stays open here. */
static void
answer(struct client *c, uint32_t id, int error, int fd)
{
	struct msg_dial_done m = { .id = id, .error = (uint32_t)error };
	int got;

	got = fd < 0 ? chan_put(c->chan, V_dial_done, &m) :
	    chan_put_fd(c->chan, V_dial_done, &m, fd);
	/* A client that is gone shows in its channel's callback. */
	if (got < 0 || chan_flush(c->chan, MONO_NEVER) < 0)
		log_debug("role %s (pid %ld) is gone",
		    policy_table[chan_peer(c->chan)].name,
		    (long)chan_pid(c->chan));
}

static void
finish(struct attempt *a, int error)
{
	if (error == 0) {
		fd_nonblock(a->fd, false);
		answer(a->client, a->id, 0, a->fd);
	} else
		answer(a->client, a->id, error, -1);
	attempt_free(a);
}

static bool try_next(struct attempt *a);

static void
on_ready(int fd, int events, void *arg)
{
	int error = 0;
	socklen_t n = sizeof(error);

	(void)events;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		error = errno;
	if (error == 0 || !try_next(arg))
		finish(arg, error);
}

static void
on_timeout(void *arg)
{
	finish(arg, ETIMEDOUT);
}

/* connect(2), and wait for the end of it if it has not ended already. */
static void
start(struct client *c, uint32_t id, uint32_t timeout_ms, int fd,
    const struct sockaddr *sa, socklen_t n)
{
	struct attempt *a = xcalloc(1, sizeof(*a));
	int error = connect(fd, sa, n) == 0 ? 0 : errno;

	*a = (struct attempt){ .client = c, .id = id, .fd = fd };
	TAILQ_INSERT_TAIL(&c->attempts, a, next);
	c->n++;
	if (error != EINPROGRESS) {
		finish(a, error);
		return;
	}
	a->watch = watch_new(c->loop, fd, EV_OUT, on_ready, a);
	a->timer = timer_new(c->loop, on_timeout, a);
	timer_set(a->timer, span_ms(timeout_ms));
}

static void
on_retry(void *arg)
{
	struct attempt *a = arg;

	if (mono_past(a->end)) {
		finish(a, ETIMEDOUT);
		return;
	}
	timer_set(a->timer, mono_until(a->end));
	client_ask(a->serial, a->number);
}

static void
start_unix(struct client *c, uint32_t id, uint32_t timeout_ms,
    uint32_t number)
{
	static uint32_t serial;
	struct attempt *a = xcalloc(1, sizeof(*a));

	*a = (struct attempt){ .client = c, .id = id, .fd = -1,
		.asked = true, .serial = ++serial & INT32_MAX,
		.number = number, .end = mono_in(span_ms(timeout_ms)) };
	TAILQ_INSERT_TAIL(&c->attempts, a, next);
	TAILQ_INSERT_TAIL(&asked, a, next_asked);
	c->n++;
	a->timer = timer_new(c->loop, on_retry, a);
	timer_set(a->timer, span_ms(timeout_ms));
	client_ask(a->serial, number);
}

void
client_connected(uint32_t serial, int error, int fd)
{
	struct attempt *a;

	TAILQ_FOREACH(a, &asked, next_asked)
		if (a->serial == serial)
			break;
	if (a == NULL) {
		/* Its client is gone, or its time was over. */
		fd_close(&fd);
		return;
	}
	/* A server that does not keep up: connect(2) does not wait there. */
	if (error == EAGAIN) {
		timer_set(a->timer, RETRY);
		return;
	}
	a->fd = fd;
	finish(a, error != 0 || fd >= 0 ? error : EPROTO);
}

static socklen_t
sockaddr_of(const struct dns_addr *a, uint32_t port,
    struct sockaddr_storage *ss)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port) };

	memset(ss, 0, sizeof(*ss));
	if (a->family == AF_INET) {
		memcpy(&in.sin_addr, a->bytes, 4);
		memcpy(ss, &in, sizeof(in));
		return (sizeof(in));
	}
	memcpy(&in6.sin6_addr, a->bytes, 16);
	memcpy(ss, &in6, sizeof(in6));
	return (sizeof(in6));
}

/* A TCP socket, its source address bound; -1 with errno. */
static int
tcp_socket(const struct dns_addr *to, const char *source)
{
	struct sockaddr_storage ss;
	struct dns_addr from;
	socklen_t n;
	int fd, on = 1;

	fd = socket((int)to->family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return (-1);
	/* Dialogues of small messages: never wait for an ACK to send. */
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		goto out;
	if (source[0] == '\0')
		return (fd);
	if (!dns_addr_parse(view_of(source), &from) ||
	    from.family != to->family) {
		errno = EADDRNOTAVAIL;
		goto out;
	}
	n = sockaddr_of(&from, 0, &ss);
	if (bind(fd, (struct sockaddr *)&ss, n) == 0)
		return (fd);
out:
	fd_close(&fd);
	return (-1);
}

/*
 * Connect to the next address of a fixed endpoint; false if there is none, and
 * errno is why the last one failed.
 */
static bool
try_next(struct attempt *a)
{
	struct sockaddr_storage ss;
	socklen_t n;

	watch_free(&a->watch);
	while (a->tried < a->naddr) {
		n = sockaddr_of(&a->addr[a->tried], a->port, &ss);
		fd_close(&a->fd);
		a->fd = tcp_socket(&a->addr[a->tried++], "");
		if (a->fd < 0)
			continue;
		if (connect(a->fd, (struct sockaddr *)&ss, n) == 0 ||
		    errno == EINPROGRESS) {
			a->watch = watch_new(a->client->loop, a->fd, EV_OUT,
			    on_ready, a);
			return (true);
		}
	}
	return (false);
}

static void
on_names(void *arg, const struct dns_addr *addr, size_t n)
{
	struct attempt *a = arg;

	a->question = NULL;
	memcpy(a->addr, addr, n * sizeof(*addr));
	a->naddr = n;
	errno = EHOSTUNREACH;
	if (!try_next(a))
		finish(a, errno);
}

static void
start_inet(struct client *c, uint32_t id, uint32_t timeout_ms,
    const struct endpoint *e)
{
	struct attempt *a = xcalloc(1, sizeof(*a));

	*a = (struct attempt){ .client = c, .id = id, .fd = -1,
		.port = e->port, .naddr = e->naddr };
	memcpy(a->addr, e->addr, sizeof(e->addr));
	TAILQ_INSERT_TAIL(&c->attempts, a, next);
	c->n++;
	a->timer = timer_new(c->loop, on_timeout, a);
	timer_set(a->timer, span_ms(timeout_ms));
	errno = EHOSTUNREACH;
	if (e->host != NULL)
		a->question = names_find(c->loop, e->host, on_names, a);
	if (e->host != NULL ? a->question == NULL : !try_next(a))
		finish(a, errno);
}

static bool
refuse(struct client *c, uint32_t id, const char *what, const char *why)
{
	log_warn("refused: role %s(%ld) asked for %s: %s",
	    policy_table[chan_peer(c->chan)].name, (long)chan_pid(c->chan),
	    what, why);
	answer(c, id, EPERM, -1);
	return (true);
}

static bool
too_many(struct client *c, uint32_t id)
{
	if (c->n < (size_t)cf->dial_client_limit)
		return (false);
	log_warn("role %s(%ld) waits for %zu connections: no more",
	    policy_table[chan_peer(c->chan)].name, (long)chan_pid(c->chan),
	    c->n);
	answer(c, id, EAGAIN, -1);
	return (true);
}

static void
socket_failed(struct client *c, uint32_t id)
{
	int error = errno;

	/* Out of descriptors is our trouble, a bad source the caller's. */
	if (error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM)
		log_warn("socket: %s", strerror(error));
	answer(c, id, error, -1);
}

static bool
on_tcp(struct client *c)
{
	struct sockaddr_storage ss;
	struct msg_dial_tcp m;
	struct dns_addr to;
	const char *why;
	char what[80];
	socklen_t n;
	int fd;

	if (!chan_get(c->chan, &m))
		return (false);
	if ((why = rules_tcp(chan_peer(c->chan), m.address, m.port)) != NULL) {
		(void)snprintf(what, sizeof(what), "[%s]:%u", m.address,
		    m.port);
		return (refuse(c, m.id, what, why));
	}
	if (too_many(c, m.id))
		return (true);
	must(dns_addr_parse(view_of(m.address), &to));
	if ((fd = tcp_socket(&to, m.source)) < 0) {
		socket_failed(c, m.id);
		return (true);
	}
	n = sockaddr_of(&to, m.port, &ss);
	start(c, m.id, m.timeout_ms, fd, (struct sockaddr *)&ss, n);
	return (true);
}

static bool
on_endpoint(struct client *c)
{
	const struct endpoint *e;
	struct msg_dial_endpoint m;

	if (!chan_get(c->chan, &m))
		return (false);
	if ((e = rules_endpoint(chan_peer(c->chan), m.text)) == NULL)
		return (refuse(c, m.id, m.text,
		    "no parameter names it for this role"));
	if (too_many(c, m.id))
		return (true);
	if (e->is_unix)
		start_unix(c, m.id, m.timeout_ms, e->number);
	else
		start_inet(c, m.id, m.timeout_ms, e);
	return (true);
}

static void
on_channel(struct chan *ch, void *arg)
{
	struct client *c = arg;
	bool ok = true;
	enum verb verb;

	while (ok) {
		switch (chan_next(ch, MONO_NEVER, &verb)) {
		case CHAN_AGAIN:
			return;
		case CHAN_GONE:
			ok = false;
			break;
		case CHAN_MESSAGE:
			if (verb == V_dial_tcp)
				ok = on_tcp(c);
			else if (verb == V_dial_endpoint)
				ok = on_endpoint(c);
			else {
				chan_refuse(ch, "not a request for us");
				ok = false;
			}
			break;
		}
	}
	client_free(c);
}

void
client_new(struct loop *l, struct chan *ch)
{
	struct client *c = xcalloc(1, sizeof(*c));

	c->loop = l;
	c->chan = ch;
	TAILQ_INIT(&c->attempts);
	clients++;
	chan_watch(ch, l, on_channel, c);
}

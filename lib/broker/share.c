/* SPDX-License-Identifier: ISC */
/*
 * share - the life of a shared role: one loop, many channels.
 *
 * Some share their work among a few processes, all alike, that take clients at
 * the same rendezvous. The first of them has forked the others, and passes
 * on what master says; they end with it, and it ends if one of them dies.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/log.h"
#include "confine/confine.h"

#include "role_in.h"

#define TAKE_MAX	64	/* clients in one turn of the loop */
#define MATES_MAX	64

static const struct role *self;
static struct loop *loop;
static int take_max = TAKE_MAX;

/* In the first process: the control channels of the others. */
static int mates[MATES_MAX];
static unsigned nmates;
static bool draining;

/* With one listening end: stop watching it when drained. */
struct door {
	const struct bundle_item *item;
	struct watch		*watch;
	struct door		*next;
};
static struct door *doors;

static void
door_ready(int fd, int events, void *arg)
{
	struct door *d = arg;
	struct session s;

	(void)fd;
	(void)events;
	for (int i = 0; i < take_max; i++) {
		enum served got = serve_take(d->item, &s);

		if (got == SERVE_ENDED)
			watch_free(&d->watch);
		if (got != SERVE_CLIENT)
			return;
		if (s.chan != NULL)
			self->client(loop, s.chan);
		else
			fd_close(&s.fd);
	}
}

static void
open_door(const struct bundle_item *item, void *arg)
{
	struct arena *a = arg;
	struct door *d = arena_get(a, sizeof(*d));

	fd_nonblock(item->fd, true);
	d->item = item;
	d->watch = watch_new(loop, item->fd, EV_IN, door_ready, d);
	d->next = doors;
	doors = d;
}

/* To those that do the same work. */
static void
pass_on(const struct control *c)
{
	for (unsigned i = 0; i < nmates; i++)
		if (send(mates[i], c, sizeof(*c), MSG_NOSIGNAL |
		    MSG_DONTWAIT) < 0 && errno != EPIPE)
			log_warn("telling a process of the service: %m");
}

static void
drain(void)
{
	draining = true;
	for (struct door *d = doors; d != NULL; d = d->next)
		watch_free(&d->watch);
	doors = NULL;
	if (self->drain == NULL)
		role_done();
	self->drain(loop);
}

static void
master_speaks(int fd, int events, void *arg)
{
	struct control c;
	int got;

	(void)fd;
	(void)events;
	(void)arg;
	while (control_hear(&c, &got)) {
		if (c.word == CONTROL_CONNECTED && self->connected != NULL) {
			self->connected((uint32_t)c.pid, (int)c.value, got);
			got = -1;
		} else if (c.word == CONTROL_DRAIN) {
			pass_on(&c);
			drain();
		}
		else if (c.word == CONTROL_WAKEUP && self->wakeup != NULL)
			self->wakeup(loop);
		fd_close(&got);
	}
}

/* Nothing comes from one of the others but its end. */
static void
mate_ended(int fd, int events, void *arg)
{
	struct watch **w = arg;

	(void)fd;
	(void)events;
	if (!draining)
		fatal("a process of the service has ended");
	watch_free(w);
}

/* True in a process that was forked. */
static bool
fork_mate(void)
{
	int sv[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0 ||
	    (pid = fork()) < 0)
		fatal("starting a process of the service: %m");
	if (pid != 0) {
		fd_close(&sv[1]);
		mates[nmates++] = sv[0];
		return (false);
	}
	fd_close(&sv[0]);
	while (nmates > 0)
		fd_close(&mates[--nmates]);
	control_move(sv[1]);
	return (true);
}

static void
fork_mates(unsigned n)
{
	if (n > 1)
		take_max = 1;		/* leave some to the others */
	while (nmates + 1 < n && nmates < MATES_MAX)
		if (fork_mate())
			return;
}

static void
watch_mates(void)
{
	static struct watch *watches[MATES_MAX];

	for (unsigned i = 0; i < nmates; i++)
		watches[i] = watch_new(loop, mates[i], EV_IN, mate_ended,
		    &watches[i]);
}

/* The others may still have clients. */
static void
wait_for_mates(void)
{
	struct pollfd pfd[2] = { { .events = POLLIN }, { .events = POLLIN } };
	char byte;

	pfd[0].fd = control_fd();
	while (nmates > 0) {
		pfd[1].fd = mates[nmates - 1];
		if (poll(pfd, 2, -1) < 0 && errno != EINTR)
			fatal("poll: %m");
		if (pfd[0].revents != 0 && recv(pfd[0].fd, &byte, 1,
		    MSG_DONTWAIT) == 0)
			return;		/* master wants the end at once */
		if (pfd[1].revents != 0)
			fd_close(&mates[--nmates]);
	}
}

_Noreturn void
share(const struct role *role)
{
	self = role;
	if (role->processes != NULL) {
		fork_mates(role->processes());
		confine_childless();
	}
	loop = loop_new();
	(void)watch_new(loop, control_fd(), EV_IN, master_speaks, NULL);
	watch_mates();
	if (role->start != NULL)
		role->start(loop);
	if (role->client != NULL)
		serve_each(open_door, arena_new(0));
	loop_run(loop);
	fatal("the event loop ended");
}

void
role_connect(uint32_t id, uint32_t number)
{
	control_tell(CONTROL_CONNECT, (pid_t)id, number);
}

_Noreturn void
role_done(void)
{
	wait_for_mates();
	_exit(0);
}

/* SPDX-License-Identifier: ISC */
/* share - the life of a shared role: one loop, many channels. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/log.h"

#include "role_in.h"

#define TAKE_MAX	64	/* clients in one turn of the loop */

static const struct role *self;
static struct loop *loop;

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
	for (int i = 0; i < TAKE_MAX; i++) {
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

static void
drain(void)
{
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
		} else if (c.word == CONTROL_DRAIN)
			drain();
		else if (c.word == CONTROL_WAKEUP && self->wakeup != NULL)
			self->wakeup(loop);
		fd_close(&got);
	}
}

_Noreturn void
share(const struct role *role)
{
	const struct bundle_item *control;

	self = role;
	loop = loop_new();
	control = bundle_find(role_given, BUNDLE_CONTROL, NULL);
	(void)watch_new(loop, control->fd, EV_IN, master_speaks, NULL);
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
	_exit(0);
}

/* SPDX-License-Identifier: ISC */
/*
 * event - the only file that knows libevent.
 *
 * epoll without a change list or environment switches: what a role's filter
 * allows must not depend on the environment.
 */
#include <event2/event.h>

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"

#include "event.h"

struct loop {
	struct event_base	*base;
};

struct watch {
	struct loop	*loop;
	struct event	*ev;
	watch_fn	 fn;
	void		*arg;
	int		 fd;
	int		 events;
};

struct timer {
	struct event	*ev;
	timer_fn	 fn;
	void		*arg;
};

struct loop *
loop_new(void)
{
	struct event_config *cfg = event_config_new();
	struct loop *l = xcalloc(1, sizeof(*l));

	if (cfg == NULL ||
	    event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK |
	    EVENT_BASE_FLAG_IGNORE_ENV) != 0 ||
	    event_config_require_features(cfg, EV_FEATURE_O1) != 0 ||
	    (l->base = event_base_new_with_config(cfg)) == NULL)
		fatal("cannot make an event loop");
	event_config_free(cfg);
	return (l);
}

void
loop_run(struct loop *l)
{
	if (event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
		fatal("event loop: %m");
}

void
loop_stop(struct loop *l)
{
	(void)event_base_loopbreak(l->base);
}

void *
loop_base(struct loop *l)
{
	return (l->base);
}

static void
watch_ready(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	int events = 0;

	if (what & EV_READ)
		events |= EV_IN;
	if (what & EV_WRITE)
		events |= EV_OUT;
	w->fn((int)fd, events, w->arg);
}

struct watch *
watch_new(struct loop *l, int fd, int events, watch_fn fn, void *arg)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->loop = l;
	w->fd = fd;
	w->fn = fn;
	w->arg = arg;
	if ((w->ev = event_new(l->base, fd, EV_PERSIST, watch_ready, w)) ==
	    NULL)
		fatal("cannot watch a descriptor");
	watch_set(w, events);
	return (w);
}

void
watch_set(struct watch *w, int events)
{
	short what = EV_PERSIST;

	if (events == w->events)
		return;
	w->events = events;
	(void)event_del(w->ev);
	if (events == 0)
		return;
	if (events & EV_IN)
		what |= EV_READ;
	if (events & EV_OUT)
		what |= EV_WRITE;
	if (event_assign(w->ev, w->loop->base, w->fd, what, watch_ready, w) <
	    0 || event_add(w->ev, NULL) < 0)
		fatal("cannot watch descriptor %d: %m", w->fd);
}

void
watch_free(struct watch **wp)
{
	struct watch *w = *wp;

	if (w == NULL)
		return;
	*wp = NULL;
	event_free(w->ev);
	xfree(&w);
}

static void
timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct timer *t = arg;

	(void)fd;
	(void)what;
	t->fn(t->arg);
}

struct timer *
timer_new(struct loop *l, timer_fn fn, void *arg)
{
	struct timer *t = xcalloc(1, sizeof(*t));

	t->fn = fn;
	t->arg = arg;
	if ((t->ev = evtimer_new(l->base, timer_fired, t)) == NULL)
		fatal("cannot make a timer");
	return (t);
}

void
timer_set(struct timer *t, struct span d)
{
	struct timeval tv;

	if (d.ns == SPAN_NEVER.ns) {
		(void)evtimer_del(t->ev);
		return;
	}
	if (d.ns < 0)
		d.ns = 0;
	tv.tv_sec = d.ns / 1000000000;
	tv.tv_usec = d.ns % 1000000000 / 1000;
	if (evtimer_add(t->ev, &tv) < 0)
		fatal("cannot start a timer");
}

void
timer_free(struct timer **tp)
{
	struct timer *t = *tp;

	if (t == NULL)
		return;
	*tp = NULL;
	event_free(t->ev);
	xfree(&t);
}

/* SPDX-License-Identifier: ISC */
/*
 * event - libevent behind ten functions.
 *
 * A loop watches descriptors and timers and calls back. Everything that a
 * callback frees may be freed in it, its own watch or timer included.
 */
#ifndef POSTERN_EVENT_H
#define POSTERN_EVENT_H

#include "base/mono.h"

struct loop;
struct watch;
struct timer;

#define EV_IN	1
#define EV_OUT	2

typedef void (*watch_fn)(int fd, int events, void *arg);
typedef void (*timer_fn)(void *arg);

/* Make the process's loop (epoll); fatal() if that cannot be done. */
struct loop	*loop_new(void);
/* Run callbacks until loop_stop(). */
void		 loop_run(struct loop *l);
void		 loop_stop(struct loop *l);
/* The struct event_base, for a library that wants one: libunbound. */
void		*loop_base(struct loop *l);

/* Call fn when fd is ready for any of "events"; fd stays the caller's. */
struct watch	*watch_new(struct loop *l, int fd, int events, watch_fn fn,
		    void *arg);
/* Other events; 0 pauses. */
void		 watch_set(struct watch *w, int events);
void		 watch_free(struct watch **w);

/* A timer, not yet running. */
struct timer	*timer_new(struct loop *l, timer_fn fn, void *arg);
/* Call once after "d" (again if it runs already); SPAN_NEVER stops it. */
void		 timer_set(struct timer *t, struct span d);
void		 timer_free(struct timer **t);

#endif

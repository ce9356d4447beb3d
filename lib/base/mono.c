/* SPDX-License-Identifier: ISC */
/* mono - the monotonic clock, with sums that saturate instead of wrapping. */
#include <sys/syscall.h>

#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "mono.h"

static bool short_life;

void
mono_short_life(void)
{
	short_life = true;
}

static struct timespec
clock_now(clockid_t id)
{
	struct timespec ts;

	if ((short_life ? syscall(SYS_clock_gettime, id, &ts) :
	    clock_gettime(id, &ts)) == -1)
		fatal("clock_gettime: %m");
	return (ts);
}

int64_t
wall_us(void)
{
	struct timespec ts = clock_now(CLOCK_REALTIME);

	return ((int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

struct mono
mono_now(void)
{
	struct timespec ts = clock_now(CLOCK_MONOTONIC);

	return ((struct mono){ ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec });
}

struct mono
mono_in(struct span d)
{
	return (mono_add(mono_now(), d));
}

struct mono
mono_add(struct mono m, struct span d)
{
	int64_t sum;

	if (m.ns == INT64_MAX || d.ns == INT64_MAX)
		return (MONO_NEVER);
	if (__builtin_add_overflow(m.ns, d.ns, &sum))
		return (d.ns > 0 ? MONO_NEVER : (struct mono){ INT64_MIN });
	return ((struct mono){ sum });
}

struct span
mono_until(struct mono m)
{
	int64_t now;

	if (m.ns == INT64_MAX)
		return (SPAN_NEVER);
	now = mono_now().ns;
	return ((struct span){ m.ns > now ? m.ns - now : 0 });
}

bool
mono_past(struct mono m)
{
	return (m.ns != INT64_MAX && m.ns <= mono_now().ns);
}

int
mono_poll_ms(struct mono m)
{
	struct span d = mono_until(m);
	int64_t ms;

	if (d.ns == INT64_MAX)
		return (-1);
	/* Rounded up: to wake up early is to poll again at once. */
	ms = d.ns / 1000000 + (d.ns % 1000000 != 0);
	return (ms > INT_MAX ? INT_MAX : (int)ms);
}

double
span_seconds(struct span d)
{
	return ((double)d.ns / 1e9);
}

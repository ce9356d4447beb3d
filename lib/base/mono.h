/* SPDX-License-Identifier: ISC */
/*
 * mono - time, in types that cannot be mixed up.
 *
 * struct mono is a point on the monotonic clock (deadlines); struct span is
 * a length. Wall clock time is time_t or struct timespec, as everywhere.
 */
#ifndef POSTERN_MONO_H
#define POSTERN_MONO_H

#include <stdbool.h>
#include <stdint.h>

struct span {
	int64_t	ns;
};
struct mono {
	int64_t	ns;
};

#define SPAN_NEVER	((struct span){ INT64_MAX })
#define MONO_NEVER	((struct mono){ INT64_MAX })

static inline struct span
span_s(int64_t s)
{
	return ((struct span){ s * 1000000000 });
}

static inline struct span
span_ms(int64_t ms)
{
	return ((struct span){ ms * 1000000 });
}

struct mono	mono_now(void);
struct mono	mono_in(struct span d);		/* now + d; SPAN_NEVER: never */
struct mono	mono_add(struct mono m, struct span d);
struct span	mono_until(struct mono m);	/* 0 when past; never: NEVER */
bool		mono_past(struct mono m);
/* For poll(2): milliseconds until then, rounded up; -1 for never. */
int		mono_poll_ms(struct mono m);
double		span_seconds(struct span d);

/* Microseconds since 1970, of the wall clock. */
int64_t		wall_us(void);

/*
 * This process asks for the time a few times and ends: it asks the kernel.
 * The kernel's page for it is quicker, but to map it is the price of many
 * questions.
 */
void		mono_short_life(void);

#endif

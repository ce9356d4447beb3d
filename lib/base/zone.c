/* SPDX-License-Identifier: ISC */
/* zone - local time, also where the C library's own would cost pages. */
#include "mono.h"
#include "zone.h"

#define QUARTER		900		/* seconds */

static struct {
	bool		 known;
	time_t		 from;		/* the quarter of an hour of "tm" */
	struct tm	 tm;		/* at its start */
} now;

void
zone_learn(void)
{
	time_t t = (time_t)(wall_us() / 1000000);

	t -= t % QUARTER;
	if (now.known && now.from == t)
		return;
	now.from = t;
	/* A zone that counts leap seconds is not in step with ours. */
	now.known = localtime_r(&t, &now.tm) != NULL && now.tm.tm_sec == 0 &&
	    now.tm.tm_min % (QUARTER / 60) == 0;
}

bool
zone_local(time_t when, struct tm *tm)
{
	if (!now.known || when < now.from || when >= now.from + QUARTER)
		return (localtime_r(&when, tm) != NULL);
	*tm = now.tm;
	tm->tm_min += (int)(when - now.from) / 60;
	tm->tm_sec = (int)(when - now.from) % 60;
	return (true);
}

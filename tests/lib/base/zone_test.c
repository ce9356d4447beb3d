/* SPDX-License-Identifier: ISC */
/* zone_test - what was learnt is what localtime_r(3) says, in each zone. */
#include <atf-c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/zone.h"

static void
check(const char *zone, time_t when)
{
	struct tm want, got;

	ATF_REQUIRE(localtime_r(&when, &want) != NULL);
	ATF_REQUIRE(zone_local(when, &got));
	ATF_CHECK_EQ_MSG(want.tm_gmtoff, got.tm_gmtoff, "%s", zone);
	ATF_CHECK_STREQ_MSG(want.tm_zone, got.tm_zone, "%s", zone);
	ATF_CHECK_EQ_MSG(mktime(&want), mktime(&got), "%s %jd", zone,
	    (intmax_t)when);
	ATF_CHECK_EQ_MSG(want.tm_min, got.tm_min, "%s", zone);
	ATF_CHECK_EQ_MSG(want.tm_sec, got.tm_sec, "%s", zone);
}

static void
zone_is(const char *zone)
{
	static const int steps[] = { 0, 1, 59, 60, 61, 899, 900, 901, -1,
		86400, -86400, 180 * 86400 };
	time_t now = time(NULL), quarter = now - now % 900;
	size_t i;

	ATF_REQUIRE_EQ(0, setenv("TZ", zone, 1));
	tzset();
	check(zone, now);
	zone_learn();
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		check(zone, quarter + steps[i]);
	check(zone, now);
}

#define ZONE(name, zone)						\
	ATF_TC_WITHOUT_HEAD(name);					\
	ATF_TC_BODY(name, tc)						\
	{								\
		zone_is(zone);						\
	}

ZONE(utc, "UTC0")
ZONE(summer, "CET-1CEST,M3.5.0,M10.5.0")
ZONE(quarter, "<+0545>-5:45")
ZONE(west, "<-0930>9:30")
ZONE(odd, "ODD-1:07:13")

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, utc);
	ATF_TP_ADD_TC(tp, summer);
	ATF_TP_ADD_TC(tp, quarter);
	ATF_TP_ADD_TC(tp, west);
	ATF_TP_ADD_TC(tp, odd);
	return (atf_no_error());
}

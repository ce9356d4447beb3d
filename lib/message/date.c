/* SPDX-License-Identifier: ISC */
/* date - dates in headers; no locale has a say in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"

#include "date.h"

static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
    "Sat" };
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* The zone's name, if it is a word that cannot end the comment. */
static const char *
zone(const struct tm *tm)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+-";
	const char *z = tm->tm_zone;

	if (z == NULL || *z == '\0' || strlen(z) > 10 ||
	    z[strspn(z, letters)] != '\0')
		return (NULL);
	return (z);
}

const char *
date_text(time_t when, char out[DATE_SIZE])
{
	struct tm tm;
	const char *z;
	long off;
	int n;

	if (!zone_local(when, &tm)) {
		when = 0;
		(void)gmtime_r(&when, &tm);
	}
	off = labs(tm.tm_gmtoff) / 60;
	n = snprintf(out, DATE_SIZE,
	    "%s, %2d %s %d %02d:%02d:%02d %c%02ld%02ld",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    tm.tm_gmtoff < 0 ? '-' : '+', off / 60, off % 60);
	if ((z = zone(&tm)) != NULL && n > 0 && n < DATE_SIZE)
		(void)snprintf(out + n, DATE_SIZE - (size_t)n, " (%s)", z);
	return (out);
}

const char *
date_stamp(time_t when, char out[DATE_SIZE])
{
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL) {
		when = 0;
		(void)gmtime_r(&when, &tm);
	}
	(void)snprintf(out, DATE_SIZE, "%04d%02d%02d%02d%02d%02d",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
	return (out);
}

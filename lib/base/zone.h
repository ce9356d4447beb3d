/* SPDX-License-Identifier: ISC */
/* zone - local time, also where the C library's own would cost pages. */
#ifndef POSTERN_ZONE_H
#define POSTERN_ZONE_H

#include <stdbool.h>
#include <time.h>

/*
 * In a supervisor, before each fork: what the local time is now. Offsets
 * from UTC change at quarters of an hour, so it holds until the next one.
 */
void	zone_learn(void);

/*
 * localtime_r(3), from what zone_learn() has left where that holds: no
 * variable of the C library is written, no page of a worker copied. False
 * where the year cannot be told.
 */
bool	zone_local(time_t when, struct tm *tm);

#endif

/* SPDX-License-Identifier: ISC */
/* Dates in headers. */
#include <atf-c.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "message/date.h"

ATF_TC_WITHOUT_HEAD(dates);
ATF_TC_BODY(dates, tc)
{
	static const struct {
		const char *zone;
		time_t when;
		const char *text, *stamp;
	} cases[] = {
		{ "UTC0", 0, "Thu,  1 Jan 1970 00:00:00 +0000 (UTC)",
		    "19700101000000" },
		{ "UTC0", 1795515448, "Tue, 24 Nov 2026 10:17:28 +0000 (UTC)",
		    "20261124101728" },
		{ "CET-1", 1795515448, "Tue, 24 Nov 2026 11:17:28 +0100 (CET)",
		    "20261124101728" },
		{ "XYZ3:30", 1795515448,
		    "Tue, 24 Nov 2026 06:47:28 -0330 (XYZ)",
		    "20261124101728" },
		{ "UTC0", INT64_MAX, "Thu,  1 Jan 1970 00:00:00 +0000 (GMT)",
		    "19700101000000" },
	};
	char out[DATE_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_REQUIRE_EQ(0, setenv("TZ", cases[i].zone, 1));
		tzset();
		ATF_CHECK_STREQ(cases[i].text,
		    date_text(cases[i].when, out));
		ATF_CHECK_STREQ(cases[i].stamp,
		    date_stamp(cases[i].when, out));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dates);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <math.h>

#include "feedback.h"

ATF_TC_WITHOUT_HEAD(parse);
ATF_TC_BODY(parse, tc)
{
	static const struct {
		const char	*text;
		bool		 ok;
		double		 number;
		enum fb_kind	 kind;
	} cases[] = {
		{ "1", true, 1, FB_CONST },
		{ "0", true, 0, FB_CONST },
		{ "0.25", true, 0.25, FB_CONST },
		{ "1/concurrency", true, 1, FB_LINEAR },
		{ "1 / concurrency", true, 1, FB_LINEAR },
		{ "0.5 / sqrt_concurrency", true, 0.5, FB_SQRT },
		{ "1/sqrt_concurrency ", true, 1, FB_SQRT },
		{ "", false, 0, FB_CONST },
		{ "x", false, 0, FB_CONST },
		{ "-1", false, 0, FB_CONST },
		{ "1.5", false, 0, FB_CONST },
		{ "nan", false, 0, FB_CONST },
		{ "1 concurrency", false, 0, FB_CONST },
		{ "1/", false, 0, FB_CONST },
		{ "1/cube_concurrency", false, 0, FB_CONST },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fb_rule r = { 99, FB_CONST };

		ATF_CHECK_EQ_MSG(cases[i].ok, fb_parse(cases[i].text, &r),
		    "\"%s\"", cases[i].text);
		if (!cases[i].ok)
			continue;
		ATF_CHECK_MSG(fabs(r.number - cases[i].number) < 1e-9,
		    "\"%s\": %f", cases[i].text, r.number);
		ATF_CHECK_EQ_MSG(cases[i].kind, r.kind, "\"%s\"",
		    cases[i].text);
	}
}

/*
 * A row is a course of deliveries: '+' one that worked while the window was
 * full, '.' one that worked while nothing else was on the way, '-' one that
 * failed; the window behind each as a digit (or 'D': dead).
 */
ATF_TC_WITHOUT_HEAD(course);
ATF_TC_BODY(course, tc)
{
	static const struct {
		const char	*label;
		const char	*pos, *neg;
		uint32_t	 initial, limit;
		double		 cohorts;
		const char	*steps;
		const char	*windows;
	} cases[] = {
		{ "a step a delivery", "1", "1", 2, 20, 1, "++++", "3456" },
		{ "up to the limit", "1", "1", 2, 4, 1, "++++", "3444" },
		{ "no limit", "1", "1", 5, 0, 1, "+++", "678" },
		{ "initial above the limit", "1", "1", 5, 2, 1, "++", "22" },
		{ "unused windows do not grow", "1", "1", 2, 20, 1,
		    "......", "333333" },
		{ "linear: a window of deliveries a step",
		    "1/concurrency", "1", 2, 20, 1, "+++++", "23334" },
		{ "square root", "1/sqrt_concurrency", "1", 4, 20, 1,
		    "+++++", "45556" },
		{ "no growth at all", "0", "1", 3, 20, 1, "+++", "333" },
		{ "dead after a cohort of five", "1", "0", 5, 20, 1, "-----",
		    "5555D" },
		{ "dead at once", "1", "1", 1, 20, 1, "-", "D" },
		{ "a success between failures", "1", "0", 2, 2, 1, "-+-+--",
		    "22222D" },
		{ "never dead", "1", "1", 2, 20, 0, "----", "1111" },
		{ "two cohorts", "1", "0", 2, 20, 2, "----", "222D" },
		{ "down one a failure", "1", "1", 5, 20, 9, "----", "4321" },
		{ "down at the start of the cycle", "1", "1/concurrency",
		    4, 20, 9, "-----", "33322" },
		{ "not below one", "1", "1", 2, 20, 9, "---", "111" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fb_conf c = { .initial = cases[i].initial,
		    .limit = cases[i].limit, .cohorts = cases[i].cohorts };
		struct feedback f;

		ATF_REQUIRE(fb_parse(cases[i].pos, &c.positive));
		ATF_REQUIRE(fb_parse(cases[i].neg, &c.negative));
		fb_start(&f, &c);
		for (size_t k = 0; cases[i].steps[k] != '\0'; k++) {
			char got;
			bool dead = false;

			if (cases[i].steps[k] == '-')
				dead = fb_failure(&f, &c);
			else
				fb_success(&f, &c, cases[i].steps[k] == '+' ?
				    f.window : 1);
			got = dead ? 'D' : (char)('0' + f.window);
			ATF_CHECK_EQ_MSG(cases[i].windows[k], got,
			    "%s: step %zu: window %c, want %c",
			    cases[i].label, k, got, cases[i].windows[k]);
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, parse);
	ATF_TP_ADD_TC(tp, course);
	return (atf_no_error());
}

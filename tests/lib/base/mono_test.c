/* SPDX-License-Identifier: ISC */
/* mono_test - sums saturate, "never" stays never, waits are rounded up. */
#include <atf-c.h>
#include <limits.h>

#include "base/mono.h"

ATF_TC_WITHOUT_HEAD(sums);
ATF_TC_BODY(sums, tc)
{
	static const struct {
		const char *label;
		int64_t at, add, want;
	} cases[] = {
		{ "plain", 5, 7, 12 },
		{ "back", 5, -7, -2 },
		{ "never and something", INT64_MAX, -7, INT64_MAX },
		{ "something and never", 5, INT64_MAX, INT64_MAX },
		{ "nearly never", INT64_MAX - 1, 2, INT64_MAX },
		{ "below everything", INT64_MIN + 1, -2, INT64_MIN },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(cases[i].want,
		    mono_add((struct mono){ cases[i].at },
			(struct span){ cases[i].add }).ns, "%s",
		    cases[i].label);
	ATF_CHECK_EQ(INT64_MAX, mono_in(SPAN_NEVER).ns);
	ATF_CHECK_EQ(2000000000, span_s(2).ns);
	ATF_CHECK_EQ(200000000, span_ms(200).ns);
	ATF_CHECK_EQ(0.25, span_seconds(span_ms(250)));
}

ATF_TC_WITHOUT_HEAD(deadlines);
ATF_TC_BODY(deadlines, tc)
{
	struct mono before = mono_now(), past, soon;

	ATF_CHECK(before.ns > 0);
	ATF_CHECK(mono_now().ns >= before.ns);
	past = mono_add(before, span_s(-1));
	soon = mono_in(span_s(100));

	ATF_CHECK(mono_past(past));
	ATF_CHECK(mono_past(before));
	ATF_CHECK(!mono_past(soon));
	ATF_CHECK(!mono_past(MONO_NEVER));

	ATF_CHECK_EQ(0, mono_until(past).ns);
	ATF_CHECK_EQ(INT64_MAX, mono_until(MONO_NEVER).ns);
	ATF_CHECK(mono_until(soon).ns > span_s(50).ns);
	ATF_CHECK(mono_until(soon).ns <= span_s(100).ns);
}

ATF_TC_WITHOUT_HEAD(for_poll);
ATF_TC_BODY(for_poll, tc)
{
	int ms;

	ATF_CHECK_EQ(-1, mono_poll_ms(MONO_NEVER));
	ATF_CHECK_EQ(0, mono_poll_ms(mono_in(span_s(-1))));
	ATF_CHECK_EQ(INT_MAX, mono_poll_ms(mono_in(span_s(INT_MAX))));
	/* Less than a millisecond is not "at once"; time runs, so retry. */
	do
		ms = mono_poll_ms(mono_in((struct span){ 900000 }));
	while (ms == 0);
	ATF_CHECK_EQ(1, ms);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sums);
	ATF_TP_ADD_TC(tp, deadlines);
	ATF_TP_ADD_TC(tp, for_poll);
	return (atf_no_error());
}

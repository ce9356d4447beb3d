/* SPDX-License-Identifier: ISC */
/* num_test - what is a number and what only looks like one. */
#include <atf-c.h>
#include <inttypes.h>

#include "base/num.h"
#include "die.h"

ATF_TC_WITHOUT_HEAD(signed_numbers);
ATF_TC_BODY(signed_numbers, tc)
{
	static const struct {
		const char *label, *text;
		int64_t lo, hi;
		bool ok;
		int64_t want;
	} cases[] = {
		{ "zero", "0", 0, 9, true, 0 },
		{ "leading zeros", "0007", 0, 9, true, 7 },
		{ "lowest", "5", 5, 9, true, 5 },
		{ "highest", "9", 5, 9, true, 9 },
		{ "below", "4", 5, 9, false, 0 },
		{ "above", "10", 5, 9, false, 0 },
		{ "empty", "", INT64_MIN, INT64_MAX, false, 0 },
		{ "minus alone", "-", -9, 9, false, 0 },
		{ "minus", "-9", -9, 9, true, -9 },
		{ "minus below", "-10", -9, 9, false, 0 },
		{ "minus not wanted", "-1", 0, 9, false, 0 },
		{ "minus zero", "-0", -1, 1, true, 0 },
		{ "two signs", "--1", -9, 9, false, 0 },
		{ "plus", "+1", 0, 9, false, 0 },
		{ "blank before", " 1", 0, 9, false, 0 },
		{ "blank behind", "1 ", 0, 9, false, 0 },
		{ "hexadecimal", "0x1", 0, 9, false, 0 },
		{ "letter", "1a", 0, 99, false, 0 },
		{ "largest", "9223372036854775807", 0, INT64_MAX, true,
		    INT64_MAX },
		{ "largest + 1", "9223372036854775808", 0, INT64_MAX, false,
		    0 },
		{ "smallest", "-9223372036854775808", INT64_MIN, 0, true,
		    INT64_MIN },
		{ "smallest - 1", "-9223372036854775809", INT64_MIN, 0, false,
		    0 },
		{ "2^64", "18446744073709551616", INT64_MIN, INT64_MAX, false,
		    0 },
		{ "many digits", "100000000000000000000000000000000000000001",
		    INT64_MIN, INT64_MAX, false, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t got = 4711;
		bool ok;

		ok = num_parse(view_of(cases[i].text), cases[i].lo,
		    cases[i].hi, &got);
		ATF_CHECK_EQ_MSG(cases[i].ok, ok, "%s", cases[i].label);
		ATF_CHECK_EQ_MSG(cases[i].ok ? cases[i].want : 4711, got,
		    "%s: %" PRId64, cases[i].label, got);
	}
}

ATF_TC_WITHOUT_HEAD(unsigned_numbers);
ATF_TC_BODY(unsigned_numbers, tc)
{
	static const struct {
		const char *label, *text;
		uint64_t hi;
		bool ok;
		uint64_t want;
	} cases[] = {
		{ "zero", "0", 0, true, 0 },
		{ "one too many", "1", 0, false, 0 },
		{ "largest", "18446744073709551615", UINT64_MAX, true,
		    UINT64_MAX },
		{ "largest + 1", "18446744073709551616", UINT64_MAX, false,
		    0 },
		{ "ten times as much", "99999999999999999999", UINT64_MAX,
		    false, 0 },
		{ "minus", "-1", UINT64_MAX, false, 0 },
		{ "empty", "", UINT64_MAX, false, 0 },
		{ "dot", "1.0", UINT64_MAX, false, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t got = 4711;
		bool ok;

		ok = num_unsigned(view_of(cases[i].text), cases[i].hi, &got);
		ATF_CHECK_EQ_MSG(cases[i].ok, ok, "%s", cases[i].label);
		ATF_CHECK_EQ_MSG(cases[i].ok ? cases[i].want : 4711, got,
		    "%s: %" PRIu64, cases[i].label, got);
	}
}

/* Digits behind the end of the view, and a NUL inside. */
ATF_TC_WITHOUT_HEAD(only_the_view);
ATF_TC_BODY(only_the_view, tc)
{
	int64_t got;

	ATF_REQUIRE(num_parse((struct view){ "123", 2 }, 0, 999, &got));
	ATF_CHECK_EQ(12, got);
	ATF_CHECK(!num_parse((struct view){ "1\0002", 3 }, 0, 999, &got));
	ATF_CHECK(!num_parse((struct view){ NULL, 0 }, 0, 999, &got));
}

static void
add_over(void *unused)
{
	(void)unused;
	(void)size_add(SIZE_MAX, 1);
}

static void
mul_over(void *unused)
{
	(void)unused;
	(void)size_mul(SIZE_MAX / 2, 3);
}

ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	ATF_CHECK_EQ(SIZE_MAX, size_add(SIZE_MAX - 1, 1));
	ATF_CHECK_EQ(SIZE_MAX - 1, size_mul(SIZE_MAX / 2, 2));
	ATF_CHECK_EQ(0, size_mul(SIZE_MAX, 0));
	ATF_CHECK(dies(LOG_L_PANIC, "size_add", add_over, NULL));
	ATF_CHECK(dies(LOG_L_PANIC, "size_mul", mul_over, NULL));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, signed_numbers);
	ATF_TP_ADD_TC(tp, unsigned_numbers);
	ATF_TP_ADD_TC(tp, only_the_view);
	ATF_TP_ADD_TC(tp, sizes);
	return (atf_no_error());
}

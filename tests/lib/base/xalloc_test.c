/* SPDX-License-Identifier: ISC */
/* xalloc_test - never NULL, sizes checked, free(3) once. */
#include <atf-c.h>
#include <stdint.h>
#include <string.h>

#include "base/xalloc.h"
#include "die.h"

struct want {
	size_t	n, size;
};

static void
call_xcalloc(void *arg)
{
	struct want *w = arg;
	void *p = xcalloc(w->n, w->size);

	xfree(&p);
}

static void
call_xrealloc(void *arg)
{
	struct want *w = arg;
	void *p = xrealloc(NULL, w->n, w->size);

	xfree(&p);
}

ATF_TC_WITHOUT_HEAD(blocks);
ATF_TC_BODY(blocks, tc)
{
	char *p = xcalloc(100, 3);
	int i;

	for (i = 0; i < 300; i++)
		ATF_REQUIRE_EQ(0, p[i]);
	memset(p, 'x', 300);
	p = xrealloc(p, 100000, 1);
	for (i = 0; i < 300; i++)
		ATF_REQUIRE_EQ('x', p[i]);
	xfree(&p);
	ATF_CHECK(p == NULL);
	xfree(&p);
}

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
	char text[] = "abc", *p = xstrdup(text);

	text[0] = 'x';
	ATF_CHECK_STREQ("abc", p);
	xfree(&p);
	p = xprintf("%s %d", "abc", 5);
	ATF_CHECK_STREQ("abc 5", p);
	xfree(&p);
}

ATF_TC_WITHOUT_HEAD(too_much);
ATF_TC_BODY(too_much, tc)
{
	static const struct {
		const char *label;
		struct want w;
		enum log_level level;
	} cases[] = {
		{ "overflow", { SIZE_MAX / 2, 3 }, LOG_L_FATAL },
		{ "overflow to 0", { SIZE_MAX / 16 + 1, 16 }, LOG_L_FATAL },
		{ "more than there is", { SIZE_MAX / 4, 1 }, LOG_L_FATAL },
		{ "nothing", { 0, 1 }, LOG_L_PANIC },
		{ "many of nothing", { 1, 0 }, LOG_L_PANIC },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct want w = cases[i].w;

		ATF_CHECK_MSG(dies(cases[i].level, "", call_xcalloc, &w),
		    "xcalloc: %s", cases[i].label);
		ATF_CHECK_MSG(dies(cases[i].level, "", call_xrealloc, &w),
		    "xrealloc: %s", cases[i].label);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, blocks);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, too_much);
	return (atf_no_error());
}

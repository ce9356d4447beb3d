/* SPDX-License-Identifier: ISC */
/* Queue ids, both forms, and the place of a file in a hashed directory. */
#include <atf-c.h>
#include <string.h>

#include "queue-layout/id.h"

ATF_TC_WITHOUT_HEAD(forms);
ATF_TC_BODY(forms, tc)
{
	static const struct {
		struct qid id;
		const char *text;
	} cases[] = {
		{ { false, 0, 0, 1 }, "000001" },
		{ { false, 0, 0xB18CC, 0xA768C3 }, "B18CCA768C3" },
		{ { false, 0, 999999, 0xFFFFFFFFFFFFFFFF },
		    "F423FFFFFFFFFFFFFFFFF" },
		{ { true, 0, 0, 0 }, "0000000000z0" },
		{ { true, 51, 51, 50 }, "00000z000zzy" },
		{ { true, 52, 52, 51 }, "0000100010z10" },
		{ { true, 1764000000, 123456, 0xA768C3 }, NULL },
		{ { true, INT64_MAX, 999999, UINT64_MAX }, NULL },
	};
	char text[QID_SIZE];
	struct qid back;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		qid_print(&cases[i].id, text);
		if (cases[i].text != NULL)
			ATF_CHECK_STREQ(cases[i].text, text);
		ATF_REQUIRE_MSG(qid_parse(view_of(text), &back), "%s", text);
		ATF_CHECK_EQ(cases[i].id.is_long, back.is_long);
		ATF_CHECK_EQ(cases[i].id.sec, back.sec);
		ATF_CHECK_EQ(cases[i].id.usec, back.usec);
		ATF_CHECK_EQ(cases[i].id.inode, back.inode);
	}
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const char *const cases[] = {
		"", "0", "00000", "B18CC", "b18cca768c3", "B18CCA768C3*",
		"../B18CCA768C", "B18CC/A768C3", "B18CC.1234", "123456.789",
		"FFFFFFFFFF1",		/* more than 999999 microseconds */
		"B18CC0A768C3",		/* superfluous zero */
		"B18CC1FFFFFFFFFFFFFFFF",	/* inode over 64 bits */
		"0000000000z", "0000000000z00", "0000000000zz",
		"00000000000z0",	/* superfluous zero */
		"000000000Az0",		/* vowel */
		"00000zzzzzz0",		/* more than 999999 microseconds */
		"zzzzzzzzzzzzzzzzzzzzzzzzz1",
		"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBz1",
	};
	struct qid id;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_MSG(!qid_parse(view_of(cases[i]), &id), "\"%s\"",
		    cases[i]);
	ATF_CHECK(!qid_parse(VIEW("B18CC\0A768C3"), &id));
}

static int skips;

static void
skipped(struct view name)
{
	(void)name;
	skips++;
}

ATF_TC_WITHOUT_HEAD(paths);
ATF_TC_BODY(paths, tc)
{
	static const struct {
		const char *names;
		int depth, skips;
		enum q_dir dir;
		const char *id, *want;
	} cases[] = {
		{ "", 1, 0, Q_deferred, "B18CCA768C3", "deferred/B18CCA768C3" },
		{ "deferred, defer", 1, 0, Q_deferred, "B18CCA768C3",
		    "deferred/B/B18CCA768C3" },
		{ "deferred, defer", 2, 0, Q_defer, "B18CCA768C3",
		    "defer/B/1/B18CCA768C3" },
		{ "deferred defer", 2, 0, Q_active, "B18CCA768C3",
		    "active/B18CCA768C3" },
		/* 52^3 + 2 = 0x22542 microseconds */
		{ "deferred", 3, 0, Q_deferred, "0000001002z1",
		    "deferred/2/2/5/0000001002z1" },
		{ "deferred", 9, 0, Q_deferred, "0000001002z1",
		    "deferred/2/2/5/4/2/0000001002z1" },
		{ "deferred", 99, 0, Q_deferred, "B18CCA768C3DD",
		    "deferred/B/1/8/C/C/A/7/6/8/C/B18CCA768C3DD" },
		{ "deferred", 0, 0, Q_deferred, "B18CCA768C3",
		    "deferred/B/B18CCA768C3" },
		{ "incoming,hold,nonsense,maildrop,active", 1, 4, Q_incoming,
		    "B18CCA768C3", "incoming/B18CCA768C3" },
	};
	char path[QPATH_SIZE];
	struct q_hash h;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		skips = 0;
		q_hash_set(&h, view_of(cases[i].names), cases[i].depth,
		    skipped);
		ATF_CHECK_EQ_MSG(cases[i].skips, skips, "%s", cases[i].names);
		ATF_REQUIRE_EQ(0, q_path(&h, cases[i].dir, cases[i].id, path));
		ATF_CHECK_STREQ(cases[i].want, path);
	}
	ATF_CHECK_EQ(-1, q_path(&h, Q_active, "../../etc", path));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, forms);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, paths);
	return (atf_no_error());
}

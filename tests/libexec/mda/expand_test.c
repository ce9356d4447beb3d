/* SPDX-License-Identifier: ISC */
/* Names in paths and in words of master.cf. */
#include <atf-c.h>
#include <string.h>

#include "mda.h"

struct mda mda;
const struct params *cf;

static const char *
value(void *arg, const char *name)
{
	(void)arg;
	if (strcmp(name, "a") == 0)
		return ("A b/;");
	if (strcmp(name, "empty") == 0)
		return ("");
	return (NULL);
}

static const struct {
	const char	*text, *want;
	int		 rc;
} tests[] = {
	{ "plain", "plain", 0 },
	{ "$a", "A_b/_", 0 },
	{ "x${a}y", "xA_b/_y", 0 },
	{ "x$(a)y", "xA_b/_y", 0 },
	{ "$a.$a", "A_b/_.A_b/_", 0 },
	{ "$$a", "$a", 0 },
	{ "$empty", "", 0 },
	{ "$none", "", 1 },
	{ "${none}", "", 1 },
	{ "${a?yes}", "yes", 0 },
	{ "${a?{yes}}", "yes", 0 },
	{ "${a:no}", "", 0 },
	{ "${none?yes}", "", 0 },
	{ "${none:no}", "no", 0 },
	{ "${empty:no}", "no", 0 },
	{ "${a?{yes}:{no}}", "yes", 0 },
	{ "${none?{yes}:{no}}", "no", 0 },
	{ "${a?<$a>}", "<A_b/_>", 0 },
	{ "${none?$none}", "", 0 },
	{ "${a?$none}", "", 1 },
	{ "$", "", -1 },
	{ "$;", "", -1 },
	{ "${a", "", -1 },
	{ "${}", "", -1 },
	{ "${a!b}", "", -1 },
	{ "${a?{x}y}", "", -1 },
};

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	struct buf b;

	(void)tc;
	mda.arena = arena_new(0);
	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		buf_reset(&b);
		ATF_CHECK_EQ_MSG(tests[i].rc, expand(tests[i].text,
		    "Ab/", value, NULL, &b), "%s", tests[i].text);
		if (tests[i].rc >= 0)
			ATF_CHECK_STREQ_MSG(tests[i].want, buf_str(&b), "%s",
			    tests[i].text);
	}
	buf_reset(&b);
	ATF_CHECK_EQ(0, expand("$a", NULL, value, NULL, &b));
	ATF_CHECK_STREQ("A b/;", buf_str(&b));
	b.max = 3;
	buf_reset(&b);
	ATF_CHECK_EQ(-1, expand("$a", NULL, value, NULL, &b));
	buf_fini(&b);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	return (atf_no_error());
}

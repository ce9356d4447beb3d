/* SPDX-License-Identifier: ISC */
/* Counting, in a time of its own. */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "count.h"

static struct counts counts;

static struct mono
at(int seconds)
{
	return (mono_add((struct mono){ 1 }, span_s(seconds)));
}

/* What happens at which second, and how things stand then. */
static const struct {
	const char	*label;
	int		 when;
	enum anvil_kind	 kind;
	const char	*ident;
	uint32_t	 count, rate, mail, rcpt;
} steps[] = {
	{ "nobody", 0, ANVIL_LOOKUP, "a", 0, 0, 0, 0 },
	{ "first", 0, ANVIL_CONNECT, "a", 1, 1, 0, 0 },
	{ "mail", 1, ANVIL_MAIL, "a", 1, 1, 1, 0 },
	{ "mail again", 2, ANVIL_MAIL, "a", 1, 2, 2, 0 },
	{ "recipient", 3, ANVIL_RCPT, "a", 1, 1, 2, 1 },
	{ "another service", 4, ANVIL_CONNECT, "b", 1, 1, 0, 0 },
	{ "second", 5, ANVIL_CONNECT, "a", 2, 2, 2, 1 },
	{ "looked at", 5, ANVIL_LOOKUP, "a", 2, 2, 2, 1 },
	{ "TLS is counted apart", 5, ANVIL_NEWTLS, "a", 2, 1, 2, 1 },
	{ "and not by a question", 5, ANVIL_NEWTLS_STATUS, "a", 2, 1, 2, 1 },
	{ "nor is AUTH", 5, ANVIL_AUTH, "a", 2, 1, 2, 1 },
	{ "the unit's last second", 60, ANVIL_MAIL, "a", 2, 3, 3, 1 },
	{ "a new unit; connections stay", 61, ANVIL_CONNECT, "a", 3, 1, 0,
	    0 },
	{ "and goes on", 62, ANVIL_CONNECT, "a", 4, 2, 0, 0 },
	{ "a question begins one as well", 200, ANVIL_LOOKUP, "a", 4, 0, 0,
	    0 },
};
#define STEPS	(sizeof(steps) / sizeof(steps[0]))

ATF_TC_WITHOUT_HEAD(rates);
ATF_TC_BODY(rates, tc)
{
	struct counter *open[STEPS] = { NULL };
	struct msg_anvil_status st;
	size_t i;

	counts_init(&counts, span_s(60), 10);
	for (i = 0; i < STEPS; i++) {
		open[i] = counts_event(&counts, steps[i].kind, steps[i].ident,
		    at(steps[i].when), &st);
		ATF_CHECK_MSG(st.count == steps[i].count, "%s: count %u",
		    steps[i].label, st.count);
		ATF_CHECK_MSG(st.rate == steps[i].rate, "%s: rate %u",
		    steps[i].label, st.rate);
		ATF_CHECK_MSG(st.mail == steps[i].mail, "%s: mail %u",
		    steps[i].label, st.mail);
		ATF_CHECK_MSG(st.rcpt == steps[i].rcpt, "%s: rcpt %u",
		    steps[i].label, st.rcpt);
		ATF_CHECK_MSG((open[i] != NULL) ==
		    (steps[i].kind == ANVIL_CONNECT), "%s", steps[i].label);
	}
	for (i = 0; i < STEPS; i++)
		counts_disconnect(&counts, &open[i], at(201));
	(void)counts_event(&counts, ANVIL_LOOKUP, "a", at(201), &st);
	ATF_CHECK_EQ(0, st.count);
	counts_fini(&counts);
}

/* The table stays bounded; who is connected stays in it. */
ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	struct counter *open[6], *other;
	struct msg_anvil_status st;
	char ident[32];

	counts_init(&counts, span_s(60), 10);
	for (int i = 0; i < 6; i++) {
		(void)snprintf(ident, sizeof(ident), "open%d", i);
		open[i] = counts_event(&counts, ANVIL_CONNECT, ident, at(1),
		    &st);
	}
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(ident, sizeof(ident), "flood%d", i);
		ATF_CHECK(counts_event(&counts, ANVIL_MAIL, ident, at(2),
		    &st) == NULL);
		ATF_REQUIRE(counts.n <= 10);
	}
	for (int i = 0; i < 6; i++) {
		(void)snprintf(ident, sizeof(ident), "open%d", i);
		(void)counts_event(&counts, ANVIL_LOOKUP, ident, at(3), &st);
		ATF_CHECK_EQ_MSG(1, st.count, "%s", ident);
	}
	/* The last flood is still there, the first is not. */
	(void)counts_event(&counts, ANVIL_MAIL, "flood999", at(3), &st);
	ATF_CHECK_EQ(2, st.rate);
	(void)counts_event(&counts, ANVIL_MAIL, "flood0", at(3), &st);
	ATF_CHECK_EQ(1, st.rate);
	for (int i = 0; i < 6; i++)
		counts_disconnect(&counts, &open[i], at(4));
	counts_fini(&counts);

	counts_init(&counts, span_s(60), 1);
	open[0] = counts_event(&counts, ANVIL_CONNECT, "a", at(1), &st);
	other = counts_event(&counts, ANVIL_CONNECT, "b", at(1), &st);
	ATF_CHECK(other == NULL);
	ATF_CHECK_EQ(1, st.count);
	ATF_CHECK_EQ(1, st.rate);
	counts_disconnect(&counts, &other, at(1));
	counts_disconnect(&counts, &open[0], at(1));
	counts_fini(&counts);
}

ATF_TC_WITHOUT_HEAD(expires);
ATF_TC_BODY(expires, tc)
{
	struct msg_anvil_status st;
	struct counter *open;

	counts_init(&counts, span_s(60), 10);
	open = counts_event(&counts, ANVIL_CONNECT, "open", at(1), &st);
	(void)counts_event(&counts, ANVIL_MAIL, "old", at(1), &st);
	(void)counts_event(&counts, ANVIL_MAIL, "new", at(50), &st);
	counts_expire(&counts, at(61));
	ATF_CHECK_EQ(3, counts.n);
	counts_expire(&counts, at(62));
	ATF_CHECK_EQ(2, counts.n);
	counts_expire(&counts, at(1000));
	ATF_CHECK_EQ(1, counts.n);
	/* New clients do it as well, without a timer. */
	(void)counts_event(&counts, ANVIL_MAIL, "a", at(1000), &st);
	(void)counts_event(&counts, ANVIL_MAIL, "b", at(2000), &st);
	ATF_CHECK_EQ(2, counts.n);
	counts_disconnect(&counts, &open, at(2000));
	counts_fini(&counts);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rates);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, expires);
	return (atf_no_error());
}

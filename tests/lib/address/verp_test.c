/* SPDX-License-Identifier: ISC */
/* verp, probe_sender: senders that say more than where they are. */
#include <atf-c.h>
#include <string.h>

#include "address/probe_sender.h"
#include "address/verp.h"

ATF_TC_WITHOUT_HEAD(delimiters);
ATF_TC_BODY(delimiters, tc)
{
	static const struct {
		const char	*text, *allowed;
		bool		 want;
	} cases[] = {
		{ "+=", "-=+", true }, { "--", "-=+", true },
		{ "+", "-=+", false }, { "+=-", "-=+", false },
		{ "", "-=+", false }, { "+!", "-=+", false },
		{ "+!", NULL, true }, { "+@", NULL, false },
		{ "+ ", NULL, false }, { "+\x7f", NULL, false },
		{ "\xc3\xbc", NULL, false },
	};

	(void)tc;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(cases[i].want, verp_delimiters_valid(
		    view_of(cases[i].text), cases[i].allowed), "%s",
		    cases[i].text);
}

ATF_TC_WITHOUT_HEAD(sender);
ATF_TC_BODY(sender, tc)
{
	static const struct {
		const char	*sender, *rcpt, *want;
	} cases[] = {
		{ "l@here", "u@there", "l+u=there@here" },
		{ "l", "u@there", "l+u=there" },
		{ "l@here", "u", "l+u@here" },
		{ "l@here", "a@b@there", "l+a@b=there@here" },
	};
	struct buf out;

	(void)tc;
	buf_init(&out, 40);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_REQUIRE_EQ(0, verp_sender("+=", cases[i].sender,
		    cases[i].rcpt, &out));
		ATF_CHECK_STREQ(cases[i].want, buf_str(&out));
	}
	ATF_CHECK_EQ(-1, verp_sender("+=", "l@here",
	    "0123456789012345678901234567890123456789", &out));
	ATF_CHECK_STREQ("", buf_str(&out));
	buf_fini(&out);
}

ATF_TC_WITHOUT_HEAD(probe);
ATF_TC_BODY(probe, tc)
{
	static const struct {
		const char	*label, *sender;
		int64_t		 ttl, then, now;
		bool		 want;
	} cases[] = {
		{ "fixed", "p@x", 0, 1000000, 9000000, true },
		{ "same time", "p@x", 100, 1000000, 1000001, true },
		{ "next period", "p@x", 100, 1000000, 1000150, true },
		{ "the clock of another", "p@x", 100, 1000100, 1000050,
		    true },
		{ "long ago", "p@x", 100, 1000000, 1000300, false },
		{ "without domain", "p", 100, 1000000, 1000001, true },
	};
	char text[PROBE_SENDER_MAX];

	(void)tc;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		probe_sender(cases[i].sender, cases[i].ttl, cases[i].then,
		    text);
		ATF_CHECK_EQ_MSG(cases[i].ttl == 0, strcmp(text,
		    cases[i].sender) == 0, "%s: %s", cases[i].label, text);
		ATF_CHECK_EQ_MSG(cases[i].want, probe_sender_is(
		    cases[i].sender, cases[i].ttl, cases[i].now, "here",
		    text), "%s", cases[i].label);
	}
	ATF_CHECK(probe_sender_is("p", 0, 1, "here", "P@HERE"));
	ATF_CHECK(!probe_sender_is("p", 0, 1, "here", "p@there"));
	ATF_CHECK(!probe_sender_is("p", 0, 1, "here", "pp@here"));
	probe_sender("<>", 100, 1000, text);
	ATF_CHECK_STREQ("", text);
	ATF_CHECK(!probe_sender_is("<>", 0, 1, "here", ""));
	ATF_CHECK(!probe_sender_is("", 0, 1, "here", ""));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, delimiters);
	ATF_TP_ADD_TC(tp, sender);
	ATF_TP_ADD_TC(tp, probe);
	return (atf_no_error());
}

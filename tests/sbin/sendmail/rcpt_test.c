/* SPDX-License-Identifier: ISC */
/* Recipients of the command line and of headers. */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "sendmail.h"

static const char *
joined(const struct rcpts *l)
{
	static char text[1000];
	size_t n = 0;

	text[0] = '\0';
	for (const struct rcpt *r = l->first; r != NULL; r = r->next)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
		    n > 0 ? "|" : "", r->addr);
	return (text);
}

static const struct {
	const char	*label, *in, *want;
} headers[] = {
	{ "To", "To: a@b\n\nx\n", "a@b" },
	{ "all three", "To: a\nCc: b\nBcc: c\n", "a|b|c" },
	{ "case, blanks", "TO : a\ncc:b\n", "a|b" },
	{ "folded", "To: a@b,\n\tc@d,\n e@f\nSubject: g@h\n", "a@b|c@d|e@f" },
	{ "names and comments", "To: \"A, B\" <a@b> (c@d), E <e@f>\n",
	    "a@b|e@f" },
	{ "a group", "To: list: a@b, c@d;, e@f\n", "a@b|c@d|e@f" },
	{ "an empty group", "To: undisclosed-recipients:;\n", "" },
	{ "resent only", "To: a\nResent-To: b\nCc: c\nResent-Bcc: d\n",
	    "b|d" },
	{ "resent without addresses", "To: a\nResent-To: list:;\n", "" },
	{ "not in the body", "Subject: x\n\nTo: a\n", "" },
	{ "a line that is no header ends it", "To: a\nxyz\nCc: b\n", "a" },
	{ "a quoted local part", "To: \"a b\"@c\n", "a b@c" },
	{ "no header at all", "", "" },
	{ "no line end", "To: a", "a" },
	{ "twice", "To: a\nTo: b\n", "a|b" },
	{ "other address headers", "From: a\nReply-To: b\nSender: c\n", "" },
};

ATF_TC_WITHOUT_HEAD(header);
ATF_TC_BODY(header, tc)
{
	struct arena *a = arena_new(0);
	struct rcpts l;

	(void)tc;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		rcpts_init(&l, a);
		rcpts_from_header(&l, view_of(headers[i].in));
		ATF_CHECK_STREQ_MSG(headers[i].want, joined(&l), "%s: \"%s\"",
		    headers[i].label, joined(&l));
	}
	arena_free(&a);
}

static const struct {
	const char	*label, *in;
	bool		 ok;
	const char	*want;
} words[] = {
	{ "one", "a@b", true, "a@b" },
	{ "a name alone", "root", true, "root" },
	{ "several", "a, b@c", true, "a|b@c" },
	{ "in angles", "<a@b>", true, "a@b" },
	{ "with a name", "A B <a@b>", true, "a@b" },
	{ "empty", "", false, "" },
	{ "null", "<>", false, "" },
	{ "a comment", "(a)", false, "" },
};

ATF_TC_WITHOUT_HEAD(word);
ATF_TC_BODY(word, tc)
{
	struct arena *a = arena_new(0);
	struct rcpts l;

	(void)tc;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		rcpts_init(&l, a);
		ATF_CHECK_EQ_MSG(words[i].ok, rcpts_add(&l, words[i].in), "%s",
		    words[i].label);
		ATF_CHECK_STREQ_MSG(words[i].want, joined(&l), "%s: \"%s\"",
		    words[i].label, joined(&l));
	}
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, header);
	ATF_TP_ADD_TC(tp, word);
	return (atf_no_error());
}

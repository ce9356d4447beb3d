/* SPDX-License-Identifier: ISC */
/* From what a program writes to what is sent. */
#include <atf-c.h>
#include <stdio.h>

#include "sendmail.h"

static const struct {
	const char	*label;
	const char	*in;
	bool		 keep_dots;
	enum line_ends	 ends;
	const char	*want;
} rows[] = {
	{ "as it is", "a\nb\n", false, LINES_ALWAYS, "a\nb\n" },
	{ "nothing", "", false, LINES_ALWAYS, "" },
	{ "a last line without end", "a\nb", false, LINES_ALWAYS, "a\nb\n" },
	{ "CRLF", "a\r\nb\r\n", false, LINES_ALWAYS, "a\nb\n" },
	{ "mixed, always", "a\nb\r\n", false, LINES_ALWAYS, "a\nb\n" },
	{ "mixed, strict", "a\nb\r\n", false, LINES_STRICT, "a\nb\r\n" },
	{ "first CRLF, strict", "a\r\nb\r\nc\n", false, LINES_STRICT,
	    "a\nb\nc\n" },
	{ "never", "a\r\nb\r\n", false, LINES_NEVER, "a\r\nb\r\n" },
	{ "one CR of two", "a\r\r\n", false, LINES_ALWAYS, "a\r\n" },
	{ "CR inside", "a\rb\n", false, LINES_ALWAYS, "a\rb\n" },
	{ "a dot ends", "a\n.\nb\n", false, LINES_ALWAYS, "a\n" },
	{ "a dot with CRLF", "a\r\n.\r\nb\r\n", false, LINES_ALWAYS, "a\n" },
	{ "a dot at the end", "a\n.", false, LINES_ALWAYS, "a\n" },
	{ "two dots do not", "..\nb\n", false, LINES_ALWAYS, "..\nb\n" },
	{ "-i", "a\n.\nb\n", true, LINES_ALWAYS, "a\n.\nb\n" },
	{ "From_", "From x y\n>From z\nTo: a\n\nFrom b\n", false,
	    LINES_ALWAYS, "To: a\n\nFrom b\n" },
	{ "From: is a header", "From: a\n", false, LINES_ALWAYS, "From: a\n" },
	{ "empty lines", "\n\n", false, LINES_ALWAYS, "\n\n" },
	{ "a dot first", ".\n", false, LINES_ALWAYS, "" },
};

ATF_TC_WITHOUT_HEAD(fix);
ATF_TC_BODY(fix, tc)
{
	struct buf b;

	(void)tc;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_init(&b, 100);
		buf_xputs(&b, rows[i].in);
		content_fix(&b, rows[i].keep_dots, rows[i].ends);
		ATF_CHECK_STREQ_MSG(rows[i].want, buf_str(&b), "%s: \"%s\"",
		    rows[i].label, buf_str(&b));
		buf_fini(&b);
	}
}

/* A buffer that is full has no room for the LF that is missing. */
ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	struct buf b;

	(void)tc;
	buf_init(&b, 4);
	buf_xputs(&b, "a\nbc");
	content_fix(&b, true, LINES_ALWAYS);
	ATF_CHECK_STREQ("a\nb\n", buf_str(&b));
	buf_fini(&b);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, fix);
	ATF_TP_ADD_TC(tp, full);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/* line_test - lines over all split points, line ends, limits. */
#include <atf-c.h>
#include <stdlib.h>

#include "feed.h"
#include "smtp/line.h"

#define MAX	20

struct want {
	const char	*text;
	size_t		 n;
	bool		 bare, cut;
};

static const struct row {
	const char	*label;
	const char	*in;
	size_t		 n;
	struct want	 want[6];
	enum smtp_io	 end;
} rows[] = {
#define IN(lit)	lit, sizeof(lit) - 1
#define L(lit)	{ lit, sizeof(lit) - 1, false, false }
#define LF(lit)	{ lit, sizeof(lit) - 1, true, false }
#define CUT(lit) { lit, sizeof(lit) - 1, false, true }
	{ "plain", IN("EHLO a\r\nQUIT\r\n"), { L("EHLO a"), L("QUIT") },
	    SMTP_EOF },
	{ "empty lines", IN("\r\n\r\n"), { L(""), L("") }, SMTP_EOF },
	{ "bare LF", IN("a\nb\r\n\n"), { LF("a"), L("b"), LF("") }, SMTP_EOF },
	{ "CR inside", IN("a\rb\r\n"), { L("a\rb") }, SMTP_EOF },
	{ "CR CR LF", IN("a\r\r\n"), { L("a\r") }, SMTP_EOF },
	{ "CR LF CR", IN("a\r\n\rb\r\n"), { L("a"), L("\rb") }, SMTP_EOF },
	{ "NUL", IN("a\0b\r\n"), { L("a\0b") }, SMTP_EOF },
	{ "no end", IN("a\r\nQUI"), { L("a") }, SMTP_EOF },
	{ "only CR", IN("\r"), { { 0 } }, SMTP_EOF },
	{ "just fits", IN("12345678901234567890\r\n"),
	    { L("12345678901234567890") }, SMTP_EOF },
	{ "one over", IN("123456789012345678901\r\nx\r\n"),
	    { CUT("12345678901234567890"), L("x") }, SMTP_EOF },
	{ "over by a CR", IN("12345678901234567890\r\r\nx\r\n"),
	    { CUT("12345678901234567890"), L("x") }, SMTP_EOF },
	{ "long, bare end", IN("123456789012345678901234567890\nx\r\n"),
	    { { "12345678901234567890", 20, true, true }, L("x") }, SMTP_EOF },
	{ "long, no end", IN("123456789012345678901234567890"), { { 0 } },
	    SMTP_EOF },
	{ "high bytes", IN("\xff\xc3\xa4\r\n"), { L("\xff\xc3\xa4") },
	    SMTP_EOF },
};
#define NROWS	(sizeof(rows) / sizeof(rows[0]))

static void
check(const struct row *row, size_t piece, size_t cut)
{
	struct feed f = { .p = row->in, .n = row->n, .piece = piece,
	    .cut = cut };
	struct smtp_stream *st = feed_stream(&f);
	const struct want *w;
	struct smtp_line line;
	enum smtp_io io;

	for (w = row->want; w->text != NULL; w++) {
		io = smtp_line_read(st, MAX, &line);
		ATF_REQUIRE_EQ_MSG(SMTP_OK, io, "%s piece %zu cut %zu",
		    row->label, piece, cut);
		ATF_CHECK_EQ_MSG(w->n, line.text.n, "%s piece %zu cut %zu: "
		    "%zu", row->label, piece, cut, line.text.n);
		ATF_CHECK_MSG(memcmp(w->text, line.text.p, w->n) == 0,
		    "%s piece %zu cut %zu", row->label, piece, cut);
		ATF_CHECK_EQ_MSG(w->bare, line.bare_lf, "%s", row->label);
		ATF_CHECK_EQ_MSG(w->cut, line.cut, "%s", row->label);
	}
	ATF_CHECK_EQ_MSG(row->end, smtp_line_read(st, MAX, &line),
	    "%s: end", row->label);
	smtp_stream_free(&st);
}

ATF_TC_WITHOUT_HEAD(all_splits);
ATF_TC_BODY(all_splits, tc)
{
	size_t i, k;

	for (i = 0; i < NROWS; i++) {
		for (k = 0; k <= 3; k++)
			check(&rows[i], k, 0);
		for (k = 1; k < rows[i].n; k++)
			check(&rows[i], 0, k);
	}
}

/* A line without an end does not take memory, and does not take for ever. */
struct endless {
	size_t	sent;
};

static ssize_t
endless_read(void *arg, void *p, size_t n)
{
	struct endless *e = arg;

	memset(p, 'x', n);
	e->sent += n;
	return ((ssize_t)n);
}

ATF_TC_WITHOUT_HEAD(endless_line);
ATF_TC_BODY(endless_line, tc)
{
	struct smtp_stream *st = smtp_stream_new(-1);
	struct endless e = { 0 };
	struct smtp_line line;

	smtp_stream_hook(st, endless_read, NULL, &e);
	ATF_CHECK_EQ(SMTP_FLOOD, smtp_line_read(st, 2048, &line));
	ATF_CHECK(e.sent < SMTP_SKIP_MAX + 3 * SMTP_IN_MAX);
	smtp_stream_free(&st);
}

/* What was put goes out before the reader waits, in one piece. */
ATF_TC_WITHOUT_HEAD(flush_when_dry);
ATF_TC_BODY(flush_when_dry, tc)
{
	struct feed f = { .p = "a\r\nb\r\nc\r\n", .n = 9, .cut = 6 };
	struct smtp_stream *st = feed_stream(&f);
	struct smtp_line line;

	ATF_REQUIRE_EQ(SMTP_OK, smtp_line_read(st, MAX, &line));
	smtp_stream_printf(st, "1\r\n");
	ATF_REQUIRE_EQ(SMTP_OK, smtp_line_read(st, MAX, &line));
	smtp_stream_printf(st, "2\r\n");
	ATF_CHECK_EQ_MSG(0, f.nout, "written though input was there");
	ATF_REQUIRE_EQ(SMTP_OK, smtp_line_read(st, MAX, &line));
	ATF_CHECK_EQ(6, f.nout);
	ATF_CHECK(memcmp(f.out, "1\r\n2\r\n", 6) == 0);
	smtp_stream_free(&st);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all_splits);
	ATF_TP_ADD_TC(tp, endless_line);
	ATF_TP_ADD_TC(tp, flush_when_dry);
	return (atf_no_error());
}

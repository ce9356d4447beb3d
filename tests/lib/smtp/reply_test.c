/* SPDX-License-Identifier: ISC */
/* reply_test - what servers say, in pieces, too long, or not at all. */
#include <atf-c.h>
#include <stdio.h>

#include "feed.h"
#include "smtp/reply.h"

#define LINE	2048

static const struct row {
	const char	*label, *in;
	enum smtp_io	 io;
	int		 code;
	const char	*dsn, *text;
	size_t		 nlines, garbage;
} rows[] = {
	{ "plain", "250 Ok\r\n", SMTP_OK, 250, "", "250 Ok", 1, 0 },
	{ "dsn", "550 5.1.1 No\r\n", SMTP_OK, 550, "5.1.1", "550 5.1.1 No", 1,
	    0 },
	{ "only a code", "250\r\n", SMTP_OK, 250, "", "250", 1, 0 },
	{ "dsn of another class", "550 2.1.1 No\r\n", SMTP_OK, 550, "",
	    "550 2.1.1 No", 1, 0 },
	{ "dsn only", "250 2.0.0\r\n", SMTP_OK, 250, "2.0.0", "250 2.0.0", 1,
	    0 },
	{ "long dsn", "250 2.123.456 x\r\n", SMTP_OK, 250, "2.123.456",
	    "250 2.123.456 x", 1, 0 },
	{ "too long dsn", "250 2.1234.5 x\r\n", SMTP_OK, 250, "",
	    "250 2.1234.5 x", 1, 0 },
	{ "no dsn: 5.1.1a", "550 5.1.1a\r\n", SMTP_OK, 550, "", "550 5.1.1a",
	    1, 0 },
	{ "many lines", "250-a\r\n250-b c\r\n250 d\r\n", SMTP_OK, 250, "",
	    "250-a\n250-b c\n250 d", 3, 0 },
	{ "dsn of the last", "550-5.1.1 a\r\n550 5.1.2 b\r\n", SMTP_OK, 550,
	    "5.1.2", "550-5.1.1 a\n550 5.1.2 b", 2, 0 },
	{ "bare LF", "250-a\n250 b\n", SMTP_OK, 250, "", "250-a\n250 b", 2,
	    0 },
	{ "garbage before", "hello\r\n\r\n250 a\r\n", SMTP_OK, 250, "",
	    "250 a", 1, 2 },
	{ "2500 is no code", "2500 a\r\n250 b\r\n", SMTP_OK, 250, "", "250 b",
	    1, 1 },
	{ "100 is no code", "100 a\r\n600 b\r\n250 c\r\n", SMTP_OK, 250, "",
	    "250 c", 1, 2 },
	{ "control bytes", "250 a\x1b[1m\x01\xff\r\n", SMTP_OK, 250, "",
	    "250 a?[1m??", 1, 0 },
	{ "end in the middle", "250-a\r\n25", SMTP_EOF, 0, "", "", 0, 0 },
	{ "end at once", "", SMTP_EOF, 0, "", "", 0, 0 },
};

static void
check(const struct row *row, size_t piece)
{
	struct feed f = { .p = row->in, .n = strlen(row->in),
	    .piece = piece };
	struct smtp_stream *st = feed_stream(&f);
	struct smtp_reply r;
	enum smtp_io io;

	smtp_reply_init(&r);
	io = smtp_reply_read(st, LINE, &r);
	ATF_CHECK_EQ_MSG(row->io, io, "%s: %d", row->label, (int)io);
	if (io == SMTP_OK) {
		ATF_CHECK_EQ_MSG(row->code, r.code, "%s: %d", row->label,
		    r.code);
		ATF_CHECK_STREQ_MSG(row->dsn, r.dsn, "%s", row->label);
		ATF_CHECK_STREQ_MSG(row->text, r.text.p, "%s", row->label);
		ATF_CHECK_EQ_MSG(row->nlines, r.nlines, "%s", row->label);
		ATF_CHECK_EQ_MSG(row->garbage, r.garbage, "%s", row->label);
	}
	smtp_reply_fini(&r);
	smtp_stream_free(&st);
}

ATF_TC_WITHOUT_HEAD(replies);
ATF_TC_BODY(replies, tc)
{
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (k = 0; k < 5; k++)
			check(&rows[i], k);
	}
}

/* The reader takes one reply and leaves the next one. */
ATF_TC_WITHOUT_HEAD(pipelined);
ATF_TC_BODY(pipelined, tc)
{
	struct feed f = { .p = "250 a\r\n354 b\r\n", .n = 14 };
	struct smtp_stream *st = feed_stream(&f);
	struct smtp_reply r;
	struct view line;

	smtp_reply_init(&r);
	smtp_stream_printf(st, "MAIL\r\n");
	ATF_REQUIRE_EQ(SMTP_OK, smtp_reply_read(st, LINE, &r));
	ATF_CHECK_EQ(6, f.nout);
	ATF_CHECK_EQ(250, r.code);
	ATF_REQUIRE(smtp_reply_line(&r, 0, &line));
	ATF_CHECK(view_eq(line, "a"));
	ATF_CHECK(!smtp_reply_line(&r, 1, &line));
	ATF_REQUIRE_EQ(SMTP_OK, smtp_reply_read(st, LINE, &r));
	ATF_CHECK_EQ(354, r.code);
	smtp_reply_fini(&r);
	smtp_stream_free(&st);
}

/* "count" times "line", then "last": a reply of any size is bounded. */
struct flood {
	const char	*line, *last;
	size_t		 count, at;
	size_t		 given;		/* of the line that is next */
};

static ssize_t
flood_read(void *arg, void *p, size_t n)
{
	struct flood *f = arg;
	const char *line = f->at < f->count ? f->line : f->last;
	size_t k;

	if (f->at > f->count || line == NULL)
		return (0);
	line += f->given;
	k = strlen(line);
	if (k > n) {
		f->given += n;
		k = n;
	} else {
		f->given = 0;
		f->at++;
	}
	memcpy(p, line, k);
	return ((ssize_t)k);
}

ATF_TC_WITHOUT_HEAD(floods);
ATF_TC_BODY(floods, tc)
{
	static char longer[9000];
	const struct {
		const char *label;
		struct flood f;
		enum smtp_io io;
		bool cut;
	} cases[] = {
		{ "900 lines", { "250-x\r\n", "250 y\r\n", 900, 0, 0 }, SMTP_OK,
		    false },
		{ "10000 lines", { "250-x\r\n", "250 y\r\n", 10000, 0, 0 },
		    SMTP_FLOOD, false },
		{ "garbage", { "x\r\n", "250 y\r\n", 10000, 0, 0 }, SMTP_FLOOD,
		    false },
		{ "100 KB", { longer, "250 y\r\n", 12, 0, 0 }, SMTP_OK, true },
	};
	struct smtp_stream *st;
	struct smtp_reply r;
	struct flood f;
	size_t i;

	memset(longer, 'x', sizeof(longer) - 1);
	memcpy(longer, "250-", 4);
	memcpy(longer + sizeof(longer) - 3, "\r\n", 2);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f = cases[i].f;
		st = smtp_stream_new(-1);
		smtp_stream_hook(st, flood_read, NULL, &f);
		smtp_reply_init(&r);
		ATF_CHECK_EQ_MSG(cases[i].io, smtp_reply_read(st, LINE, &r),
		    "%s", cases[i].label);
		ATF_CHECK_MSG(r.text.n <= SMTP_REPLY_TEXT, "%s",
		    cases[i].label);
		if (cases[i].io == SMTP_OK) {
			ATF_CHECK_EQ_MSG(250, r.code, "%s", cases[i].label);
			ATF_CHECK_EQ_MSG(cases[i].cut, r.cut, "%s",
			    cases[i].label);
		}
		smtp_reply_fini(&r);
		smtp_stream_free(&st);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, replies);
	ATF_TP_ADD_TC(tp, pipelined);
	ATF_TP_ADD_TC(tp, floods);
	return (atf_no_error());
}

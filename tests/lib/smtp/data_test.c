/* SPDX-License-Identifier: ISC */
/*
 * data_test - content over all split points; every form of a false end of
 * data (SMTP smuggling) stays content; BDAT.
 */
#include <atf-c.h>
#include <bsd/string.h>
#include <stdlib.h>

#include "base/log.h"
#include "feed.h"
#include "smtp/data.h"

#define NONE	((size_t)-1)

/* What DATA makes of bytes. "rest" is what is left for the next command. */
static const struct row {
	const char	*label;
	const char	*in;
	bool		 lf_ends;
	const char	*want;		/* NULL: no end was seen */
	const char	*rest;
	bool		 bare_lf, bare_dot;
} rows[] = {
	{ "plain", "a\r\nb\r\n.\r\nQUIT", false, "a\nb\n", "QUIT", false,
	    false },
	{ "empty", ".\r\n", false, "", "", false, false },
	{ "empty line", "\r\n.\r\n", false, "\n", "", false, false },
	{ "stuffed", "..\r\n.x\r\n...y\r\n. \r\n.\r\n", false,
	    ".\nx\n..y\n \n", "", false, false },
	{ "dot inside", "a.\r\nb.c\r\n.\r\n", false, "a.\nb.c\n", "", false,
	    false },

	/* The smuggling forms: none ends the data. */
	{ "LF . LF", "a\n.\nMAIL\r\n.\r\n", false, "a\nMAIL\n", "", true,
	    true },
	{ "LF . CRLF", "a\n.\r\nMAIL\r\n.\r\n", false, "a\nMAIL\n", "", true,
	    true },
	{ "CRLF . LF", "a\r\n.\nMAIL\r\n.\r\n", false, "a\nMAIL\n", "", true,
	    true },
	{ "CR . CR", "a\r.\rMAIL\r\n.\r\n", false, "a\r.\rMAIL\n", "", false,
	    false },
	{ "CR . CRLF", "a\r.\r\nMAIL\r\n.\r\n", false, "a\r.\nMAIL\n", "",
	    false, false },
	{ "CRLF . CR", "a\r\n.\rMAIL\r\n.\r\n", false, "a\n\rMAIL\n", "",
	    false, false },
	{ "CRLF . CR CRLF", "a\r\n.\r\r\nMAIL\r\n.\r\n", false,
	    "a\n\r\nMAIL\n", "", false, false },
	{ "CR CRLF . CRLF", "a\r\r\n.\r\nMAIL", false, "a\r\n", "MAIL", false,
	    false },
	{ "LF CR . CR LF", "a\n\r.\r\nMAIL\r\n.\r\n", false,
	    "a\n\r.\nMAIL\n", "", true, false },
	{ "start LF", ".\nMAIL\r\n.\r\n", false, "MAIL\n", "", true, true },

	/* smtpd_forbid_bare_newline = no. */
	{ "LF . LF allowed", "a\n.\nQUIT", true, "a\n", "QUIT", true, false },
	{ "LF . CRLF allowed", "a\n.\r\nQUIT", true, "a\n", "QUIT", true,
	    false },
	{ "CR . CR not even then", "a\r.\r\n.\r\n", true, "a\r.\n", "",
	    false, false },

	{ "no end", "a\r\nb\r\n", false, NULL, NULL, false, false },
	{ "no end, dot", "a\r\n.", false, NULL, NULL, false, false },
	{ "no end, dot CR", "a\r\n.\r", false, NULL, NULL, false, false },
};

static void
check(const struct row *row, size_t piece, size_t cut, size_t want)
{
	struct feed f = { .p = row->in, .n = strlen(row->in), .piece = piece,
	    .cut = cut };
	struct smtp_stream *st = feed_stream(&f);
	struct smtp_data d;
	struct buf all, out;
	enum smtp_io io = SMTP_OK;
	struct view rest;

	buf_init(&all, 1 << 20);
	buf_init(&out, want);
	smtp_data_start(&d, row->lf_ends);
	while (!d.end && io == SMTP_OK) {
		io = smtp_data_read(st, &d, &out, want);
		buf_xput(&all, out.p, out.n);
		buf_reset(&out);
	}
	ATF_REQUIRE_EQ_MSG(row->want != NULL, d.end, "%s: piece %zu cut %zu "
	    "want %zu: end", row->label, piece, cut, want);
	if (row->want != NULL) {
		ATF_CHECK_STREQ_MSG(row->want, all.p, "%s: piece %zu cut %zu "
		    "want %zu", row->label, piece, cut, want);
		rest = smtp_stream_input(st);
		ATF_CHECK_MSG(strncmp(row->rest, rest.p, rest.n) == 0,
		    "%s: rest", row->label);
		ATF_CHECK_EQ_MSG(row->bare_lf, d.bare_lf, "%s: bare LF",
		    row->label);
		ATF_CHECK_EQ_MSG(row->bare_dot, d.bare_dot, "%s: bare dot",
		    row->label);
	}
	buf_fini(&all);
	buf_fini(&out);
	smtp_stream_free(&st);
}

ATF_TC_WITHOUT_HEAD(data_all_splits);
ATF_TC_BODY(data_all_splits, tc)
{
	static const size_t wants[] = { SMTP_DATA_MIN, 9, 17, 4096 };
	size_t i, k, w;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (w = 0; w < 4; w++) {
			for (k = 0; k <= 3; k++)
				check(&rows[i], k, 0, wants[w]);
			for (k = 1; k < strlen(rows[i].in); k++)
				check(&rows[i], 0, k, wants[w]);
		}
	}
}

/* The slow and obvious way, a byte at a time. */
static size_t
simple(const char *in, size_t n, char *out, size_t *used)
{
	size_t i, o = 0, start;
	bool prev_crlf = true, crlf;

	for (i = 0; i < n;) {
		start = i;
		while (i < n && in[i] != '\n')
			i++;
		if (i == n)
			break;
		i++;
		crlf = i - start >= 2 && in[i - 2] == '\r';
		if (in[start] == '.' && i - start == (crlf ? 3u : 2u)) {
			if (crlf && prev_crlf) {
				*used = i;
				return (o);
			}
			prev_crlf = crlf;
			continue;
		}
		prev_crlf = crlf;
		if (in[start] == '.')
			start++;
		memcpy(out + o, in + start, i - start - (crlf ? 2 : 1));
		o += i - start - (crlf ? 2 : 1);
		out[o++] = '\n';
	}
	*used = NONE;
	return (o);
}

/* Random text of the bytes that matter: the same as the simple way. */
ATF_TC_WITHOUT_HEAD(data_like_simple);
ATF_TC_BODY(data_like_simple, tc)
{
	static const char alphabet[] = ".\r\n\r\n.ab";
	char in[200], out[400];
	size_t n, k, o, used;
	struct feed f;
	struct smtp_stream *st;
	struct smtp_data d;
	struct buf all;
	enum smtp_io io;
	unsigned seed;

	for (seed = 0; seed < 20000; seed++) {
		srandom(seed);
		n = (size_t)random() % (sizeof(in) - 5);
		for (k = 0; k < n; k++)
			in[k] = alphabet[(size_t)random() % 8];
		memcpy(in + n, "\r\n.\r\n", 5);
		n += 5;
		o = simple(in, n, out, &used);
		f = (struct feed){ .p = in, .n = n,
		    .piece = (size_t)random() % 10 };
		st = feed_stream(&f);
		smtp_data_start(&d, false);
		buf_init(&all, 1000);
		do {
			io = smtp_data_read(st, &d, &all,
			    all.n + SMTP_DATA_MIN +
			    (size_t)random() % 50);
		} while (io == SMTP_OK && !d.end);
		ATF_REQUIRE_EQ_MSG(used != NONE, d.end, "seed %u", seed);
		ATF_REQUIRE_EQ_MSG(o, all.n, "seed %u: %zu, want %zu", seed,
		    all.n, o);
		ATF_REQUIRE_MSG(memcmp(out, all.p, o) == 0, "seed %u", seed);
		if (d.end)
			ATF_REQUIRE_EQ_MSG(used, d.received, "seed %u", seed);
		buf_fini(&all);
		smtp_stream_free(&st);
	}
}

static const struct bdat_row {
	const char	*label;
	const char	*chunks[5];
	const char	*want;
	bool		 bare_lf;
} bdat_rows[] = {
	{ "one", { "a\r\nb\r\n" }, "a\nb\n", false },
	{ "dots", { ".\r\n..\r\n" }, ".\n..\n", false },
	{ "no end", { "a\r\nb" }, "a\nb\n", false },
	{ "split CRLF", { "a\r", "\nb\r\n" }, "a\nb\n", false },
	{ "split CR alone", { "a\r", "b\r\n" }, "a\rb\n", false },
	{ "CR at the end", { "a\r" }, "a\r\n", false },
	{ "CR CR LF", { "a\r\r\nb\r\n" }, "a\r\nb\n", false },
	{ "CR, CR LF", { "a\r", "\r\nb\r\n" }, "a\r\nb\n", false },
	{ "bare LF", { "a\nb\r\n" }, "a\nb\n", true },
	{ "empty", { "" }, "", false },
	{ "empty last", { "a\r\n", "" }, "a\n", false },
	{ "CR, nothing", { "a\r", "" }, "a\r\n", false },
	{ "line in pieces", { "a", "b", "c\r\n", "d" }, "abc\nd\n", false },
};

static void
check_bdat(const struct bdat_row *row, size_t piece, size_t want)
{
	char in[256] = "";
	struct feed f;
	struct smtp_stream *st;
	struct smtp_data d;
	struct buf all, out;
	size_t i, lines = 0, k;

	for (i = 0; i < 5 && row->chunks[i] != NULL; i++)
		(void)strlcat(in, row->chunks[i], sizeof(in));
	f = (struct feed){ .p = in, .n = strlen(in), .piece = piece };
	st = feed_stream(&f);
	buf_init(&all, 1000);
	buf_init(&out, want + 2);
	smtp_data_start(&d, false);
	for (i = 0; i < 5 && row->chunks[i] != NULL; i++) {
		smtp_bdat_chunk(&d, strlen(row->chunks[i]));
		while (!d.end) {
			ATF_REQUIRE_EQ_MSG(SMTP_OK, smtp_bdat_read(st, &d,
			    &out, want), "%s", row->label);
			buf_xput(&all, out.p, out.n);
			buf_reset(&out);
		}
	}
	smtp_bdat_last(&d, &all);
	ATF_CHECK_STREQ_MSG(row->want, all.p, "%s: piece %zu want %zu",
	    row->label, piece, want);
	ATF_CHECK_EQ_MSG(row->bare_lf, d.bare_lf, "%s", row->label);
	for (k = 0; k < all.n; k++)
		lines += all.p[k] == '\n';
	ATF_CHECK_EQ_MSG(all.n + lines, d.size, "%s: size", row->label);
	buf_fini(&all);
	buf_fini(&out);
	smtp_stream_free(&st);
}

ATF_TC_WITHOUT_HEAD(bdat_all_splits);
ATF_TC_BODY(bdat_all_splits, tc)
{
	size_t i, piece, want;

	for (i = 0; i < sizeof(bdat_rows) / sizeof(bdat_rows[0]); i++) {
		for (piece = 0; piece < 8; piece++) {
			for (want = 2; want < 12; want++)
				check_bdat(&bdat_rows[i], piece, want);
		}
	}
}

ATF_TC_WITHOUT_HEAD(bdat_skip);
ATF_TC_BODY(bdat_skip, tc)
{
	struct feed f = { .p = "0123456789NOOP", .n = 14, .piece = 3 };
	struct smtp_stream *st = feed_stream(&f);
	struct smtp_data d;

	smtp_data_start(&d, false);
	smtp_bdat_chunk(&d, 10);
	ATF_REQUIRE_EQ(SMTP_OK, smtp_bdat_skip(st, &d));
	ATF_CHECK_EQ(10, d.received);
	smtp_bdat_chunk(&d, 5);
	ATF_CHECK_EQ(SMTP_EOF, smtp_bdat_skip(st, &d));
	smtp_stream_free(&st);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, data_all_splits);
	ATF_TP_ADD_TC(tp, data_like_simple);
	ATF_TP_ADD_TC(tp, bdat_all_splits);
	ATF_TP_ADD_TC(tp, bdat_skip);
	return (atf_no_error());
}

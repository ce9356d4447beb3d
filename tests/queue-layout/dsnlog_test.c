/* SPDX-License-Identifier: ISC */
/* The per-message logs: what was appended comes back, whatever it was. */
#include <errno.h>
#include <stdlib.h>

#include "base/fd.h"
#include "make.h"
#include "queue-layout/dsnlog.h"

#define ID	"B18CCA768C3"

static struct q_hash hash;

static void
put_file(int root, const char *path, const char *text, size_t n)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ((ssize_t)n, write(fd, text, n));
	fd_close(&fd);
}

static struct dsnlog *
open_log(int root, enum q_dir dir)
{
	int fd = q_open(root, &hash, dir, ID, O_RDONLY);

	ATF_REQUIRE(fd != -1);
	return (dsnlog_open(fd));
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	static const char want[] =
	    "<b@remote.test>: connect to h[1.2.3.4]:25: refused\n"
	    "recipient=b@remote.test\n"
	    "original_recipient=c@here.test\n"
	    "offset=7\n"
	    "dsn_orig_rcpt=rfc822;c@here.test\n"
	    "notify_flags=4\n"
	    "status=4.4.1\n"
	    "action=delayed\n"
	    "diag_type=smtp\n"
	    "diag_text=450 no\n"
	    "mta_type=dns\n"
	    "mta_mname=h\n"
	    "reason=connect to h[1.2.3.4]:25: refused\n"
	    "\n";
	const struct dsnlog_entry in = { .recipient = "b@remote.test",
		.original_recipient = "c@here.test", .offset = 7,
		.dsn_orig_rcpt = "rfc822;c@here.test", .notify_flags = 4,
		.status = "4.4.1", .action = "delayed", .diag_type = "smtp",
		.diag_text = "450 no", .mta_type = "dns", .mta_mname = "h",
		.reason = "connect to h[1.2.3.4]:25: refused" };
	int root = make_queue(), fd;
	struct dsnlog_entry out;
	struct dsnlog *l;
	char text[1000];

	q_hash_set(&hash, VIEW("defer"), 2, NULL);
	ATF_REQUIRE_EQ(0, dsnlog_append(root, &hash, Q_defer, ID, &in, false));
	ATF_REQUIRE((fd = openat(root, "defer/B/1/" ID, O_RDONLY)) != -1);
	memset(text, 0, sizeof(text));
	ATF_REQUIRE(read(fd, text, sizeof(text) - 1) > 0);
	ATF_CHECK_STREQ(want, text);
	ATF_REQUIRE_EQ(0, dsnlog_append(root, &hash, Q_defer, ID,
	    &(struct dsnlog_entry){ .recipient = "" }, true));
	l = open_log(root, Q_defer);
	ATF_REQUIRE_EQ(1, dsnlog_next(l, &out));
	ATF_CHECK_STREQ(in.recipient, out.recipient);
	ATF_CHECK_STREQ(in.original_recipient, out.original_recipient);
	ATF_CHECK_STREQ(in.dsn_orig_rcpt, out.dsn_orig_rcpt);
	ATF_CHECK_STREQ(in.status, out.status);
	ATF_CHECK_STREQ(in.diag_text, out.diag_text);
	ATF_CHECK_STREQ(in.mta_mname, out.mta_mname);
	ATF_CHECK_STREQ(in.reason, out.reason);
	ATF_CHECK_EQ(7, out.offset);
	ATF_CHECK_EQ(4, out.notify_flags);
	ATF_REQUIRE_EQ(1, dsnlog_next(l, &out));
	ATF_CHECK_STREQ("", out.recipient);
	ATF_CHECK_STREQ("", out.reason);
	ATF_CHECK_EQ(0, out.offset);
	ATF_CHECK_EQ(0, dsnlog_next(l, &out));
	ATF_CHECK_EQ(0, dsnlog_next(l, &out));
	dsnlog_close(&l);
	ATF_CHECK_EQ(0, dsnlog_remove(root, &hash, Q_defer, ID));
	ATF_CHECK_EQ(0, dsnlog_remove(root, &hash, Q_defer, ID));
	ATF_CHECK_EQ(-1, dsnlog_remove(root, &hash, Q_defer, "../x"));
}

/* A reason cannot add lines of its own, and is cut to its bound. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	static char lots[20000];
	int root = make_queue();
	struct dsnlog_entry in = { .recipient = "a@b\n\nrecipient=evil@x",
		.reason = "x\nrecipient=evil@x\r\n\nstatus=2.0.0" }, out;
	struct dsnlog *l;

	ATF_REQUIRE_EQ(0, dsnlog_append(root, &hash, Q_bounce, ID, &in, true));
	memset(lots, 'l', sizeof(lots) - 1);
	in = (struct dsnlog_entry){ .recipient = lots, .reason = lots,
		.diag_text = lots };
	ATF_REQUIRE_EQ(0, dsnlog_append(root, &hash, Q_bounce, ID, &in, true));
	l = open_log(root, Q_bounce);
	ATF_REQUIRE_EQ(1, dsnlog_next(l, &out));
	ATF_CHECK_STREQ("a@b??recipient=evil@x", out.recipient);
	ATF_CHECK_STREQ("x?recipient=evil@x???status=2.0.0", out.reason);
	ATF_CHECK_STREQ("", out.status);
	ATF_REQUIRE_EQ(1, dsnlog_next(l, &out));
	ATF_CHECK_EQ(DSNLOG_VALUE_MAX, strlen(out.recipient));
	ATF_CHECK_EQ(DSNLOG_VALUE_MAX, strlen(out.reason));
	ATF_CHECK_EQ(0, dsnlog_next(l, &out));
	dsnlog_close(&l);
	ATF_CHECK_EQ(-1, dsnlog_append(root, &hash, Q_bounce, ID,
	    &(struct dsnlog_entry){ .reason = "x" }, false));
	ATF_CHECK_EQ(-1, dsnlog_append(root, &hash, Q_bounce, "a/b",
	    &(struct dsnlog_entry){ .recipient = "x" }, false));
	ATF_REQUIRE_EQ(0, symlinkat("../victim", root, "trace/" ID));
	ATF_CHECK_EQ(-1, dsnlog_append(root, &hash, Q_trace, ID,
	    &(struct dsnlog_entry){ .recipient = "x" }, false));
	ATF_CHECK_EQ(ELOOP, errno);
}

ATF_TC_WITHOUT_HEAD(reader);
ATF_TC_BODY(reader, tc)
{
#define TEXT(s)	s, sizeof(s) - 1
	static const struct {
		const char *label, *text;
		size_t n;
		int entries;
		const char *recipient, *reason;	/* of the last */
	} cases[] = {
		{ "empty", TEXT(""), 0, NULL, NULL },
		{ "one", TEXT("<a>: b\nrecipient=a\nreason=b\n\n"), 1, "a", "b" },
		{ "no empty line", TEXT("recipient=a\nreason=b\n"), 0, NULL,
		    NULL },
		{ "cut in a line", TEXT("recipient=a\n\nrecipient=bb"), 1, "a",
		    "" },
		{ "no recipient", TEXT("reason=b\n\nrecipient=c\n\n"), 1, "c",
		    "" },
		{ "unknown name", TEXT("recipient=a\nfoo=b\nbar\n\n"), 1, "a",
		    "" },
		{ "many empty lines", TEXT("\n\n\nrecipient=a\n\n\n\n"), 1,
		    "a", "" },
		{ "NUL", TEXT("recipient=a\nreason=b\0c\n\n"), 1, "a", "" },
		{ "control", TEXT("recipient=a\nreason=b\033c\n\n"), 1, "a",
		    "b?c" },
		{ "'=' in a value", TEXT("recipient=a=b@c\n\n"), 1, "a=b@c",
		    "" },
		{ "numbers", TEXT("recipient=a\noffset=-1\n"
		    "notify_flags=16\noffset=99999999999999999999\n\n"), 1, "a",
		    "" },
		{ "human line", TEXT("<x=y>: recipient=z\nrecipient=a\n\n"), 1,
		    "a", "" },
	};
	int root = make_queue(), n;
	struct dsnlog_entry e;
	char who[64], why[64];
	struct dsnlog *l;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_file(root, "bounce/" ID, cases[i].text, cases[i].n);
		l = open_log(root, Q_bounce);
		for (n = 0; dsnlog_next(l, &e) == 1; n++) {
			(void)snprintf(who, sizeof(who), "%s", e.recipient);
			(void)snprintf(why, sizeof(why), "%s", e.reason);
			ATF_CHECK_EQ(0, e.offset);
			ATF_CHECK_EQ(0, e.notify_flags);
		}
		ATF_CHECK_EQ_MSG(cases[i].entries, n, "%s", cases[i].label);
		if (n > 0) {
			ATF_CHECK_STREQ(cases[i].recipient, who);
			ATF_CHECK_STREQ(cases[i].reason, why);
		}
		dsnlog_close(&l);
		ATF_REQUIRE_EQ(0, unlinkat(root, "bounce/" ID, 0));
	}
}

/* An entry that a crash has cut at any byte does not spoil the next one. */
ATF_TC_WITHOUT_HEAD(crashed);
ATF_TC_BODY(crashed, tc)
{
	static const char entry[] =
	    "<a>: b\nrecipient=a\nstatus=4.0.0\nreason=b\n\n";
	int root = make_queue(), seen;
	struct dsnlog_entry e;
	struct dsnlog *l;
	size_t n;

	for (n = 0; n <= sizeof(entry) - 1; n++) {
		put_file(root, "bounce/" ID, entry, sizeof(entry) - 1);
		put_file(root, "bounce/" ID, entry, n);
		ATF_REQUIRE_EQ(0, dsnlog_append(root, &hash, Q_bounce, ID,
		    &(struct dsnlog_entry){ .recipient = "next" }, false));
		l = open_log(root, Q_bounce);
		ATF_REQUIRE_EQ(1, dsnlog_next(l, &e));
		ATF_CHECK_STREQ("a", e.recipient);
		for (seen = 0; dsnlog_next(l, &e) == 1; seen++)
			if (strcmp(e.recipient, "next") == 0) {
				ATF_CHECK_STREQ("", e.status);
				seen = 100;
			}
		ATF_CHECK_MSG(seen > 100, "cut after %zu bytes", n);
		dsnlog_close(&l);
		ATF_REQUIRE_EQ(0, unlinkat(root, "bounce/" ID, 0));
	}
}

/* Long lines, a file of one line, more than the reader's buffer. */
ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	static char big[70000];
	int root = make_queue();
	struct dsnlog_entry e;
	struct dsnlog *l;
	int i;

	memset(big, 'x', sizeof(big));
	put_file(root, "bounce/" ID, "recipient=a\nreason=", 19);
	put_file(root, "bounce/" ID, big, sizeof(big));
	put_file(root, "bounce/" ID, "\nstatus=5.0.0\n\n", 15);
	for (i = 0; i < 2000; i++)
		put_file(root, "bounce/" ID, "recipient=b\nreason=r\n\n", 22);
	put_file(root, "bounce/" ID, big, sizeof(big));
	l = open_log(root, Q_bounce);
	ATF_REQUIRE_EQ(1, dsnlog_next(l, &e));
	ATF_CHECK_STREQ("", e.reason);
	ATF_CHECK_STREQ("5.0.0", e.status);
	for (i = 0; i < 2000; i++)
		ATF_REQUIRE_EQ(1, dsnlog_next(l, &e));
	ATF_CHECK_EQ(0, dsnlog_next(l, &e));
	dsnlog_close(&l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, reader);
	ATF_TP_ADD_TC(tp, crashed);
	ATF_TP_ADD_TC(tp, bounds);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/* Parts of local(8): the header, what was seen, names, the sum of fates. */
#include <atf-c.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "broker/role.h"
#include "local_in.h"

const char *
role_service(void)
{
	return ("local");
}

ATF_TC_WITHOUT_HEAD(header);
ATF_TC_BODY(header, tc)
{
	static const struct {
		const char	*text;
		bool		 loops;
	} rows[] = {
		{ "", false },
		{ "Delivered-To: r@x.example\n\n", true },
		{ "Subject: a\nDELIVERED-TO:r@X.example \nFrom: b\n\n", true },
		{ "Delivered-To: r@x.example", true },
		{ "Delivered-To: \"r\"@x.example\n\n", true },
		{ "Delivered-To: other@x.example\n\n", false },
		{ "Delivered-To: r@x.example, other@x.example\n\n", false },
		{ "X-Delivered-To: r@x.example\n\n", false },
		{ "Subject: a\n\nDelivered-To: r@x.example\n", false },
		{ "Subject: a\n Delivered-To: r@x.example\n\n", false },
		{ "Delivered-To:\n\n", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* Bytes around the content are not looked at. */
		static const char head[] = "Delivered-To: r@x.example\n";
		size_t n = strlen(rows[i].text);
		struct agent_request r = { .arena = arena_new(0),
			.m = { .content_offset = sizeof(head) - 1,
			    .content_length = n } };

		r.fd = open("content", O_RDWR | O_CREAT | O_TRUNC, 0600);
		ATF_REQUIRE_EQ((ssize_t)sizeof(head) - 1, write(r.fd, head,
		    sizeof(head) - 1));
		ATF_REQUIRE_EQ((ssize_t)n, write(r.fd, rows[i].text, n));
		ATF_REQUIRE_EQ((ssize_t)sizeof(head) - 1, write(r.fd, head,
		    sizeof(head) - 1));
		ATF_CHECK_EQ_MSG(rows[i].loops, header_loops(&r,
		    "r@x.example"), "%s", rows[i].text);
		close(r.fd);
		arena_free(&r.arena);
	}
}

ATF_TC_WITHOUT_HEAD(duplicates);
ATF_TC_BODY(duplicates, tc)
{
	struct arena *a = arena_new(0);
	struct seen *s = seen_new(a, 2);

	ATF_CHECK(!seen(s, "a"));
	ATF_CHECK(!seen(s, "b"));
	ATF_CHECK(seen(s, "a"));
	/* No more room: what was seen is known, the rest is not. */
	ATF_CHECK(!seen(s, "c"));
	ATF_CHECK(!seen(s, "c"));
	ATF_CHECK(seen(s, "b"));
	s = seen_new(a, 0);
	for (int i = 0; i < 2000; i++)
		ATF_CHECK(!seen(s, arena_printf(a, "%d", i)));
	ATF_CHECK(seen(s, "1999"));
	arena_free(&a);
}

static void
configure(struct arena *a, const char *delimiter)
{
	static struct params params;
	struct conf *c = conf_new(a, "/nonexistent");
	struct conf_error e;

	conf_set(c, "recipient_delimiter", delimiter);
	if (conf_params(c, CONF_EVERYTHING, &params, &e) < 0)
		atf_tc_fail("%s", e.text);
	cf = &params;
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	static const struct {
		const char	*addr, *delimiter, *local, *user, *ext;
		char		 at;
	} rows[] = {
		{ "A@X", "+", "a", "a", "", 0 },
		{ "a+B@x", "+", "a+b", "a", "b", '+' },
		{ "a+b-c@x", "-+", "a+b-c", "a", "b-c", '+' },
		{ "a+b@x", "", "a+b", "a+b", "", 0 },
		{ "+b@x", "+", "+b", "+b", "", 0 },
		{ "a+@x", "+", "a+", "a", "", '+' },
		{ "owner-l@x", "-", "owner-l", "owner-l", "", 0 },
		{ "l-request@x", "-", "l-request", "l-request", "", 0 },
		{ "", "+", "", "", "", 0 },
	};
	struct arena *a = arena_new(0);
	struct agent_request r = { .arena = a, .m = { .sender = "s" } };
	struct job j = { .r = &r, .a = a };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct who w, below;

		configure(a, rows[i].delimiter);
		who_init(&w, &j, NULL, rows[i].addr);
		ATF_CHECK_STREQ(rows[i].local, w.local);
		ATF_CHECK_STREQ(rows[i].user, w.user);
		ATF_CHECK_STREQ(rows[i].ext, w.ext);
		ATF_CHECK_EQ(rows[i].at, w.delimiter);
		ATF_CHECK_STREQ("s", w.sender);
		w.sender = "o";
		who_init(&below, &j, &w, "b@x");
		ATF_CHECK_STREQ("o", below.sender);
		ATF_CHECK_EQ(w.level + 1, below.level);
	}
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(fates);
ATF_TC_BODY(fates, tc)
{
	static const struct {
		enum outcome	 each[3], sum;
		const char	*reason;
		size_t		 failures;
	} rows[] = {
		{ { OUTCOME_SENT, OUTCOME_SENT, OUTCOME_SENT },
		    OUTCOME_SENT, "0", 0 },
		{ { OUTCOME_SENT, OUTCOME_BOUNCED, OUTCOME_SENT },
		    OUTCOME_BOUNCED, "1", 1 },
		{ { OUTCOME_BOUNCED, OUTCOME_BOUNCED, OUTCOME_SENT },
		    OUTCOME_BOUNCED, "0", 2 },
		{ { OUTCOME_BOUNCED, OUTCOME_SENT, OUTCOME_DEFERRED },
		    OUTCOME_DEFERRED, "2", 1 },
		{ { OUTCOME_DEFERRED, OUTCOME_BOUNCED, OUTCOME_DEFERRED },
		    OUTCOME_DEFERRED, "0", 1 },
	};
	struct agent_rcpt rcpt = { .addr = "rcpt@x" };
	const struct who w = { .addr = "member@x" };
	struct arena *a = arena_new(0);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static const char *const reasons[] = { "0", "1", "2" };
		struct job j = { .rcpt = &rcpt, .a = a };
		size_t n = 0;

		for (size_t k = 0; k < 3; k++)
			job_merge(&j, &w, &(struct agent_result){
			    .outcome = rows[i].each[k],
			    .reason = reasons[k] });
		for (struct failure *f = j.failures; f != NULL; f = f->next) {
			ATF_CHECK_STREQ("member@x", f->res.addr);
			n++;
		}
		ATF_CHECK_EQ(rows[i].failures, n);
		ATF_CHECK_EQ(rows[i].sum, j.fate.outcome);
		ATF_CHECK_STREQ(rows[i].reason, j.fate.reason);
	}
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, header);
	ATF_TP_ADD_TC(tp, duplicates);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, fates);
	return (atf_no_error());
}

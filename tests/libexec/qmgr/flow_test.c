/* SPDX-License-Identifier: ISC */
/* The life of messages, from hand-over to removal. */
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "world.h"

static char id[QID_SIZE];

static void
sent(const char *sender, const char *const *rcpts,
    const struct qf_envelope *more)
{
	(void)snprintf(id, sizeof(id), "%s", world_send(sender, rcpts, more));
}

ATF_TC_WITHOUT_HEAD(delivered);
ATF_TC_BODY(delivered, tc)
{
	char want[200];

	world_make(NULL);
	world_start();
	sent("a@sender.test", RCPTS("x@ok.test"), NULL);
	world_settle();
	CHECK_COUNT(1, "deliver smtp ok.test x@ok.test cursor=0");
	(void)snprintf(want, sizeof(want), "log %s: from=<a@sender.test>, "
	    "size=14, nrcpt=1 (queue active)", id);
	CHECK_COUNT(1, want);
	(void)snprintf(want, sizeof(want), "log %s: removed", id);
	CHECK_COUNT(1, want);
	CHECK_COUNT(0, "append");
	CHECK_COUNT(0, "remove");
	ATF_CHECK(!world_has(Q_active, id) && !world_has(Q_incoming, id));
	ATF_CHECK_EQ(0, world.open_conns);
}

ATF_TC_WITHOUT_HEAD(outcomes);
ATF_TC_BODY(outcomes, tc)
{
	world_make(NULL);
	world_start();
	/* sent, deferred, bounced, in this order. */
	sent("a@sender.test", RCPTS("r0@mixed.test", "r1@mixed.test",
	    "r2@mixed.test", "success@mixed.test"), NULL);
	world_settle();
	CHECK_COUNT(1, "append defer r1@mixed.test 4.2.0");
	CHECK_COUNT(1, "append bounce r2@mixed.test 5.2.0");
	CHECK_COUNT(1, "append trace success@mixed.test 2.0.0");
	CHECK_COUNT(1, "send bounce failure");
	CHECK_COUNT(1, "send trace success");
	CHECK_COUNT(0, "log #removed");
	ATF_REQUIRE(world_has(Q_deferred, id));

	/* The next run is for the one that is left. */
	world_forget();
	world.now_us += 400 * US_PER_S;
	world_flush(QUEUE_SCAN_DEFERRED);
	world_settle();
	CHECK_COUNT(1, "deliver");
	CHECK_COUNT(1, "deliver smtp mixed.test r1@mixed.test cursor=0");
	CHECK_COUNT(1, "remove defer");
	CHECK_COUNT(0, "send bounce");
	CHECK_COUNT(1, "log #removed");
}

/* flush(8) hears where a message was to go, at each attempt, once a site. */
ATF_TC_WITHOUT_HEAD(sites);
ATF_TC_BODY(sites, tc)
{
	char want[100];

	world_make(NULL);
	world_start();
	sent("a@sender.test", RCPTS("x@dead.test", "y@dead.test",
	    "r0@mixed.test", "r1@mixed.test", "r2@mixed.test"), NULL);
	world_settle();
	(void)snprintf(want, sizeof(want), "site mixed.test %s", id);
	CHECK_COUNT(1, want);
	(void)snprintf(want, sizeof(want), "site dead.test %s", id);
	CHECK_COUNT(1, want);
	CHECK_COUNT(2, "site");
	world_forget();
	world_flush(QUEUE_SCAN_DEFERRED | QUEUE_SCAN_ALL);
	world_settle();
	CHECK_COUNT(1, want);
	CHECK_COUNT(1, "site");
}

ATF_TC_WITHOUT_HEAD(not_due);
ATF_TC_BODY(not_due, tc)
{
	static const struct {
		const char	*label;
		int64_t		 later_s;
		uint32_t	 what;
		unsigned	 want;
	} steps[] = {
		{ "at once", 0, QUEUE_SCAN_DEFERRED, 0 },
		{ "a second too early", 299, QUEUE_SCAN_DEFERRED, 0 },
		{ "due", 1, QUEUE_SCAN_DEFERRED, 1 },
		{ "again, doubled: not yet", 299, QUEUE_SCAN_DEFERRED, 0 },
		{ "but when all are asked for", 0,
		    QUEUE_SCAN_DEFERRED | QUEUE_SCAN_ALL, 1 },
	};

	world_make(NULL);
	world_start();
	sent("a@sender.test", RCPTS("x@defer.test"), NULL);
	world_settle();
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		world_forget();
		world.now_us += steps[i].later_s * US_PER_S;
		world_flush(steps[i].what);
		world_settle();
		ATF_CHECK_EQ_MSG(steps[i].want, world_count("deliver smtp"),
		    "%s", steps[i].label);
	}
	/* The defer log of each run replaces that of the one before. */
	CHECK_COUNT(1, "remove defer");
}

ATF_TC_WITHOUT_HEAD(batch_resolve);
ATF_TC_BODY(batch_resolve, tc)
{
	world_make(NULL);
	world_start();
	sent("a@sender.test", RCPTS("1@b.test", "2@b.test", "3@b.test",
	    "4@c.test"), NULL);
	world_settle();
	ATF_CHECK_EQ(1, world.rewrite_frames);
	CHECK_COUNT(4, "resolve");
	CHECK_COUNT(1, "deliver smtp b.test 1@b.test,2@b.test,3@b.test ");
	CHECK_COUNT(1, "deliver smtp c.test 4@c.test ");

	/* Known by sender and address, for a short time. */
	sent("a@sender.test", RCPTS("1@b.test"), NULL);
	world_settle();
	CHECK_COUNT(4, "resolve");
	sent("b@sender.test", RCPTS("1@b.test"), NULL);
	world_settle();
	CHECK_COUNT(5, "resolve");
	world.now_us += 60 * US_PER_S;
	sent("a@sender.test", RCPTS("1@b.test"), NULL);
	world_settle();
	CHECK_COUNT(6, "resolve");
}

ATF_TC_WITHOUT_HEAD(resolver_dies);
ATF_TC_BODY(resolver_dies, tc)
{
	world_make(NULL);
	world_start();
	world.rewrite_dies = true;
	sent("a@sender.test", RCPTS("1@b.test"), NULL);
	world_settle();
	CHECK_COUNT(1, "log warning: problem talking to service rewrite");
	CHECK_COUNT(1, "deliver smtp b.test 1@b.test ");
}

ATF_TC_WITHOUT_HEAD(resolver_says);
ATF_TC_BODY(resolver_says, tc)
{
	static const struct {
		const char	*addr;
		const char	*want;
	} cases[] = {
		{ "x@bad.test",
		    "deliver error 5.1.3 bad address syntax x@bad.test " },
		{ "x@unknown.test", "deliver retry 4.3.0 address resolver "
		    "failure x@unknown.test " },
		{ "x@nosuch.test", "deliver retry 4.3.0 mail transport "
		    "unavailable x@nosuch.test " },
		{ "x@errs.test", "deliver error 5.1.2 no such place" },
		{ "double-bounce@MX.test", "deliver discard undeliverable "
		    "postmaster notification discarded" },
		{ "x@one.test", "deliver retry 4.3.2 deferred transport "
		    "x@one.test " },
	};

	world_make(SET("defer_transports=one, two"));
	world_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_forget();
		sent("a@sender.test", RCPTS(cases[i].addr), NULL);
		world_settle();
		CHECK_COUNT(1, cases[i].want);
		CHECK_COUNT(1, "deliver");
	}
}

ATF_TC_WITHOUT_HEAD(missing_transport);
ATF_TC_BODY(missing_transport, tc)
{
	world_make(NULL);
	world_start();
	sent("a@sender.test", RCPTS("x@nosuch.test"), NULL);
	sent("a@sender.test", RCPTS("x@ok.test", "y@nosuch.test"), NULL);
	world_settle();
	CHECK_COUNT(1, "log warning: connect to transport private/nosuch: "
	    "No such file or directory");
	CHECK_COUNT(2, "append defer #@nosuch.test 4.4.1");
	CHECK_COUNT(1, "deliver smtp ok.test");
}

ATF_TC_WITHOUT_HEAD(filter);
ATF_TC_BODY(filter, tc)
{
	static const struct {
		const char	*filter;
		const char	*want;
	} cases[] = {
		{ "one:[127.0.0.1]:10025", "deliver one [127.0.0.1]:10025 "
		    "x@ok.test," },
		{ "one:", "deliver one ok.test x@ok.test " },
		{ "one", "deliver one ok.test x@ok.test " },
	};

	world_make(NULL);
	world_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct qf_envelope more = { .filter = cases[i].filter };

		world_forget();
		sent("a@sender.test", RCPTS("x@ok.test", "y@errs.test"),
		    &more);
		world_settle();
		CHECK_COUNT(1, cases[i].want);
	}
}

ATF_TC_WITHOUT_HEAD(redirected);
ATF_TC_BODY(redirected, tc)
{
	const struct qf_envelope more = { .redirect = "boss@ok.test" };

	world_make(NULL);
	world_start();
	sent("a@sender.test", RCPTS("x@a.test", "y@b.test"), &more);
	world_settle();
	CHECK_COUNT(1, "deliver");
	CHECK_COUNT(1, "deliver smtp ok.test boss@ok.test ");
	CHECK_COUNT(1, "log #removed");
}

ATF_TC_WITHOUT_HEAD(agent_dies);
ATF_TC_BODY(agent_dies, tc)
{
	world_make(NULL);
	world_start();
	sent("a@sender.test", RCPTS("x@crash.test", "y@crash.test"), NULL);
	world_settle();
	CHECK_COUNT(1, "log warning: transport smtp failure");
	CHECK_COUNT(1, "deliver retry 4.3.0 unknown mail transport error "
	    "x@crash.test,y@crash.test");
	CHECK_COUNT(2, "append defer");
	ATF_CHECK(world_has(Q_deferred, id));

	/* Its transport rests; others go on. */
	sent("a@sender.test", RCPTS("x@ok.test", "x@one.test"), NULL);
	world_settle();
	CHECK_COUNT(1, "deliver one one.test x@one.test");
	CHECK_COUNT(1, "deliver retry 4.3.0 unknown mail transport error "
	    "x@ok.test");
	world_forget();
	world_flush(QUEUE_FORGET_DEAD | QUEUE_SCAN_DEFERRED | QUEUE_SCAN_ALL);
	world_settle();
	CHECK_COUNT(1, "deliver smtp ok.test x@ok.test");
}

ATF_TC_WITHOUT_HEAD(agent_lies);
ATF_TC_BODY(agent_lies, tc)
{
	world_make(NULL);
	world_start();
	sent("a@sender.test", RCPTS("x@liar.test"), NULL);
	world_settle();
	CHECK_COUNT(1, "log warning: channel with smtp(0) closed: "
	    "deliver_status: status of a recipient it was not given");
	CHECK_COUNT(1, "log warning: transport smtp failure");
	/* What it had said of its own recipient stands. */
	CHECK_COUNT(1, "log #removed");
}

ATF_TC_WITHOUT_HEAD(next_host);
ATF_TC_BODY(next_host, tc)
{
	world_make(NULL);
	world_start();
	sent("a@sender.test", RCPTS("x@next.test", "y@next.test"), NULL);
	world_settle();
	for (unsigned i = 0; i < 4; i++) {
		char want[100];

		(void)snprintf(want, sizeof(want), "deliver smtp next.test "
		    "x@next.test,y@next.test cursor=%u conn=%u", i, i + 1);
		CHECK_COUNT(1, want);
	}
	CHECK_COUNT(4, "deliver");
	CHECK_COUNT(1, "log #removed");
}

ATF_TC_WITHOUT_HEAD(next_without_end);
ATF_TC_BODY(next_without_end, tc)
{
	world_make(NULL);
	world_start();
	sent("a@sender.test", RCPTS("x@loop.test"), NULL);
	world_settle();
	CHECK_COUNT(1, "deliver smtp");
	CHECK_COUNT(1, "deliver retry 4.4.0 no further host to try");
	ATF_CHECK(world_has(Q_deferred, id));
}

ATF_TC_WITHOUT_HEAD(expired);
ATF_TC_BODY(expired, tc)
{
	static const struct {
		const char	*label;
		const char	*sender;
		int64_t		 age_s;
		bool		 expire;
	} cases[] = {
		{ "a second too young", "a@sender.test", 3 * 86400 - 1,
		    false },
		{ "old enough", "a@sender.test", 3 * 86400, true },
		{ "a bounce is not yet", "", 3 * 86400, false },
		{ "now it is", "", 4 * 86400, true },
	};

	world_make(SET("maximal_queue_lifetime=3d",
	    "bounce_queue_lifetime=4d"));
	world_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct qf_envelope more = { .arrival_us =
		    (uint64_t)(world.now_us - cases[i].age_s * US_PER_S) };
		char want[200];

		world_forget();
		sent(cases[i].sender, RCPTS("x@defer.test"), &more);
		world_settle();
		(void)snprintf(want, sizeof(want), "log %s: from=<%s>, "
		    "status=expired, returned to sender", id,
		    cases[i].sender);
		ATF_CHECK_EQ_MSG(cases[i].expire, world_count(want) == 1,
		    "%s", cases[i].label);
		ATF_CHECK_EQ_MSG(cases[i].expire,
		    world_count("send defer failure") == 1, "%s",
		    cases[i].label);
		ATF_CHECK_EQ_MSG(cases[i].expire,
		    world_count("remove defer") == 1, "%s", cases[i].label);
		ATF_CHECK_EQ_MSG(!cases[i].expire, world_has(Q_deferred, id),
		    "%s", cases[i].label);
	}
}

/* The marks of a file, as postsuper sets them. */
static void
mark(enum q_dir dir, int (*set)(const struct qf *))
{
	const struct qf_rules rules = { NULL, 0, NULL, NULL };
	struct arena *a = arena_new(0);
	struct qf_why why;
	struct qf qf;
	int fd;

	fd = q_open(world.rootfd, &qm.hash, dir, id, O_RDWR);
	ATF_REQUIRE(fd >= 0);
	ATF_REQUIRE_EQ(QF_OK, qf_open(&qf, a, fd, &rules, &why));
	ATF_REQUIRE_EQ(0, set(&qf));
	fd_close(&fd);
	arena_free(&a);
}

static int
set_expire(const struct qf *qf)
{
	return (qf_set_expire(qf, true));
}

ATF_TC_WITHOUT_HEAD(marked);
ATF_TC_BODY(marked, tc)
{
	world_make(NULL);
	world_start();
	sent("a@sender.test", RCPTS("x@defer.test"), NULL);
	world_settle();
	mark(Q_deferred, set_expire);
	world_flush(QUEUE_SCAN_DEFERRED | QUEUE_SCAN_ALL);
	world_settle();
	CHECK_COUNT(1, "log #status=force-expired, returned to sender");
	CHECK_COUNT(1, "send defer failure");

	world_forget();
	sent("a@sender.test", RCPTS("x@defer.test"), NULL);
	world_settle();
	mark(Q_deferred, qf_set_killed);
	world_forget();
	world_flush(QUEUE_SCAN_DEFERRED | QUEUE_SCAN_ALL);
	world_settle();
	CHECK_COUNT(0, "deliver");
	CHECK_COUNT(1, "log #removed");
}

ATF_TC_WITHOUT_HEAD(delay_warning);
ATF_TC_BODY(delay_warning, tc)
{
	world_make(SET("delay_warning_time=1h"));
	world_start();
	sent("a@sender.test", RCPTS("x@defer.test"), NULL);
	world_settle();
	CHECK_COUNT(0, "send");
	for (int i = 0; i < 3; i++) {
		world.now_us += 4000 * US_PER_S;
		world_flush(QUEUE_SCAN_DEFERRED);
		world_settle();
	}
	CHECK_COUNT(4, "deliver smtp");
	CHECK_COUNT(1, "send defer delay");
}

ATF_TC_WITHOUT_HEAD(bounce_service_fails);
ATF_TC_BODY(bounce_service_fails, tc)
{
	world_make(NULL);
	world_start();
	world.log_fails = true;
	sent("a@sender.test", RCPTS("x@bounce.test"), NULL);
	world_settle();
	CHECK_COUNT(0, "log #removed");
	ATF_CHECK(world_has(Q_deferred, id));
	/* Bounced again, and told of, when the service is back. */
	world.log_fails = false;
	world_forget();
	world_flush(QUEUE_SCAN_DEFERRED | QUEUE_SCAN_ALL);
	world_settle();
	CHECK_COUNT(1, "append bounce x@bounce.test");
	CHECK_COUNT(1, "send bounce failure");
	CHECK_COUNT(1, "log #removed");
}

ATF_TC_WITHOUT_HEAD(soft_bounce);
ATF_TC_BODY(soft_bounce, tc)
{
	world_make(SET("soft_bounce=yes"));
	world_start();
	sent("a@sender.test", RCPTS("x@bounce.test"), NULL);
	world_settle();
	CHECK_COUNT(1, "append defer x@bounce.test 4.1.1");
	CHECK_COUNT(0, "append bounce");
	ATF_CHECK(world_has(Q_deferred, id));
}

/* The log of a run that did not live to send it is not forgotten. */
ATF_TC_WITHOUT_HEAD(log_after_crash);
ATF_TC_BODY(log_after_crash, tc)
{
	world_make(NULL);
	(void)snprintf(id, sizeof(id), "%s",
	    world_write("a@sender.test", RCPTS("x@ok.test"), NULL));
	{
		const struct qf_rules rules = { NULL, 0, NULL, NULL };
		struct arena *a = arena_new(0);
		struct qf_why why;
		struct qf qf;
		int fd = openat(world.rootfd, "incoming", O_RDONLY);
		int file = openat(fd, id, O_RDWR);

		ATF_REQUIRE_EQ(QF_OK, qf_open(&qf, a, file, &rules, &why));
		ATF_REQUIRE_EQ(0, qf_mark_done(&qf, 0));
		ATF_REQUIRE_EQ(0, qf_set_logs(&qf, QF_LOG_BOUNCE));
		fd_close(&file);
		fd_close(&fd);
		arena_free(&a);
	}
	world_start();
	world_settle();
	CHECK_COUNT(0, "deliver");
	CHECK_COUNT(1, "send bounce failure");
	CHECK_COUNT(1, "log #removed");
}

ATF_TC_WITHOUT_HEAD(vanished);
ATF_TC_BODY(vanished, tc)
{
	world_make(NULL);
	world_start();
	world.agents_wait = true;
	sent("a@sender.test", RCPTS("x@defer.test"), NULL);
	world_rest();
	CHECK_COUNT(1, "deliver smtp");
	ATF_REQUIRE_EQ(0, q_unlink(world.rootfd, &qm.hash, Q_active, id));
	world_release();
	world_settle();
	CHECK_COUNT(0, "log warning");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, delivered);
	ATF_TP_ADD_TC(tp, outcomes);
	ATF_TP_ADD_TC(tp, sites);
	ATF_TP_ADD_TC(tp, not_due);
	ATF_TP_ADD_TC(tp, batch_resolve);
	ATF_TP_ADD_TC(tp, resolver_dies);
	ATF_TP_ADD_TC(tp, resolver_says);
	ATF_TP_ADD_TC(tp, missing_transport);
	ATF_TP_ADD_TC(tp, filter);
	ATF_TP_ADD_TC(tp, redirected);
	ATF_TP_ADD_TC(tp, agent_dies);
	ATF_TP_ADD_TC(tp, agent_lies);
	ATF_TP_ADD_TC(tp, next_host);
	ATF_TP_ADD_TC(tp, next_without_end);
	ATF_TP_ADD_TC(tp, expired);
	ATF_TP_ADD_TC(tp, marked);
	ATF_TP_ADD_TC(tp, delay_warning);
	ATF_TP_ADD_TC(tp, bounce_service_fails);
	ATF_TP_ADD_TC(tp, soft_bounce);
	ATF_TP_ADD_TC(tp, log_after_crash);
	ATF_TP_ADD_TC(tp, vanished);
	return (atf_no_error());
}

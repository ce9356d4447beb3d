/* SPDX-License-Identifier: ISC */
/* Which delivery comes when: windows, limits, affinity, dead hosts. */
#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "world.h"

#define MANY	10000

/* n recipients at a domain; lives for ever. */
static const char *const *
many(unsigned n, const char *domain)
{
	static struct arena *a;
	const char **list;

	a = arena_new(0);
	list = arena_array(a, n + 1, sizeof(*list));
	for (unsigned i = 0; i < n; i++)
		list[i] = arena_printf(a, "r%05u@%s", i, domain);
	return (list);
}

ATF_TC_WITHOUT_HEAD(ten_thousand);
ATF_TC_BODY(ten_thousand, tc)
{
	world_make(NULL);
	world_start();
	(void)world_send("a@sender.test", many(MANY, "big.test"), NULL);
	world_settle();
	CHECK_COUNT(MANY, "resolve");
	CHECK_COUNT(MANY / 50, "deliver smtp big.test");
	CHECK_COUNT(1, "log #nrcpt=10000 (queue active)");
	CHECK_COUNT(1, "log #removed");
	/* Many questions in a frame, not one each. */
	ATF_CHECK_MSG(world.rewrite_frames < 200, "%u frames",
	    world.rewrite_frames);
	ATF_CHECK_EQ(0, qm.nrcpts);
}

static bool
within_limit(void)
{
	ATF_CHECK_MSG(qm.nrcpts <= 700, "%u recipients", qm.nrcpts);
	return (world_count("log #removed") == 1);
}

ATF_TC_WITHOUT_HEAD(recipient_limit);
ATF_TC_BODY(recipient_limit, tc)
{
	world_make(SET("qmgr_message_recipient_limit=700"));
	world_start();
	(void)world_send("a@sender.test", many(3000, "big.test"), NULL);
	world_until(within_limit);
	CHECK_COUNT(3000, "resolve");
	CHECK_COUNT(1, "deliver smtp big.test r00000@big.test,");
	CHECK_COUNT(1, "deliver smtp big.test r00700@big.test,");
	CHECK_COUNT(1, "deliver smtp big.test r02950@big.test,");
}

ATF_TC_WITHOUT_HEAD(concurrency);
ATF_TC_BODY(concurrency, tc)
{
	world_make(SET("smtp_initial_destination_concurrency=3"));
	world_start();
	world.agents_wait = true;
	for (unsigned i = 0; i < 30; i++)
		(void)world_send("a@sender.test", RCPTS("x@ok.test"), NULL);
	world_rest();
	CHECK_COUNT(3, "deliver");
	/* A success each widens the window by one. */
	for (unsigned want = 3 + 6, step = 0; step < 2; step++) {
		world_release();
		world.agents_wait = true;
		world_rest();
		ATF_CHECK_EQ_MSG(want, world_count("deliver"),
		    "step %u: %u", step, world_count("deliver"));
		want += 12;
	}
	world_release();
	world_settle();
	CHECK_COUNT(30, "deliver");
	ATF_CHECK_MSG(world.most_conns <= 20, "%u channels",
	    world.most_conns);
}

static bool
one_at_a_time(void)
{
	ATF_CHECK(transport_get("one")->nworkers <= 1);
	return (world_count("log #removed") == 5);
}

ATF_TC_WITHOUT_HEAD(process_limit);
ATF_TC_BODY(process_limit, tc)
{
	world_make(NULL);
	world_start();
	world.agents_wait = true;
	for (unsigned i = 0; i < 5; i++)
		(void)world_send("a@sender.test", RCPTS("x@one1.test",
		    "x@one2.test", "x@one3.test"), NULL);
	world_rest();
	CHECK_COUNT(1, "deliver one");
	world_release();
	world_until(one_at_a_time);
	CHECK_COUNT(15, "deliver one");
}

ATF_TC_WITHOUT_HEAD(round_robin);
ATF_TC_BODY(round_robin, tc)
{
	static const char *const come[] = { "x@one1.test", "x@one1.test",
		"x@one1.test", "x@one1.test", "x@one2.test", "x@one3.test",
		"x@one2.test" };
	/* The first came when nobody else was there. */
	static const char want[] = "1123121";

	/* Without sessions that are kept each destination has its turn. */
	world_make(SET("smtp_connection_cache_on_demand=no"));
	world_start();
	world.agents_wait = true;
	for (size_t i = 0; i < sizeof(come) / sizeof(come[0]); i++) {
		(void)world_send("a@sender.test", RCPTS(come[i]), NULL);
		world_rest();
	}
	world_release();
	world_settle();
	for (unsigned i = 0; i < sizeof(want) - 1; i++) {
		const char *got = world_event("deliver one one", i);

		ATF_REQUIRE(got != NULL);
		ATF_CHECK_MSG(got[15] == want[i], "%u: %s", i, got);
	}
	CHECK_COUNT(7, "deliver");
}

ATF_TC_WITHOUT_HEAD(affinity);
ATF_TC_BODY(affinity, tc)
{
	world_make(SET("smtp_initial_destination_concurrency=1",
	    "smtp_destination_concurrency_limit=1"));
	world_start();
	world.agents_wait = true;
	for (unsigned i = 0; i < 6; i++)
		(void)world_send("a@sender.test", RCPTS("x@ok.test"), NULL);
	world_rest();
	world_release();
	world_settle();
	CHECK_COUNT(6, "deliver");
	/* All that waited went over the first channel that was kept. */
	CHECK_COUNT(1, "deliver #conn=1");
	CHECK_COUNT(5, "deliver #conn=2");
	ATF_CHECK_EQ(2, world.conns);

	/* The session waits a little for more, and is closed after that. */
	ATF_CHECK_EQ(1, world.open_conns);
	(void)world_send("a@sender.test", RCPTS("x@ok.test"), NULL);
	world_settle();
	CHECK_COUNT(6, "deliver #conn=2");
}

ATF_TC_WITHOUT_HEAD(kept_is_closed);
ATF_TC_BODY(kept_is_closed, tc)
{
	world_make(NULL);
	world.params.smtp_connection_cache_time_limit = span_ms(20);
	world_start();
	for (unsigned i = 0; i < 3; i++) {
		(void)world_send("a@sender.test", RCPTS("x@ok.test"), NULL);
		world_settle();
	}
	CHECK_COUNT(3, "deliver");
	world_rest();
	ATF_CHECK_EQ(0, world.open_conns);
	/* Nothing is remembered of an idle destination. */
	ATF_CHECK(RB_EMPTY(&transport_get("smtp")->dests));
}

ATF_TC_WITHOUT_HEAD(never_kept);
ATF_TC_BODY(never_kept, tc)
{
	world_make(SET("smtp_connection_cache_on_demand=no"));
	world_start();
	for (unsigned i = 0; i < 3; i++) {
		(void)world_send("a@sender.test", RCPTS("x@ok.test"), NULL);
		world_settle();
	}
	CHECK_COUNT(0, "deliver #keep");
	ATF_CHECK_EQ(3, world.conns);
}

ATF_TC_WITHOUT_HEAD(dead_destination);
ATF_TC_BODY(dead_destination, tc)
{
	world_make(NULL);
	world.params.minimal_backoff_time = span_ms(300);
	world_start();
	for (unsigned i = 0; i < 12; i++)
		(void)world_send("a@sender.test", RCPTS("x@dead.test"), NULL);
	world_settle();
	/* A cohort of five, then it is left alone. */
	CHECK_COUNT(5, "deliver smtp dead.test");
	CHECK_COUNT(7, "deliver retry 4.4.1 delivery temporarily suspended: "
	    "connect to it: refused x@dead.test");
	CHECK_COUNT(12, "append defer");
	(void)world_send("a@sender.test", RCPTS("y@dead.test", "x@ok.test"),
	    NULL);
	world_rest();
	CHECK_COUNT(1, "deliver smtp ok.test");
	CHECK_COUNT(0, "deliver smtp dead.test y@dead.test");
	world_settle();
	/* A flush forgets what is dead. */
	world_forget();
	world_flush(QUEUE_FORGET_DEAD);
	(void)world_send("a@sender.test", RCPTS("z@dead.test"), NULL);
	world_settle();
	CHECK_COUNT(1, "deliver smtp dead.test z@dead.test");
}

ATF_TC_WITHOUT_HEAD(one_recipient);
ATF_TC_BODY(one_recipient, tc)
{
	world_make(SET("smtp_destination_recipient_limit=1",
	    "smtp_initial_destination_concurrency=1",
	    "smtp_destination_concurrency_limit=1"));
	world_start();
	world.agents_wait = true;
	(void)world_send("a@sender.test", RCPTS("x@ok.test", "y@ok.test",
	    "X@ok.test"), NULL);
	world_rest();
	/* Each recipient is a destination: x and X are the same one. */
	CHECK_COUNT(2, "deliver");
	world_release();
	world_settle();
	CHECK_COUNT(3, "deliver smtp ok.test");
	CHECK_COUNT(0, "deliver #,");
}

ATF_TC_WITHOUT_HEAD(rate_delay);
ATF_TC_BODY(rate_delay, tc)
{
	struct mono start;

	world_make(SET("one_destination_rate_delay=1s"));
	world_start();
	start = mono_now();
	for (unsigned i = 0; i < 3; i++)
		(void)world_send("a@sender.test", RCPTS("x@one.test"), NULL);
	(void)world_send("a@sender.test", RCPTS("x@one2.test"), NULL);
	world_rest();
	/* Another destination is not held up. */
	CHECK_COUNT(1, "deliver one one.test");
	CHECK_COUNT(1, "deliver one one2.test");
	world_settle();
	CHECK_COUNT(3, "deliver one one.test");
	ATF_CHECK(mono_now().ns - start.ns >= span_s(2).ns);
}

/* What is at an agent is finished; what is not goes back. */
ATF_TC_WITHOUT_HEAD(drain);
ATF_TC_BODY(drain, tc)
{
	char a[QID_SIZE], b[QID_SIZE];

	world_make(NULL);
	world_start();
	world.agents_wait = true;
	(void)snprintf(a, sizeof(a), "%s",
	    world_send("a@sender.test", RCPTS("x@one.test"), NULL));
	(void)snprintf(b, sizeof(b), "%s",
	    world_send("a@sender.test", RCPTS("y@one.test"), NULL));
	world_rest();
	CHECK_COUNT(1, "deliver");
	qm_drain();
	world_rest();
	ATF_CHECK(!world.drained);
	world_release();
	world_rest();
	ATF_CHECK(world.drained);
	CHECK_COUNT(1, "deliver");
	CHECK_COUNT(1, "log #removed");
	ATF_CHECK(!world_has(Q_active, a) && !world_has(Q_incoming, a));
	ATF_CHECK(world_has(Q_active, b));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ten_thousand);
	ATF_TP_ADD_TC(tp, recipient_limit);
	ATF_TP_ADD_TC(tp, concurrency);
	ATF_TP_ADD_TC(tp, process_limit);
	ATF_TP_ADD_TC(tp, round_robin);
	ATF_TP_ADD_TC(tp, affinity);
	ATF_TP_ADD_TC(tp, kept_is_closed);
	ATF_TP_ADD_TC(tp, never_kept);
	ATF_TP_ADD_TC(tp, dead_destination);
	ATF_TP_ADD_TC(tp, one_recipient);
	ATF_TP_ADD_TC(tp, rate_delay);
	ATF_TP_ADD_TC(tp, drain);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/*
 * send - one site after the other: set its log aside, ask qmgr(8) for each
 * message in it, drop it.
 *
 * What qmgr has not taken goes back into the log. A crash in between leaves
 * what was set aside; it is sent again, which does no harm.
 */
#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "conf/conf.h"
#include "flush.h"

#define WINDOW		20		/* questions on the way */
#define AGAIN		span_s(1)	/* when qmgr has no room for us */
#define MUCH_LATER	span_s(60)	/* when there is none */
#define LIST_MEMORY	((size_t)16 * SITELOG_BYTES)

struct job {
	RB_ENTRY(job)	 byname;
	STAILQ_ENTRY(job) link;
	char		 name[SITELOG_NAME];
};
RB_HEAD(job_tree, job);

static int
job_cmp(const struct job *a, const struct job *b)
{
	return (strcmp(a->name, b->name));
}

/* RB_GENERATE_STATIC() of libbsd needs a __unused that nobody defines. */
#define UNUSED_STATIC	__attribute__((unused)) static
RB_GENERATE_INTERNAL(job_tree, job, byname, job_cmp, UNUSED_STATIC)

static struct {
	struct job_tree	 byname;	/* of those that wait */
	STAILQ_HEAD(, job) waiting;
	struct job	*now;		/* or NULL */
	struct arena	*mem;		/* of its list */
	struct site_ids	 list;
	size_t		 asked, answered;
	struct chan	*ch;
	struct timer	*timer;		/* goes on with what waits */
} sending;

static void
go_on(struct span d)
{
	if (!STAILQ_EMPTY(&sending.waiting))
		timer_set(sending.timer, d);
}

void
send_site(const char *name)
{
	struct job *j = xcalloc(1, sizeof(*j));

	(void)memcpy(j->name, name, strnlen(name, sizeof(j->name) - 1));
	if (RB_INSERT(job_tree, &sending.byname, j) != NULL) {
		xfree(&j);
		return;
	}
	STAILQ_INSERT_TAIL(&sending.waiting, j, link);
	if (sending.now == NULL)
		go_on(span_ms(0));
}

/* Back to where it was: for the next request, or the next refresh. */
static void
put_back(size_t i)
{
	if (sitelog_add(&flush.logs, sending.now->name, sending.list.ids[i],
	    flush.now()) == -1)
		log_warn("%s: not logged for %s: %m", sending.list.ids[i],
		    sending.now->name);
}

static void
finish(void)
{
	while (sending.answered < sending.list.n)
		put_back(sending.answered++);
	if (sitelog_drop(&flush.logs, sending.now->name) == -1)
		log_warn("remove log of %s: %m", sending.now->name);
	arena_free(&sending.mem);
	xfree(&sending.now);
	go_on(span_ms(0));
}

static void
lost(const char *why)
{
	log_warn("problem talking to service %s: %s", cf->queue_service_name,
	    why);
	chan_free(&sending.ch);
	finish();
}

/* As many questions as may be on the way. False: the channel is gone. */
static bool
ask(void)
{
	struct msg_queue_flush_one m;

	while (sending.asked < sending.list.n &&
	    sending.asked - sending.answered < WINDOW) {
		m.queue_id = sending.list.ids[sending.asked];
		if (chan_put(sending.ch, V_queue_flush_one, &m) == -1)
			return (false);
		sending.asked++;
	}
	return (chan_flush(sending.ch, MONO_NEVER) == 0);
}

static void
take_answer(const struct msg_queue_done *m)
{
	/* It is there, and was not tried now: it has to be asked for again. */
	if (m->status > QUEUE_NO_SUCH_MESSAGE)
		put_back(sending.answered);
	sending.answered++;
}

static void
heard(struct chan *ch, void *arg)
{
	struct msg_queue_done m;
	enum verb verb;
	enum chan_got got;

	(void)arg;
	while ((got = chan_next(ch, MONO_NEVER, &verb)) == CHAN_MESSAGE) {
		if (verb != V_queue_done || sending.answered == sending.asked)
			chan_refuse(ch, "not an answer");
		else if (chan_get(ch, &m))
			take_answer(&m);
	}
	if (got == CHAN_GONE) {
		lost("it has closed the channel");
		return;
	}
	if (sending.answered < sending.list.n) {
		if (!ask())
			lost("it takes no request");
		return;
	}
	chan_free(&sending.ch);
	finish();
}

/* The list of the current job: 1, or 0 when there is nothing in it. */
static int
load(void)
{
	const char *name = sending.now->name;
	int rc;

	sending.mem = arena_new(LIST_MEMORY);
	sending.list = (struct site_ids){ 0 };
	sending.asked = sending.answered = 0;
	rc = sitelog_taken(&flush.logs, name, sending.mem, &sending.list);
	if (rc == 0) {
		/* A crash has left it; then there may be a newer one. */
		send_site(name);
	} else if (errno == ENOENT) {
		rc = sitelog_take(&flush.logs, name);
		if (rc == 0)
			rc = sitelog_taken(&flush.logs, name, sending.mem,
			    &sending.list);
	}
	if (rc == -1 && errno != ENOENT)
		log_warn("read log of %s: %m", name);
	if (sending.list.bad > 0)
		log_warn("log of %s: %zu malformed lines passed over", name,
		    sending.list.bad);
	return (rc == 0 && sending.list.n > 0);
}

static void
run(void *arg)
{
	struct job *j = STAILQ_FIRST(&sending.waiting);

	(void)arg;
	if (sending.now != NULL || j == NULL)
		return;
	if ((sending.ch = flush.dial(cf->queue_service_name)) == NULL) {
		if (errno == EAGAIN) {
			go_on(AGAIN);
			return;
		}
		log_warn("problem talking to service %s: %m",
		    cf->queue_service_name);
		go_on(MUCH_LATER);
		return;
	}
	STAILQ_REMOVE_HEAD(&sending.waiting, link);
	RB_REMOVE(job_tree, &sending.byname, j);
	sending.now = j;
	if (!load()) {
		chan_free(&sending.ch);
		finish();
		return;
	}
	chan_watch(sending.ch, flush.loop, heard, NULL);
	if (!ask())
		lost("it takes no request");
}

void
send_init(void)
{
	RB_INIT(&sending.byname);
	STAILQ_INIT(&sending.waiting);
	sending.timer = timer_new(flush.loop, run, NULL);
}

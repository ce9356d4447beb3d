/* SPDX-License-Identifier: ISC */
/*
 * probe - messages that are not delivered, into cleanup(8).
 *
 * A few at a time; the others wait for their turn. All of one message is said
 * at once: it has no content, and the answer is one.
 */
#include <bsd/sys/queue.h>

#include <errno.h>
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "conf/conf.h"

#include "verify.h"

#define AT_A_TIME	20
#define BUSY_WAIT	span_ms(100)
#define ANSWER_WAIT	span_s(100)

struct probe {
	TAILQ_ENTRY(probe) link;
	char		*addr;
	struct chan	*ch;		/* NULL: it waits */
	struct timer	*late;
	void		(*failed)(const char *addr);
};
TAILQ_HEAD(probe_list, probe);

static struct probe_list waiting = TAILQ_HEAD_INITIALIZER(waiting);
static size_t nsent;
static struct timer *turn;
static struct loop *loop;

static void run(void *arg);

static void
done(struct probe *p, const char *why)
{
	if (why != NULL) {
		log_warn("cannot test address %s: %s", p->addr, why);
		p->failed(p->addr);
	}
	chan_free(&p->ch);
	timer_free(&p->late);
	xfree(&p->addr);
	xfree(&p);
	nsent--;
	if (!TAILQ_EMPTY(&waiting))
		timer_set(turn, span_ms(0));
}

static void
late(void *arg)
{
	done(arg, "no answer of cleanup in time");
}

static void
heard(struct chan *ch, void *arg)
{
	struct probe *p = arg;
	struct msg_mail_opened opened;
	struct msg_mail_status st;
	enum verb verb;

	for (;;) {
		switch (chan_next(ch, MONO_NEVER, &verb)) {
		case CHAN_AGAIN:
			return;
		case CHAN_GONE:
			done(p, "cleanup has closed the channel");
			return;
		case CHAN_MESSAGE:
			break;
		}
		if (verb == V_mail_opened && chan_get(ch, &opened))
			continue;
		if (verb == V_mail_status && chan_get(ch, &st)) {
			done(p, st.status == 0 ? NULL : *st.reason != '\0' ?
			    st.reason : "refused by cleanup");
			return;
		}
	}
}

static void
send_one(struct probe *p)
{
	const int64_t now = wall_us();
	const struct msg_mail_open open = {
		.flags = MAIL_FLAG_INTERNAL | MAIL_FLAG_MAP_OK,
		.sendopts = is_ascii(view_of(p->addr)) ? 0 : SENDOPT_SMTPUTF8,
		.arrival_us = (uint64_t)now,
		.sender = sender_now(now / 1000000),
		.rewrite_context = "local", .trace = TRACE_PROBE };
	const struct msg_mail_rcpt rcpt = { .addr = p->addr,
		.orig = p->addr, .notify = DSN_NOTIFY_NEVER };

	nsent++;
	p->late = timer_new(loop, late, p);
	timer_set(p->late, ANSWER_WAIT);
	chan_watch(p->ch, loop, heard, p);
	/* If the channel is gone, that is heard. */
	if (chan_put(p->ch, V_mail_open, &open) < 0 ||
	    chan_put(p->ch, V_mail_rcpt, &rcpt) < 0 ||
	    chan_put(p->ch, V_mail_end, NULL) < 0 ||
	    chan_flush(p->ch, MONO_NEVER) < 0)
		done(p, "cleanup takes no message");
}

static void
run(void *arg)
{
	struct probe *p;

	(void)arg;
	while (nsent < AT_A_TIME && (p = TAILQ_FIRST(&waiting)) != NULL) {
		p->ch = role_dial(cf->cleanup_service_name);
		if (p->ch == NULL && errno == EAGAIN) {
			timer_set(turn, BUSY_WAIT);
			return;
		}
		TAILQ_REMOVE(&waiting, p, link);
		if (p->ch != NULL) {
			send_one(p);
			continue;
		}
		nsent++;
		done(p, "there is no cleanup service");
	}
}

void
probe_send(struct loop *l, const char *addr, void (*failed)(const char *))
{
	struct probe *p = xcalloc(1, sizeof(*p));

	loop = l;
	if (turn == NULL)
		turn = timer_new(l, run, NULL);
	p->addr = xstrdup(addr);
	p->failed = failed;
	TAILQ_INSERT_TAIL(&waiting, p, link);
	timer_set(turn, span_ms(0));
}

/* SPDX-License-Identifier: ISC */
/*
 * local - the delivery agent of mail for users of this host.
 *
 * Trusts: qmgr(8), trivial-rewrite(8), its tables. Distrusts: the message,
 * the address it is for, and what mda(8) says, which is a user's word.
 * It decides what is to be done with a recipient and does nothing as a user:
 * warrant(8) looks up what the names stand for that it is told.
 */
#include <time.h>

#include "broker/role.h"
#include "local_in.h"
#include "queue-layout/fault.h"
#include "queue-layout/seal.h"

static void
prepare(void)
{
	tzset();
	seal_init();
}

static void
one(struct chan *ch, struct agent_request *r, struct agent_rcpt *rcpt)
{
	struct job j = { .qmgr = ch, .r = r, .rcpt = rcpt, .a = r->arena };
	struct who w;

	who_init(&w, &j, NULL, rcpt->addr);
	j.seen = seen_new(r->arena, (size_t)cf->duplicate_filter_limit);
	if (header_loops(r, rcpt->addr))
		job_fail(&j, &w, "5.4.6", "mail forwarding loop for %s",
		    rcpt->addr);
	else
		deliver(&j, &w);
	qfault(QFAULT_agent_part);
	post_all(&j, &w);
	qfault(QFAULT_agent_sent);
	if (!j.any)
		/* A list that has nobody on it. */
		job_result(&j, &w, &(const struct agent_result){
			.outcome = OUTCOME_SENT, .dsn = "2.0.0",
			.action = "delivered", .reason = "no recipients" });
	job_tell(&j);
	/* One that is delivered must not wait for the next. */
	(void)agent_flush(ch);
}

/* Address verification: to be here is to be deliverable. */
static void
probe(struct chan *ch, struct agent_request *r)
{
	const struct agent_result res = { .outcome = OUTCOME_SENT,
		.dsn = "2.0.0", .action = "deliverable",
		.reason = "delivers to mailbox", .relay = role_service() };

	agent_report_rest(ch, r, &res);
}

/* One message, then the process ends (I4). */
static void
session(struct session *s)
{
	struct agent_request r;

	if (agent_receive(s->chan, MONO_NEVER, &r) != AGENT_REQUEST)
		return;
	if (r.m.flags & DELIVER_FLAG_PROBE)
		probe(s->chan, &r);
	for (size_t i = 0; i < r.nrcpt; i++)
		if (!r.rcpt[i].done)
			one(s->chan, &r, &r.rcpt[i]);
	/* If qmgr(8) is gone there is nobody to tell. */
	(void)agent_finish(s->chan, &r, false, 0);
	agent_release(&r);
}

static void
init(void)
{
	setup_init();
	qfault_start(cf->fault_step);
}

static const struct role local = {
	.id = ROLE_LOCAL,
	.filter = &policy_filter_local,
	.prepare = prepare,
	.init = init,
	.session = session,
};

int
main(int argc, char **argv)
{
	return (role_main(&local, argc, argv));
}

/* SPDX-License-Identifier: ISC */
/*
 * virtual - the delivery agent of virtual_mailbox_domains.
 *
 * Trusts qmgr(8). It knows no mailbox and no uid: these warrant(8) looks up
 * by the recipient's address, and an mda(8) writes, as the mailbox's owner.
 */
#include "agent/agent.h"
#include "agent/launch.h"
#include "broker/role.h"
#include "queue-layout/fault.h"

#define RELAY	"virtual"

static void
deliver(struct chan *ch, struct agent_request *r, struct agent_rcpt *rcpt)
{
	const struct msg_launch_virtual what = { 0 };
	struct launch_answer got;
	struct msg_launch_mail m;

	launch_mail(&m, r, rcpt, rcpt->addr);
	launch(r, &m, V_launch_virtual, &what, 0, &got);
	qfault(QFAULT_agent_sent);
	got.res.relay = RELAY;
	r->damaged |= got.damaged;
	agent_report(ch, r, rcpt, &got.res);
	/* One that is delivered must not wait for the next. */
	(void)agent_flush(ch);
}

/* Address verification: to be here is to be deliverable, as Postfix has it. */
static void
probe(struct chan *ch, struct agent_request *r)
{
	const struct agent_result res = { .outcome = OUTCOME_SENT,
		.dsn = "2.0.0", .action = "deliverable",
		.reason = "delivers to mailbox", .relay = RELAY };

	agent_report_rest(ch, r, &res);
}

static void
session(struct session *s)
{
	struct agent_request r;

	while (agent_receive(s->chan, MONO_NEVER, &r) == AGENT_REQUEST) {
		if (r.m.flags & DELIVER_FLAG_PROBE)
			probe(s->chan, &r);
		for (size_t i = 0; i < r.nrcpt; i++)
			if (!r.rcpt[i].done)
				deliver(s->chan, &r, &r.rcpt[i]);
		if (agent_finish(s->chan, &r, false, 0) < 0)
			return;
		agent_release(&r);
	}
}

static void
init(void)
{
	qfault_start(cf->fault_step);
}

static const struct role virtual_role = {
	.id = ROLE_VIRTUAL,
	.filter = &policy_filter_virtual,
	.init = init,
	.session = session,
};

int
main(int argc, char **argv)
{
	return (role_main(&virtual_role, argc, argv));
}

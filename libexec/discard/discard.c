/* SPDX-License-Identifier: ISC */
/*
 * discard - the delivery agent that says it has delivered, and does not.
 * The nexthop is the text for the log.
 *
 * Trusts qmgr(8). Reads no message.
 */
#include "agent/agent.h"
#include "broker/role.h"

static void
session(struct session *s)
{
	struct agent_result res = { .outcome = OUTCOME_SENT,
		.action = "delivered", .dsn = "2.0.0" };
	struct agent_request r;

	while (agent_receive(s->chan, MONO_NEVER, &r) == AGENT_REQUEST) {
		res.reason = *r.m.nexthop != '\0' ? r.m.nexthop : "discarded";
		agent_report_rest(s->chan, &r, &res);
		if (agent_finish(s->chan, &r, false, 0) < 0)
			return;
		agent_release(&r);
	}
}

static const struct role discard = {
	.id = ROLE_DISCARD,
	.filter = &policy_filter_discard,
	.session = session,
};

int
main(int argc, char **argv)
{
	return (role_main(&discard, argc, argv));
}

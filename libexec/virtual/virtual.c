/* SPDX-License-Identifier: ISC */
/*
 * virtual - the delivery agent of virtual_mailbox_domains.
 *
 * Trusts qmgr(8). It knows no mailbox and no uid: these warrant(8) looks up
 * by the recipient's address, and an mda(8) writes, as the mailbox's owner.
 */
#include "agent/agent.h"
#include "agent/filter.h"
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

static void
deliver_all(struct chan *ch, struct agent_request *r)
{
	for (size_t i = 0; i < r->nrcpt; i++)
		deliver(ch, r, &r->rcpt[i]);
}

static void
session(struct session *s)
{
	static const struct agent_result probe = { .outcome = OUTCOME_SENT,
		.dsn = "2.0.0", .action = "deliverable",
		.reason = "delivers to mailbox", .relay = RELAY };

	agent_serve(s->chan, &probe, deliver_all);
}

static int
table_fd(void *arg, const char *spec)
{
	(void)arg;
	return (role_table_fd(spec));
}

static void
init(void)
{
	static struct table_source source = { .fd = table_fd,
		.lenient = true };

	agent_filter_open(arena_new(0), "virtual_delivery_status_filter",
	    cf->virtual_delivery_status_filter, &source);
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

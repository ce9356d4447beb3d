/* SPDX-License-Identifier: ISC */
/*
 * pipe - the delivery agent whose commands are in master.cf.
 *
 * Trusts qmgr(8). It names its service and says what the command may know of
 * the message; user=, argv= and the rest are warrant(8)'s, and an mda(8) runs
 * the command.
 */
#include <string.h>

#include "agent/agent.h"
#include "agent/filter.h"
#include "agent/launch.h"
#include "base/log.h"
#include "broker/role.h"
#include "queue-layout/fault.h"

#define RCPTS_MAX	56000	/* bytes of recipients of one command */

static void
report(struct chan *ch, struct agent_request *r, size_t from, size_t to,
    struct launch_answer *got)
{
	qfault(QFAULT_agent_sent);
	got->res.relay = role_service();
	if (got->res.outcome == OUTCOME_SENT)
		got->res.action = got->found ? "delivered" : "relayed";
	r->damaged |= got->damaged;
	for (size_t i = from; i < to; i++)
		agent_report(ch, r, &r->rcpt[i], &got->res);
	/* What is delivered must not wait for the next command. */
	(void)agent_flush(ch);
}

/* As many as fit, from number "i"; the number behind the last of them. */
static size_t
gather(const struct agent_request *r, size_t i, struct buf *b)
{
	buf_reset(b);
	for (; i < r->nrcpt; i++) {
		const char *addr = r->rcpt[i].addr, *orig = r->rcpt[i].orig;
		const size_t before = b->n;

		if (*orig == '\0')
			orig = addr;
		if (buf_put(b, addr, strlen(addr) + 1) < 0 ||
		    buf_put(b, orig, strlen(orig) + 1) < 0) {
			buf_cut(b, before);
			break;
		}
	}
	return (i);
}

static void
deliver(struct chan *ch, struct agent_request *r)
{
	struct msg_launch_pipe what = { .service = role_service(),
		.nexthop = r->m.nexthop, .time_limit = launch_time_limit() };
	struct launch_answer got;
	struct msg_launch_mail m;
	struct buf rcpts;
	size_t i, end;

	buf_init(&rcpts, RCPTS_MAX);
	for (i = 0; i < r->nrcpt; i = end) {
		end = gather(r, i, &rcpts);
		what.rcpts = buf_view(&rcpts);
		launch_mail(&m, r, &r->rcpt[i], r->rcpt[i].addr);
		launch(r, &m, V_launch_pipe, &what, what.time_limit, &got);
		report(ch, r, i, end, &got);
	}
	buf_fini(&rcpts);
}

static void
session(struct session *s)
{
	const struct agent_result probe = { .outcome = OUTCOME_SENT,
		.dsn = "2.0.0", .action = "deliverable",
		.reason = "delivers to command", .relay = role_service() };

	agent_serve(s->chan, &probe, deliver);
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

	agent_filter_open(arena_new(0), "pipe_delivery_status_filter",
	    cf->pipe_delivery_status_filter, &source);
	qfault_start(cf->fault_step);
}

static const struct role pipe_role = {
	.id = ROLE_PIPE,
	.filter = &policy_filter_pipe,
	.init = init,
	.session = session,
};

int
main(int argc, char **argv)
{
	return (role_main(&pipe_role, argc, argv));
}

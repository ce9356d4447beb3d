/* SPDX-License-Identifier: ISC */
/*
 * error - the delivery agent that fails: every recipient bounces (service
 * error) or waits (service retry), with the text that the nexthop gives.
 *
 * Trusts qmgr(8). Reads no message.
 */
#include <ctype.h>
#include <string.h>

#include "agent/agent.h"
#include "base/log.h"
#include "broker/role.h"

/*
 * "5.1.1 text" or "text": the code, if there is one and its class fits the
 * service; the text behind it.
 */
static const char *
split(struct arena *a, const char *nexthop, bool retry, const char **dsn)
{
	const char *p = nexthop;
	int dots = 0;

	*dsn = retry ? "4.3.0" : "5.0.0";
	if ((*p != '4' && *p != '5') || p[1] != '.')
		return (nexthop);
	for (; isdigit((unsigned char)*p) || *p == '.'; p++)
		dots += *p == '.';
	if (dots != 2 || p[-1] == '.' || p - nexthop > 9 ||
	    !isspace((unsigned char)*p))
		return (nexthop);
	/* As Postfix has it: error:4.x.y bounces, with a code of its own. */
	if (retry || *nexthop == '5')
		*dsn = arena_printf(a, "%c%.*s", **dsn,
		    (int)(p - nexthop - 1), nexthop + 1);
	while (isspace((unsigned char)*p))
		p++;
	return (p);
}

static void
fail_all(struct chan *ch, struct agent_request *r)
{
	const bool retry = strcmp(role_service(), "retry") == 0;
	struct agent_result res = { .outcome =
		retry ? OUTCOME_DEFERRED : OUTCOME_BOUNCED };

	res.reason = split(r->arena, r->m.nexthop, retry, &res.dsn);
	if (*res.reason == '\0')
		res.reason = retry ? "delivery is deferred" :
		    "mail is not accepted";
	agent_report_rest(ch, r, &res);
}

static void
session(struct session *s)
{
	struct agent_request r;

	while (agent_receive(s->chan, MONO_NEVER, &r) == AGENT_REQUEST) {
		fail_all(s->chan, &r);
		if (agent_finish(s->chan, &r, false, 0) < 0)
			return;
		agent_release(&r);
	}
}

static const struct role error_role = {
	.id = ROLE_ERROR,
	.filter = &policy_filter_error,
	.session = session,
};

int
main(int argc, char **argv)
{
	return (role_main(&error_role, argc, argv));
}

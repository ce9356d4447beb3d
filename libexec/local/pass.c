/* SPDX-License-Identifier: ISC */
/*
 * pass - a recipient that another delivery agent takes: mailbox_transport,
 * fallback_transport. We are to it what qmgr(8) is, for one recipient.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "broker/role.h"
#include "local_in.h"

#define HOSTS_MAX	100		/* workers, one for each host */

/* 1 that is all, 0 there is more, -1 it makes no sense. */
static int
take_status(struct job *j, const struct who *w, struct chan *ch,
    struct agent_result *res)
{
	struct msg_deliver_status m;
	struct arena *a = j->a;

	if (!chan_get(ch, &m))
		return (-1);
	*res = (struct agent_result){ .outcome = (enum outcome)m.outcome,
		.dsn = arena_str(a, m.dsn), .action = arena_str(a, m.action),
		.mta_type = arena_str(a, m.mta_type),
		.mta_name = arena_str(a, m.mta_name),
		.diag_type = arena_str(a, m.diag_type),
		.diag_text = arena_str(a, m.diag_text),
		.reason = arena_str(a, m.reason),
		.addr = *m.addr != '\0' ? arena_str(a, m.addr) : NULL };
	if (!m.part)
		return (1);
	if (res->outcome != OUTCOME_BOUNCED) {
		chan_refuse(ch, "part of a success");
		return (-1);
	}
	job_merge(j, w, res);
	return (0);
}

/* Until the agent is done; false: it is gone, or makes no sense. */
static bool
hear(struct job *j, const struct who *w, struct chan *ch,
    struct agent_result *res, uint32_t *cursor)
{
	struct msg_deliver_done done;
	int have = 0;
	enum verb verb;

	while (chan_next(ch, MONO_NEVER, &verb) == CHAN_MESSAGE) {
		if (verb == V_deliver_status && have == 0) {
			if ((have = take_status(j, w, ch, res)) < 0)
				return (false);
		} else if (verb == V_deliver_done && have != 0) {
			if (!chan_get(ch, &done))
				return (false);
			*cursor = done.cursor;
			j->r->damaged |= done.damaged != 0;
			return (true);
		} else {
			chan_refuse(ch, "not what was to come");
			return (false);
		}
	}
	/* The fate that was told stands. */
	return (have != 0 && res->outcome != OUTCOME_NEXT);
}

static bool
ask(struct job *j, struct chan *ch, const struct msg_deliver *m,
    const struct msg_deliver_rcpt *to)
{
	return (chan_put_fd(ch, V_deliver, m, j->r->fd) == 0 &&
	    chan_put(ch, V_deliver_rcpt, to) == 0 &&
	    chan_flush(ch, mono_in(cf->ipc_timeout)) == 0);
}

bool
pass(struct job *j, const struct who *w, const char *transport)
{
	struct view rest = view_of(transport), name;
	struct msg_deliver m = j->r->m;
	const struct msg_deliver_rcpt to = { .addr = w->addr,
		.orig = j->rcpt->orig[0] != '\0' ? j->rcpt->orig :
		    j->rcpt->addr,
		.dsn_orcpt = j->rcpt->dsn_orcpt, .notify = j->rcpt->notify };
	struct agent_result res;
	const char *service;
	struct chan *ch;
	bool ok;

	if (!view_field(&rest, ':', &name) || name.n == 0)
		return (false);
	service = view_str(j->a, name);
	m.flags = 0;
	m.cursor = 0;
	m.rcpt_count = 1;
	m.sender = w->sender;
	m.nexthop = rest.n > 0 ? view_str(j->a, rest) :
	    *w->domain != '\0' ? w->domain : cf->myhostname;
	for (int i = 0; i < HOSTS_MAX; i++) {
		if ((ch = role_dial(service)) == NULL) {
			log_warn("mail transport %s: %m", service);
			job_fail(j, w, "4.3.0", "mail transport unavailable");
			return (true);
		}
		res = (struct agent_result){ 0 };
		ok = ask(j, ch, &m, &to) && hear(j, w, ch, &res,
		    &m.cursor);
		chan_free(&ch);
		if (!ok) {
			job_fail(j, w, "4.3.0", "mail transport unavailable");
			return (true);
		}
		if (res.outcome != OUTCOME_NEXT) {
			job_merge(j, w, &res);
			return (true);
		}
	}
	job_fail(j, w, "4.4.1", "no more hosts to try for %s", m.nexthop);
	return (true);
}

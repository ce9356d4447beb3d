/* SPDX-License-Identifier: ISC */
/* Questions to trivial-rewrite(8), over a kept channel. */
#include <errno.h>

#include "address/address.h"
#include "base/log.h"
#include "broker/role.h"
#include "local_in.h"

static struct chan *rewrite;

/* Once more over a new channel, if the kept one has gone stale. */
static bool
ask(enum verb verb, const void *q, enum verb reply, void *a)
{
	for (int tries = 0; tries < 2; tries++) {
		if (rewrite == NULL &&
		    (rewrite = role_dial(cf->rewrite_service_name)) == NULL)
			break;
		if (chan_call(rewrite, verb, q, reply, a,
		    mono_in(cf->ipc_timeout)) == 0)
			return (true);
		if (errno == EMSGSIZE)
			break;
		chan_free(&rewrite);
	}
	log_warn("problem talking to service %s", cf->rewrite_service_name);
	return (false);
}

const char *
resolve_complete(struct job *j, const char *addr)
{
	struct msg_rewrite q = { .rule = "local" };
	struct msg_rewritten a;
	const char *out = NULL;
	struct buf b;

	buf_init(&b, MAIL_ADDR_MAX);
	if (addr_quote(view_of(addr), &b) == 0) {
		q.addr = arena_strn(j->a, b.p, b.n);
		buf_reset(&b);
		if (ask(V_rewrite, &q, V_rewritten, &a) &&
		    (a.flags & RESOLVE_FAIL) == 0 &&
		    addr_unquote(view_of(a.addr), &b) == 0)
			out = arena_strn(j->a, b.p, b.n);
	}
	buf_fini(&b);
	return (out);
}

bool
resolve(struct job *j, const char *addr, struct resolved *out)
{
	struct msg_resolve q = { .sender = j->r->m.sender };
	struct msg_resolved a;

	if ((q.addr = resolve_complete(j, addr)) == NULL ||
	    !ask(V_resolve, &q, V_resolved, &a) ||
	    (a.flags & RESOLVE_FAIL) != 0)
		return (false);
	*out = (struct resolved){ a.flags, arena_str(j->a, a.transport),
		arena_str(j->a, a.nexthop), arena_str(j->a, a.recipient) };
	return (true);
}

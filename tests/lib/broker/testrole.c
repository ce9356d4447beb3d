/* SPDX-License-Identifier: ISC */
/*
 * testrole - the skeleton with the smallest session: it stands in for
 * discard, and answers each delivery request with its own process id.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "broker/role.h"

static void
session(struct session *s)
{
	struct msg_deliver q;
	struct msg_deliver_done done = { .kept = s->stress };
	char pid[24];
	enum verb v;

	while (chan_next(s->chan, MONO_NEVER, &v) == CHAN_MESSAGE) {
		if (v != V_deliver || !chan_get(s->chan, &q))
			return;
		(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
		done.hop_reason = pid;
		if (chan_put(s->chan, V_deliver_done, &done) < 0 ||
		    chan_flush(s->chan, mono_in(span_s(5))) < 0)
			return;
	}
}

static const struct role role = {
	.id = ROLE_DISCARD,
	.filter = &policy_filter_discard,
	.session = session,
};

int
main(int argc, char **argv)
{
	return (role_main(&role, argc, argv));
}

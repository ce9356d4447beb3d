/* SPDX-License-Identifier: ISC */
/*
 * showq - list the queue for postqueue(1).
 *
 * Reads files that others wrote, and trusts neither them nor the client; it
 * can write nothing.
 */
#include <fcntl.h>

#include "base/log.h"
#include "broker/role.h"
#include "list.h"
#include "queue-layout/seal.h"

static void
session(struct session *s)
{
	struct msg_showq_list m;
	struct q_hash hash;
	enum verb verb;

	if (s->chan == NULL)
		return;
	q_hash_set(&hash, view_of(cf->hash_queue_names),
	    (int)cf->hash_queue_depth, NULL);
	while (chan_next(s->chan, mono_in(cf->ipc_timeout), &verb) ==
	    CHAN_MESSAGE)
		/* Confined: the queue directory is the root. */
		if (!chan_get(s->chan, &m) || list_queue(s->chan, AT_FDCWD,
		    &hash, cf->ipc_timeout) == -1)
			break;
}

static const struct role showq = {
	.id = ROLE_SHOWQ,
	.filter = &policy_filter_showq,
	.prepare = seal_init,
	.session = session,
};

int
main(int argc, char **argv)
{
	return (role_main(&showq, argc, argv));
}

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
#include "table/match.h"
#include "table/user.h"

static struct match *users;	/* authorized_mailq_users */
static int	names = -1;

static int
table_fd(void *arg, const char *spec)
{
	(void)arg;
	return (role_table_fd(spec));
}

static void
init(void)
{
	static struct table_source source = { .fd = table_fd };
	const char *err = NULL;

	source.lenient = !cf->daemon_table_open_error_is_fatal;
	names = role_file_fd("passwd");
	users = match_open(arena_new(0), "authorized_mailq_users",
	    cf->authorized_mailq_users, 0, TABLE_NOSUB, &source, &err);
	if (users == NULL)
		fatal("authorized_mailq_users: %s", err != NULL ? err : "?");
}

/* A list that cannot be read lets nobody in. */
static bool
is_allowed(struct session *s)
{
	const struct msg_showq_end m = { 2 };

	if (user_listed(users, names, s->uid) == 1)
		return (true);
	log_info("uid=%lu is not allowed to view the mail queue",
	    (unsigned long)s->uid);
	if (chan_put(s->chan, V_showq_end, &m) == -1 ||
	    chan_flush(s->chan, mono_in(cf->ipc_timeout)) == -1)
		log_debug("uid=%lu has gone", (unsigned long)s->uid);
	return (false);
}

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
		if (!chan_get(s->chan, &m) || !is_allowed(s) || list_queue(s->chan, AT_FDCWD,
		    &hash, cf->ipc_timeout) == -1)
			break;
}

static const struct role showq = {
	.id = ROLE_SHOWQ,
	.filter = &policy_filter_showq,
	.prepare = seal_init,
	.init = init,
	.session = session,
};

int
main(int argc, char **argv)
{
	return (role_main(&showq, argc, argv));
}

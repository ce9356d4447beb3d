/* SPDX-License-Identifier: ISC */
/*
 * pickup - take mail in from the users of this host.
 *
 * Trusts: master(8), and the kernel, which says who a user is. Distrusts: the
 * user, his message, and every file in maildrop/. A worker serves one
 * connection, or reads one file, and ends; a message exists only once
 * cleanup(8) has said so.
 */
#include <time.h>

#include "base/log.h"
#include "conf/conf.h"
#include "queue-layout/fault.h"

#include "pickup.h"

static int
table_fd(void *arg, const char *spec)
{
	(void)arg;
	return (role_table_fd(spec));
}

static void
init(void)
{
	qfault_start(cf->fault_step);
	setup_open(table_fd, role_file_fd("passwd"));
	setup.dial = role_dial;
}

/* In the supervisor: a worker is to look into maildrop/. */
static void
wakeup(struct loop *l)
{
	const struct msg_pickup_scan m = { };
	struct chan *ch = role_dial(role_service());

	(void)l;
	if (ch == NULL)
		return;			/* all are busy: the next time */
	if (chan_put(ch, V_pickup_scan, &m) == -1 ||
	    chan_flush(ch, mono_now()) == -1)
		log_warn("asking for a scan of maildrop: %m");
	chan_free(&ch);
}

static const struct role pickup = {
	.filter	 = &policy_filter_pickup,
	.id	 = ROLE_PICKUP,
	.prepare = tzset,
	.init	 = init,
	.session = pickup_session,
	.wakeup	 = wakeup,
};

int
main(int argc, char **argv)
{
	return (role_main(&pickup, argc, argv));
}

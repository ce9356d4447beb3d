/* SPDX-License-Identifier: ISC */
/*
 * bounce - the log of what failed, and the notices that are made of it.
 *
 * The service's name is the log: bounce, defer or trace. A worker serves one
 * message and ends. Its clients are trusted for which message it is; the
 * reasons in the log and the message that is returned are strangers' text.
 */
#include <sys/stat.h>

#include <fcntl.h>

#include "bounce.h"
#include "queue-layout/fault.h"
#include "queue-layout/seal.h"

static void
prepare(void)
{
	(void)umask(027);	/* the logs' group reads them: showq */
	seal_init();
}

static void
init(void)
{
	qfault_start(cf->fault_step);
	setup.dial = role_dial;
	setup.service = role_service();
	setup.rootfd = AT_FDCWD;	/* confined: the queue is the root */
	setup_make(role_file_fd("bounce_template"));
}

static const struct role bounce = {
	.id = ROLE_BOUNCE,
	.filter = &policy_filter_bounce,
	.prepare = prepare,
	.init = init,
	.session = bounce_session,
};

int
main(int argc, char **argv)
{
	return (role_main(&bounce, argc, argv));
}

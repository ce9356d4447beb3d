/* SPDX-License-Identifier: ISC */
/*
 * postlogd - write the mail log.
 *
 * Distrusts everyone: a line is what some process says of itself. The time,
 * the process id and the right to the role's name are what the kernel says.
 * Holds the log file (append only) or the connection to syslog, no more.
 */
#include "daemon.h"

static const struct role postlogd = {
	.id = ROLE_POSTLOGD,
	.filter = &policy_filter_postlogd,
	.prepare = postlogd_prepare,
	.start = postlogd_start,
	.client = postlogd_client,
	.drain = postlogd_drain,
};

int
main(int argc, char **argv)
{
	return (role_main(&postlogd, argc, argv));
}

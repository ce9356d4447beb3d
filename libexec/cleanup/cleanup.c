/* SPDX-License-Identifier: ISC */
/*
 * cleanup - one queue file of one message.
 *
 * A worker serves one client session (I4): what smtpd(8) passes on of a
 * stranger is parsed here once, and leaves as a sealed file.
 */

#include "broker/role.h"
#include "queue-layout/fault.h"
#include "queue-layout/seal.h"

#include "cleanup.h"

static void
init(void)
{
	qfault_start(cf->fault_step);
	cleanup_init();
}

static const struct role role = {
	.filter = &policy_filter_cleanup,
	.id = ROLE_CLEANUP,
	.prepare = seal_init,
	.init = init,
	.session = cleanup_session,
};

int
main(int argc, char **argv)
{
	return (role_main(&role, argc, argv));
}

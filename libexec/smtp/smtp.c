/* SPDX-License-Identifier: ISC */
/*
 * smtp - send mail out over SMTP.
 *
 * Trusts: qmgr(8), which hands it messages and recipients; dial(8) and
 * resolver(8), which do for it what it must not do. Distrusts: the server and
 * all that it says, and the content of the message.
 * A worker talks to one server (deliver.c). The dialogue is in server.c and
 * transact.c, the meaning of failures in fail.c.
 */
#include "base/log.h"
#include "base/xalloc.h"
#include "broker/role.h"
#include "conf/conf.h"
#include "policy/policy.h"
#include "queue-layout/fault.h"
#include "queue-layout/seal.h"
#include "setup.h"
#include "smtp_in.h"

static void
smtp_init(void)
{
	qfault_start(cf->fault_step);
	setup_init();
}

static void
smtp_session(struct session *s)
{
	client_run(s->chan, role_dial);
}

static const struct role smtp = {
	.filter	 = &policy_filter_smtp,
	.id	 = ROLE_SMTP,
	.prepare = seal_init,
	.init	 = smtp_init,
	.session = smtp_session,
};

int
main(int argc, char **argv)
{
	return (role_main(&smtp, argc, argv));
}

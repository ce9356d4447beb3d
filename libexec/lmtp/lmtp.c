/* SPDX-License-Identifier: ISC */
/*
 * lmtp - hand mail to a mail store over LMTP (RFC 2033).
 *
 * Trusts: qmgr(8), dial(8), resolver(8). Distrusts: the server and all that it
 * says, and the content of the message.
 * The code is that of smtp(8), in a role of its own: what has parsed a mail
 * store's words has another user than what talks to the internet. The two
 * dialects differ where dialect.h is included.
 */
#include "base/log.h"
#include "broker/role.h"
#include "conf/conf.h"
#include "dialect.h"
#include "policy/policy.h"
#include "queue-layout/fault.h"
#include "queue-layout/seal.h"
#include "setup.h"
#include "smtp_in.h"

static void
lmtp_init(void)
{
	qfault_start(cf->fault_step);
	dialect_use_lmtp();
	setup_init();
}

static void
lmtp_session(struct session *s)
{
	dialect_use_lmtp();
	client_run(s->chan, role_dial);
}

static const struct role lmtp = {
	.filter	 = &policy_filter_lmtp,
	.id	 = ROLE_LMTP,
	.prepare = seal_init,
	.init	 = lmtp_init,
	.session = lmtp_session,
};

int
main(int argc, char **argv)
{
	return (role_main(&lmtp, argc, argv));
}

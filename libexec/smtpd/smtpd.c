/* SPDX-License-Identifier: ISC */
/*
 * smtpd - take mail in over SMTP.
 *
 * Trusts: master(8), which hands it connected sockets, tables and parameters.
 * Distrusts: the client, DNS answers, and everything either of them caused.
 * Holds: one session, one transaction; a message exists only once cleanup(8)
 * has said so. The session is in session.c, the verbs in verb.c, the
 * restrictions in restrict*.c.
 */

#include "broker/role.h"

#include "session.h"
#include "setup.h"

static int
table_fd(void *arg, const char *spec)
{
	(void)arg;
	return (role_table_fd(spec));
}

static void
smtpd_init(void)
{
	smtpd_service_type = role_bundle()->type;
	setup_open(table_fd);
}

static void
smtpd_serve(struct session *client)
{
	smtpd_session(&client->fd, role_service(), client->stress);
}

static const struct role smtpd = {
	.filter	 = &policy_filter_smtpd,
	.id	 = ROLE_SMTPD,
	.init	 = smtpd_init,
	.session = smtpd_serve,
};

int
main(int argc, char **argv)
{
	return (role_main(&smtpd, argc, argv));
}

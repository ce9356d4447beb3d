/* SPDX-License-Identifier: ISC */
/*
 * verify - which addresses can be delivered to: what has been found out, and
 * how to find out more.
 *
 * Trusts qmgr(8) for results. Distrusts smtpd(8), which asks for addresses
 * that strangers name: their length, their number and the number of tests
 * under way are bounded. Holds its cache, which is nobody else's.
 */
#include "verify.h"

static const struct role verify = {
	.id = ROLE_VERIFY,
	.filter = &policy_filter_verify,
	.start = service_start,
	.client = service_client,
	.drain = service_drain,
};

int
main(int argc, char **argv)
{
	return (role_main(&verify, argc, argv));
}

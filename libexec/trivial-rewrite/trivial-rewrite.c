/* SPDX-License-Identifier: ISC */
/*
 * trivial-rewrite - addresses in standard form, and where they go.
 *
 * One event loop for all clients (I4): each gives bounded fields only. The
 * answers depend on nothing but the question, parameters and tables.
 */
#include "broker/role.h"

#include "trivial.h"

static const struct role role = {
	.filter = &policy_filter_trivial_rewrite,
	.id = ROLE_TRIVIAL_REWRITE,
	.init = trivial_init,
	.client = trivial_client,
};

int
main(int argc, char **argv)
{
	return (role_main(&role, argc, argv));
}

/* SPDX-License-Identifier: ISC */
/*
 * dial - make outbound connections for roles that have no network.
 *
 * Trusts: master(8), which gives it its parameters. Distrusts: its clients,
 * any of which may have been taken over by the server it talks to: they send
 * fixed-size requests, the kernel says who they are, rules.c what they may
 * reach. Never reads a byte of a connection that it makes.
 */
#include "broker/role.h"
#include "client.h"
#include "policy/policy.h"
#include "rules.h"

static void
dial_drain(struct loop *l)
{
	(void)l;
	/* Clients of the old generation still need us: they go first. */
	client_drain(role_done);
}

static void
dial_init(void)
{
	rules_init();
	client_ask = role_connect;
}

static const struct role dial = {
	.filter	= &policy_filter_dial,
	.id	= ROLE_DIAL,
	.init	= dial_init,
	.client	= client_new,
	.drain	= dial_drain,
	.connected = client_connected,
};

int
main(int argc, char **argv)
{
	return (role_main(&dial, argc, argv));
}

/* SPDX-License-Identifier: ISC */
/*
 * resolver - all DNS of the mail system.
 *
 * Distrusts the network: libunbound parses what it sends, dnswire.c what is
 * inside the records. Holds three configuration files, open for reading, and
 * sockets to the name servers.
 */
#include <time.h>

#include "daemon.h"

/* libunbound puts the local time into messages. */
static void
resolver_prepare(void)
{
	tzset();
}

static const struct role resolver = {
	.id = ROLE_RESOLVER,
	.filter = &policy_filter_resolver,
	.prepare = resolver_prepare,
	.start = resolver_start,
	.client = resolver_client,
	.drain = resolver_drain,
};

int
main(int argc, char **argv)
{
	return (role_main(&resolver, argc, argv));
}

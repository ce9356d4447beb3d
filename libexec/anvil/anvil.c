/* SPDX-License-Identifier: ISC */
/*
 * anvil - connections and rates of clients, counted for all processes.
 *
 * Distrusts the sessions that ask: the names they count under are bounded,
 * and so is their number. Holds nothing but channels.
 */
#include <time.h>

#include "daemon.h"

static void
anvil_prepare(void)
{
	tzset();
}

static const struct role anvil = {
	.id = ROLE_ANVIL,
	.filter = &policy_filter_anvil,
	.prepare = anvil_prepare,
	.start = anvil_start,
	.client = anvil_client,
	.drain = anvil_drain,
};

int
main(int argc, char **argv)
{
	return (role_main(&anvil, argc, argv));
}

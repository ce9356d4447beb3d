/* SPDX-License-Identifier: ISC */
/*
 * probe_sender - the sender of messages that test an address.
 *
 * With address_verify_sender_ttl a part of it changes with the time, so that
 * it is of no use on a spammer's list; mail to it is known for as long as
 * answers may come.
 */
#ifndef POSTERN_PROBE_SENDER_H
#define POSTERN_PROBE_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#define PROBE_SENDER_MAX 1600

/*
 * address_verify_sender as it is at "now" (seconds): "" for the null sender;
 * with a ttl, its local part has a part of time behind it.
 */
void	probe_sender(const char *sender, int64_t ttl, int64_t now,
	    char out[PROBE_SENDER_MAX]);

/*
 * Whether "addr" is that sender, now or a ttl ago or ahead. A sender without
 * a domain matches in "origin".
 */
bool	probe_sender_is(const char *sender, int64_t ttl, int64_t now,
	    const char *origin, const char *addr);

#endif

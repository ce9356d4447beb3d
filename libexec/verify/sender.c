/* SPDX-License-Identifier: ISC */
/* sender - whose name a test goes by; see probe_sender.h. */
#include "address/probe_sender.h"
#include "conf/conf.h"

#include "verify.h"

const char *
sender_now(int64_t now)
{
	static char text[PROBE_SENDER_MAX];

	probe_sender(cf->address_verify_sender,
	    cf->address_verify_sender_ttl.ns / 1000000000, now, text);
	return (text);
}

/* SPDX-License-Identifier: ISC */
/*
 * The server name that a TLS client asks for: what is taken for one is a host
 * name in lower case, and taken again it is the same.
 */
#include <stdlib.h>
#include <string.h>

#include "address/address.h"
#include "tlsproxy.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view in = { (const char *)data, size };
	struct buf once, twice;
	size_t i;

	buf_init(&once, TLS_NAME_MAX);
	buf_init(&twice, TLS_NAME_MAX);
	if (words_server_name(in, &once)) {
		for (i = 0; i < once.n; i++) {
			if (once.p[i] <= ' ' || once.p[i] > '~' ||
			    (once.p[i] >= 'A' && once.p[i] <= 'Z') ||
			    once.p[i] == '/')
				abort();
		}
		if (!host_valid(buf_view(&once)) ||
		    !words_server_name(buf_view(&once), &twice) ||
		    once.n != twice.n || memcmp(once.p, twice.p, once.n) != 0)
			abort();
	}
	buf_fini(&once);
	buf_fini(&twice);
	return (0);
}

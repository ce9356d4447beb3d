/* SPDX-License-Identifier: ISC */
/*
 * Every protocol decoder: whatever decodes must encode to the same bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/proto.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view in = { (const char *)data, size }, fields;
	char msg[1024];
	const char *why;
	enum verb v;
	struct buf b;

	buf_init(&b, 1024 * 1024);
	while (in.n > 0) {
		const struct view start = in;

		if (!msg_next(&in, &v, &fields))
			break;
		if (!msg_get(v, fields, msg, &why))
			continue;
		buf_reset(&b);
		if (msg_put(&b, v, msg) < 0 ||
		    b.n != start.n - in.n ||
		    memcmp(b.p, start.p, b.n) != 0)
			abort();
	}
	buf_fini(&b);
	return (0);
}

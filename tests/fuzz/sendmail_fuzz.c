/* SPDX-License-Identifier: ISC */
/* sendmail(1): content, and recipients in its header. */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "proto/proto.h"
#include "sendmail.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	struct rcpts l;
	struct buf b;

	if (n == 0 || n > 65536) {
		arena_free(&a);
		return (0);
	}
	buf_init(&b, n + 1);
	buf_xput(&b, data + 1, n - 1);
	content_fix(&b, data[0] & 1, (enum line_ends)(data[0] >> 1) % 3);
	must(b.n == 0 || b.p[b.n - 1] == '\n');
	rcpts_init(&l, a);
	rcpts_from_header(&l, buf_view(&b));
	for (const struct rcpt *r = l.first; r != NULL; r = r->next)
		must(strlen(r->addr) <= MAIL_ADDR_MAX);
	buf_fini(&b);
	arena_free(&a);
	return (0);
}

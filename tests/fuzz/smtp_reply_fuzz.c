/* SPDX-License-Identifier: ISC */
/*
 * smtp_reply_fuzz - what a server says, from arbitrary bytes: bounded,
 * printable, and the same whatever the pieces are.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "lib/smtp/feed.h"
#include "smtp/reply.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct smtp_reply *r)
{
	struct view line;
	size_t i, n;

	must(r->code >= 200 && r->code < 600);
	must(r->text.n <= SMTP_REPLY_TEXT);
	must(r->dsn[0] == '\0' || r->dsn[0] == '0' + r->code / 100);
	for (i = 0; i < r->text.n; i++)
		must((unsigned char)r->text.p[i] >= ' ' ||
		    r->text.p[i] == '\n');
	for (n = 0; smtp_reply_line(r, n, &line); n++)
		must(line.n <= 512);
	must(n == r->nlines);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct feed a, b;
	struct smtp_stream *sa, *sb;
	struct smtp_reply ra, rb;
	enum smtp_io io;

	if (n < 1)
		return (0);
	a = (struct feed){ .p = (const char *)data + 1, .n = n - 1 };
	b = a;
	b.piece = 1 + data[0] % 16;
	sa = feed_stream(&a);
	sb = feed_stream(&b);
	smtp_reply_init(&ra);
	smtp_reply_init(&rb);
	do {
		io = smtp_reply_read(sa, 512, &ra);
		must(io == smtp_reply_read(sb, 512, &rb));
		if (io == SMTP_OK) {
			check(&ra);
			must(ra.code == rb.code && ra.text.n == rb.text.n);
			must(memcmp(ra.text.p, rb.text.p, ra.text.n) == 0);
		}
	} while (io == SMTP_OK);
	smtp_reply_fini(&ra);
	smtp_reply_fini(&rb);
	smtp_stream_free(&sa);
	smtp_stream_free(&sb);
	return (0);
}

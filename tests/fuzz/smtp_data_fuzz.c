/* SPDX-License-Identifier: ISC */
/*
 * smtp_data_fuzz - DATA and BDAT from arbitrary bytes. The first byte chooses
 * the pieces in which they come; whatever they are, the result is the same,
 * and DATA ends only at CR LF . CR LF.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "lib/smtp/feed.h"
#include "smtp/data.h"
#include "smtp/line.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define OUT_MAX	(1 << 20)

static bool
run_data(const char *p, size_t n, size_t piece, size_t want, struct buf *all,
    uint64_t *used)
{
	static struct feed f;
	struct smtp_stream *st;
	struct smtp_data d;
	struct buf out;

	f = (struct feed){ .p = p, .n = n, .piece = piece };
	st = feed_stream(&f);
	buf_init(&out, want);
	smtp_data_start(&d, false);
	while (!d.end && smtp_data_read(st, &d, &out, want) == SMTP_OK) {
		must(out.n <= want);
		buf_xput(all, out.p, out.n);
		buf_reset(&out);
	}
	*used = d.received;
	buf_fini(&out);
	smtp_stream_free(&st);
	return (d.end);
}

static void
run_bdat(const char *p, size_t n, size_t piece, size_t chunk, struct buf *all)
{
	static struct feed f;
	struct smtp_stream *st;
	struct smtp_data d;
	size_t left = n, k;

	f = (struct feed){ .p = p, .n = n, .piece = piece };
	st = feed_stream(&f);
	smtp_data_start(&d, false);
	while (left > 0) {
		k = chunk > 0 && left > chunk ? chunk : left;
		smtp_bdat_chunk(&d, k);
		while (!d.end)
			must(smtp_bdat_read(st, &d, all, OUT_MAX) == SMTP_OK);
		left -= k;
	}
	smtp_bdat_last(&d, all);
	must(n == 0 || all->p[all->n - 1] == '\n');
	smtp_stream_free(&st);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf one, two;
	uint64_t used1, used2;
	const char *p;
	size_t piece, want;
	bool end;

	if (n < 1 || n > 100000)
		return (0);
	piece = data[0] % 16;
	want = SMTP_DATA_MIN + data[0] / 16;
	p = (const char *)data + 1;
	n--;
	buf_init(&one, OUT_MAX);
	buf_init(&two, OUT_MAX);
	end = run_data(p, n, 0, 4096, &one, &used1);
	must(end == run_data(p, n, piece, want, &two, &used2));
	if (end) {
		must(used1 == used2 && used1 <= n);
		must(one.n == two.n && memcmp(one.p, two.p, one.n) == 0);
		must(memcmp(p + used1 - 3, ".\r\n", 3) == 0);
		must(used1 == 3 || memcmp(p + used1 - 5, "\r\n", 2) == 0);
	}
	buf_reset(&one);
	buf_reset(&two);
	run_bdat(p, n, 0, 0, &one);
	run_bdat(p, n, piece, want, &two);
	must(one.n == two.n && memcmp(one.p, two.p, one.n) == 0);
	buf_fini(&one);
	buf_fini(&two);
	return (0);
}

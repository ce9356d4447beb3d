/* SPDX-License-Identifier: ISC */
/*
 * verify_record_fuzz - records of verify(8)'s cache from arbitrary bytes:
 * what is taken is printed as it was, and its age is defined.
 */
#include <string.h>

#include "base/log.h"
#include "libexec/verify/verify.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct record_times times = { 1000, 100, 50, 10 };
	const struct view v = { (const char *)p, n };
	struct record r, again;
	struct buf out;

	if (!record_parse(v, &r))
		return (0);
	must(r.status <= VERIFY_PENDING && r.text.n <= VERIFY_TEXT_MAX);
	must((r.status == VERIFY_PENDING) == (r.updated == 0));
	buf_init(&out, RECORD_MAX);
	record_print(&r, &out);
	must(record_parse(buf_view(&out), &again));
	must(again.status == r.status && again.probed == r.probed &&
	    again.updated == r.updated && again.text.n == r.text.n &&
	    memcmp(again.text.p, r.text.p, r.text.n) == 0);
	for (int64_t now = 0; now < 5; now++) {
		must(record_age(&r, &times, now) <= RECORD_OVER);
		must(!record_probing(&r, now) || r.probed != 0);
	}
	buf_fini(&out);
	return (0);
}

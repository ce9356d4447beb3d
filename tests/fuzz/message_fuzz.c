/* SPDX-License-Identifier: ISC */
/*
 * message - headers, bodies and MIME parts: what comes out is what went in,
 * however it was cut; and addresses have a standard form that is stable.
 */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "message/rewrite.h"
#include "message/scan.h"

#define OUT_MAX	(4 * 1024 * 1024)

struct out {
	struct buf	 bytes;		/* all, put together again */
	struct buf	 trace;		/* which callbacks, in which order */
	bool		 cut;
};

static int
on_header(void *arg, enum scan_class class, const struct header *h)
{
	struct out *o = arg;

	must(h->text.n <= 300 && h->name.n > 0 && view_chr(h->name, ':') < 0);
	buf_xput(&o->bytes, h->text.p, h->text.n);
	buf_xputs(&o->bytes, "\n");
	buf_xprintf(&o->trace, "h%d", (int)class);
	o->cut = o->cut || h->cut;
	return (0);
}

static int
on_end(void *arg, enum scan_class class, bool blank)
{
	struct out *o = arg;

	if (blank)
		buf_xputs(&o->bytes, "\n");
	buf_xprintf(&o->trace, "e%d%d", (int)class, blank);
	return (0);
}

static int
on_body(void *arg, struct view v)
{
	struct out *o = arg;

	must(v.n > 0);
	buf_xput(&o->bytes, v.p, v.n);
	return (0);
}

static int
on_defect(void *arg, enum scan_defect d, struct view where)
{
	struct out *o = arg;

	(void)where;
	if (d != DEFECT_8BIT_BODY)
		buf_xprintf(&o->trace, "d%d", (int)d);
	return (0);
}

static void
scan(struct out *o, struct view v, size_t piece, bool lines)
{
	static const struct scan_ops ops = { on_header, on_end, on_body,
		NULL, on_defect };
	const struct scan_rules rules = { 300, 100, 70, 5, true, lines, 15 };
	struct arena *a = arena_new(0);
	struct scan *s = scan_new(a, &rules, &ops, o);

	buf_init(&o->bytes, OUT_MAX);
	buf_init(&o->trace, OUT_MAX);
	o->cut = false;
	while (v.n > 0) {
		must(scan_put(s, view_sub(v, 0, piece)) == 0);
		v = view_sub(v, piece, v.n);
	}
	must(scan_end(s) == 0);
	scan_free(&s);
	arena_free(&a);
}

static void
done(struct out *o)
{
	buf_fini(&o->bytes);
	buf_fini(&o->trace);
}

static void
standard(struct view v)
{
	static const struct rewrite_rules rules = { "o.example", "d.example",
		true, true };
	struct buf once, twice;

	buf_init(&once, 2 * v.n + 100);
	buf_init(&twice, 4 * v.n + 200);
	if (memchr(v.p, '\0', v.n) == NULL &&
	    rewrite_addr(&rules, v, &once) == 0)
		must(rewrite_addr(&rules, buf_view(&once), &twice) == 0);
	buf_fini(&once);
	buf_fini(&twice);
}

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct view v = { (const char *)bytes, n };
	struct out whole, pieces;
	size_t piece;

	if (n < 2 || n > 100000)
		return (0);
	piece = (size_t)bytes[0] % 60 + 1;
	v = view_sub(v, 1, n);
	scan(&whole, v, v.n, false);
	scan(&pieces, v, piece, bytes[0] & 0x40);
	must(whole.trace.n == pieces.trace.n && memcmp(whole.trace.p,
	    pieces.trace.p, whole.trace.n) == 0);
	must(whole.bytes.n == pieces.bytes.n && memcmp(whole.bytes.p,
	    pieces.bytes.p, whole.bytes.n) == 0);
	/* The LF behind a header at the very end is implied. */
	if (!whole.cut)
		must((whole.bytes.n == v.n || whole.bytes.n == v.n + 1) &&
		    memcmp(whole.bytes.p, v.p, v.n) == 0);
	done(&whole);
	done(&pieces);
	standard(v);
	return (0);
}

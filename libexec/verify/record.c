/* SPDX-License-Identifier: ISC */
/* record - what is known of one address, as bytes in the cache. */
#include "base/num.h"

#include "verify.h"

#define TIME_MAX	(INT64_C(1) << 40)

static bool
take_number(struct view *v, int64_t max, int64_t *out)
{
	struct view field;

	return (view_chr(*v, ':') > 0 && view_field(v, ':', &field) &&
	    num_parse(field, 0, max, out));
}

bool
record_parse(struct view v, struct record *out)
{
	int64_t status;
	struct record r;

	if (v.n > RECORD_MAX || view_chr(v, '\0') >= 0 ||
	    view_chr(v, '\n') >= 0 || view_chr(v, '\r') >= 0)
		return (false);
	if (!take_number(&v, VERIFY_PENDING, &status) ||
	    !take_number(&v, TIME_MAX, &r.probed) ||
	    !take_number(&v, TIME_MAX, &r.updated))
		return (false);
	r.status = (enum verify_status)status;
	r.text = v;
	/* A result has a time, and what is not one has none. */
	if (v.n > VERIFY_TEXT_MAX ||
	    (r.status == VERIFY_PENDING) != (r.updated == 0))
		return (false);
	*out = r;
	return (true);
}

void
record_print(const struct record *r, struct buf *out)
{
	struct view text = view_sub(r->text, 0, VERIFY_TEXT_MAX);

	buf_xprintf(out, "%d:%lld:%lld:", (int)r->status,
	    (long long)r->probed, (long long)r->updated);
	buf_xput(out, text.p, text.n);
}

bool
record_probing(const struct record *r, int64_t now)
{
	/* A clock that went back does not stop tests for ever. */
	return (r->probed != 0 && r->probed <= now &&
	    now - r->probed < PROBE_TTL);
}

enum record_age
record_age(const struct record *r, const struct record_times *t, int64_t now)
{
	const bool good = r->status == VERIFY_OK;
	int64_t age = now - r->updated;

	if (r->status == VERIFY_PENDING || r->updated > now ||
	    age >= (good ? t->good_expire : t->bad_expire))
		return (RECORD_OVER);
	return (age >= (good ? t->good_refresh : t->bad_refresh) ?
	    RECORD_STALE : RECORD_FRESH);
}

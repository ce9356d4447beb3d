/* SPDX-License-Identifier: ISC */
/*
 * maps_result - from what a table says to addresses.
 */
#include "address/address.h"
#include "base/log.h"
#include "maps_in.h"

#define RESULTS_MAX	((size_t)10 * 1000 * 1000)	/* tokens */

struct results {
	const struct maps_found	*found;
	struct view		 local;		/* of the address asked for */
	bool			 propagate;
	int			(*fn)(void *arg, const char *external);
	void			*arg;
	int			 rc;
	struct buf		 internal;
	struct buf		 external;
};

/* Hand on "local" + extension + "@domain", or the name alone. */
static int
emit(struct results *r, struct view local, const char *ext,
    struct view domain)
{
	buf_reset(&r->internal);
	buf_reset(&r->external);
	if (buf_put(&r->internal, local.p, local.n) == -1 ||
	    buf_puts(&r->internal, ext) == -1 ||
	    (domain.p != NULL && (buf_putc(&r->internal, '@') == -1 ||
	    buf_put(&r->internal, domain.p, domain.n) == -1)) ||
	    addr_quote(buf_view(&r->internal), &r->external) == -1) {
		log_warn("table result is too long: \"%.100s...\"",
		    r->found->value);
		r->rc = -1;
	} else
		r->rc = r->fn(r->arg, buf_str(&r->external));
	return (r->rc);
}

static int
one(void *arg, const struct addr_spec *spec, struct buf *out)
{
	struct results *r = arg;
	struct addr_parts parts = addr_split(view_of(spec->internal));

	(void)out;
	return (emit(r, parts.local, r->propagate ? r->found->ext : "",
	    parts.domain) == 0 ? 0 : -1);
}

/* A result that is "@other.domain" keeps the local part that was asked for. */
static int
other_domain(struct results *r, struct view domain)
{
	return (emit(r, r->local, "", domain));
}

int
maps_each_result(const struct maps_found *found, const char *addr,
    bool propagate, int (*fn)(void *arg, const char *external), void *arg)
{
	struct view all = view_of(found->value), word;
	struct results r = { .found = found, .propagate = propagate,
		.fn = fn, .arg = arg };

	r.local = addr_split(view_of(addr)).local;
	buf_init(&r.internal, TABLE_KEY_MAX);
	buf_init(&r.external, 2 * TABLE_KEY_MAX + 2);
	while ((all = view_trim(all)).n > 1 && all.p[0] == '@' && r.rc == 0) {
		word = view_word(&all, ",");
		other_domain(&r, view_sub(view_trim(word), 1, word.n));
		all = view_sub(all, 1, all.n);
	}
	if (r.rc == 0 && addr_list_each(all, RESULTS_MAX, one, &r, NULL) !=
	    ADDR_LIST_OK && r.rc == 0)
		r.rc = -1;
	buf_fini(&r.internal);
	buf_fini(&r.external);
	return (r.rc);
}

/* SPDX-License-Identifier: ISC */
/* verp - a sender for each recipient. */
#include <string.h>

#include "address.h"
#include "base/log.h"
#include "verp.h"

bool
verp_delimiters_valid(struct view v, const char *allowed)
{
	if (v.n != 2)
		return (false);
	for (size_t i = 0; i < 2; i++)
		if (v.p[i] <= ' ' || v.p[i] >= 0x7f || v.p[i] == '@' ||
		    (allowed != NULL && strchr(allowed, v.p[i]) == NULL))
			return (false);
	return (true);
}

static int
put(struct buf *out, struct view v)
{
	return (buf_put(out, v.p, v.n));
}

int
verp_sender(const char *delimiters, const char *sender, const char *rcpt,
    struct buf *out)
{
	const struct addr_parts from = addr_split(view_of(sender));
	const struct addr_parts to = addr_split(view_of(rcpt));

	must(delimiters[0] != '\0' && delimiters[1] != '\0');
	buf_reset(out);
	if (put(out, from.local) < 0 || buf_putc(out, delimiters[0]) < 0 ||
	    put(out, to.local) < 0)
		goto out;
	if (to.domain.p != NULL && (buf_putc(out, delimiters[1]) < 0 ||
	    put(out, to.domain) < 0))
		goto out;
	if (from.domain.p != NULL && (buf_putc(out, '@') < 0 ||
	    put(out, from.domain) < 0))
		goto out;
	return (0);
out:
	buf_reset(out);
	return (-1);
}

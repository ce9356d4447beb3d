/* SPDX-License-Identifier: ISC */
/* option - NAME=value behind the address of MAIL and RCPT (option.h). */
#include "address/address.h"

#include "option.h"
#include "path.h"

bool
option_next(struct view *rest, struct option *out)
{
	ptrdiff_t eq;

	out->all = view_word(rest, " \t");
	if (out->all.n == 0)
		return (false);
	eq = view_chr(out->all, '=');
	out->has_value = eq >= 0;
	out->name = eq >= 0 ? view_sub(out->all, 0, (size_t)eq) : out->all;
	out->value = eq >= 0 ?
	    view_sub(out->all, (size_t)eq + 1, out->all.n) :
	    (struct view){ "", 0 };
	return (true);
}

bool
option_xtext(struct view v, struct buf *out)
{
	struct view part;
	size_t n;

	while (v.n > 0) {
		for (n = 0; n < v.n && v.p[n] != '='; n++)
			continue;
		part = view_sub(v, 0, n);
		if (xtext_decode(part, out) == -1 ||
		    (n < v.n && buf_putc(out, '=') == -1))
			return (false);
		v = view_sub(v, n + 1, v.n);
	}
	return (is_printable_text(buf_view(out)));
}

/* SPDX-License-Identifier: ISC */
/* option - NAME=value behind the address of MAIL and RCPT (option.h). */
#include "option.h"

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

/* SPDX-License-Identifier: ISC */
/*
 * split - local part, extension, domain.
 */
#include <string.h>

#include "address.h"

struct addr_parts
addr_split(struct view internal)
{
	size_t i = internal.n;

	while (i > 0 && internal.p[i - 1] != '@')
		i--;
	if (i == 0)
		return ((struct addr_parts){ internal, { NULL, 0 } });
	return ((struct addr_parts){ view_sub(internal, 0, i - 1),
	    { internal.p + i, internal.n - i } });
}

static bool
ends_with(struct view v, const char *s)
{
	size_t n = strlen(s);

	return (v.n >= n && view_ieq(view_sub(v, v.n - n, n), s));
}

/* Names that are one word, whatever the delimiters are. */
static bool
is_whole(struct view local, const char *delimiters, bool owner_special)
{
	if (view_ieq(local, "postmaster") ||
	    view_ieq(local, "mailer-daemon") ||
	    view_ieq(local, "double-bounce"))
		return (true);
	if (!owner_special || strchr(delimiters, '-') == NULL)
		return (false);
	return (view_istarts(local, "owner-") || ends_with(local, "-request"));
}

size_t
addr_extension(struct view local, const char *delimiters, bool owner_special)
{
	size_t i;

	if (delimiters == NULL || delimiters[0] == '\0' ||
	    is_whole(local, delimiters, owner_special))
		return (local.n);
	for (i = 1; i < local.n; i++)
		if (local.p[i] != '\0' &&
		    strchr(delimiters, local.p[i]) != NULL)
			return (i);
	return (local.n);
}

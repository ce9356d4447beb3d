/* SPDX-License-Identifier: ISC */
/* policy_reply - a line of a policy server's answer (policy.h). */
#include <string.h>

#include "base/log.h"

#include "policy.h"

enum policy_got
policy_reply_line(struct arena *a, struct view line, const char **action)
{
	ptrdiff_t eq = view_chr(line, '=');
	struct view value;
	char *text;

	if (line.n == 0)
		return (*action != NULL ? POLICY_DONE : POLICY_BAD);
	if (eq <= 0 || view_chr(line, '\0') >= 0)
		return (POLICY_BAD);
	if (!view_ieq(view_trim(view_sub(line, 0, (size_t)eq)), "action"))
		return (POLICY_MORE);	/* of a later version, perhaps */
	value = view_trim(view_sub(line, (size_t)eq + 1, line.n));
	if (*action != NULL || value.n == 0)
		return (POLICY_BAD);
	text = arena_strn(a, value.p, value.n);
	printable(text, value.n);
	*action = text;
	return (POLICY_MORE);
}

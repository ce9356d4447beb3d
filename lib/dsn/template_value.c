/* SPDX-License-Identifier: ISC */
/* template_value - parameters of bounce(8), as text for a template. */
#include <inttypes.h>
#include <string.h>

#include "conf/conf.h"
#include "template.h"

/* NAME_seconds ... NAME_weeks: the time in that unit, rounded up. */
static const char *
time_value(struct arena *a, const char *name)
{
	static const struct {
		const char	*suffix;
		int64_t		 seconds;
	} units[] = { { "_seconds", 1 }, { "_minutes", 60 },
		{ "_hours", 3600 }, { "_days", 86400 }, { "_weeks", 604800 } };
	const struct param *p;
	struct span span;
	size_t n, u, end = strlen(name);

	for (u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
		n = strlen(units[u].suffix);
		if (end <= n || strcmp(name + end - n, units[u].suffix) != 0)
			continue;
		p = param_find(arena_strn(a, name, end - n));
		if (p == NULL || p->type != PARAM_time)
			return (NULL);
		memcpy(&span, (const char *)cf + p->off, sizeof(span));
		return (arena_printf(a, "%" PRId64, (span.ns / 1000000000 +
		    units[u].seconds - 1) / units[u].seconds));
	}
	return (NULL);
}

const char *
template_param(void *arena, const char *name)
{
	const struct param *p = param_find(name);
	const char *at, *text;
	struct span span;
	int64_t num;
	bool flag;

	if (p == NULL)
		return (time_value(arena, name));
	/* The others were not given to us. */
	if ((p->roles & conf_role_mask("bounce")) == 0)
		return (NULL);
	at = (const char *)cf + p->off;
	switch (p->type) {
	case PARAM_str:
	case PARAM_raw:
	case PARAM_word:
		memcpy(&text, at, sizeof(text));
		return (text);
	case PARAM_yesno:
		memcpy(&flag, at, sizeof(flag));
		return (flag ? "yes" : "no");
	case PARAM_int:
	case PARAM_long:
		memcpy(&num, at, sizeof(num));
		return (arena_printf(arena, "%" PRId64, num));
	case PARAM_time:
		break;
	}
	memcpy(&span, at, sizeof(span));
	return (arena_printf(arena, "%" PRId64 "s", span.ns / 1000000000));
}

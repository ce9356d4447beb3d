/* SPDX-License-Identifier: ISC */
/*
 * filter - a table of the administrator's that changes the status code and
 * the text of a delivery (NAME_delivery_status_filter).
 *
 * Its key is "status text", with what a remote server or a command said in
 * it; its value is the administrator's.
 */
#include <ctype.h>
#include <string.h>

#include "agent.h"
#include "base/log.h"
#include "conf/conf.h"
#include "filter.h"
#include "table/maps.h"

static struct maps	*filter;
static const char	*title;

/* The length of a status of RFC 3463 with a blank behind it, or 0. */
static size_t
status_length(const char *s)
{
	size_t n = strspn(s, "0123456789.");
	int dots = 0;

	if (n < 5 || n > 9 || strchr("245", s[0]) == NULL || s[1] != '.' ||
	    s[n - 1] == '.' || !isspace((unsigned char)s[n]))
		return (0);
	for (size_t i = 1; i < n; i++) {
		if (s[i] == '.' && s[i - 1] == '.')
			return (0);
		dots += s[i] == '.';
	}
	return (dots == 2 ? n : 0);
}

/* What has failed cannot become a success, nor the other way round. */
static void
change(struct arena *a, const char *value, struct agent_result *res)
{
	size_t n = status_length(value);

	if (n == 0 || (*value == '2') != (res->outcome == OUTCOME_SENT)) {
		log_warn("%s: bad status code: %.100s", title, value);
		return;
	}
	res->dsn = arena_strn(a, value, n);
	res->reason = arena_str(a, value + n + strspn(value + n, " \t"));
	if (*value == '2')
		return;
	res->outcome = *value == '4' ? OUTCOME_DEFERRED : OUTCOME_BOUNCED;
	res->action = NULL;
}

static void
apply(struct arena *a, struct agent_result *res)
{
	const char *key, *value;

	if (res->outcome == OUTCOME_NEXT)
		return;
	key = arena_printf(a, "%s %s", res->dsn, res->reason);
	switch (maps_find(filter, key, MAPS_WHOLE, &value)) {
	case 1:
		change(a, arena_str(a, value), res);
		break;
	case -1:
		log_warn("%s lookup error for \"%.200s\"", title, key);
		break;
	default:
		break;
	}
}

void
agent_filter_open(struct arena *a, const char *name, const char *value,
    struct table_source *src)
{
	const char *err;

	title = name;
	filter = maps_open(a, name, value, cf->default_database_type, 0, src,
	    &err);
	if (filter == NULL)
		fatal("%s: %s", name, err);
	agent_filter_set(maps_is_empty(filter) ? NULL : apply);
}

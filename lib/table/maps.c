/* SPDX-License-Identifier: ISC */
/*
 * maps - a list of tables, asked in order until one knows the key.
 */
#include "base/log.h"
#include "maps_in.h"

static const char *
with_type(struct arena *a, struct view word, const char *default_type,
    const char **err)
{
	if (view_chr(word, ':') != -1)
		return (view_str(a, word));
	if (default_type == NULL) {
		*err = arena_printf(a, "open dictionary: expecting "
		    "\"type:name\" form instead of \"%.*s\"", (int)word.n,
		    word.p);
		return (NULL);
	}
	return (arena_printf(a, "%s:%.*s", default_type, (int)word.n,
	    word.p));
}

struct maps *
maps_open(struct arena *a, const char *title, const char *value,
    const char *default_type, unsigned flags, struct table_source *src,
    const char **err)
{
	struct maps *m = arena_get(a, sizeof(*m));
	struct view all = view_of(value), word;
	const char *spec;
	size_t room = 0;

	while ((word = view_group(&all, ", \t\r\n")).n > 0)
		room++;
	m->title = arena_str(a, title);
	m->table = arena_array(a, room + 1, sizeof(m->table[0]));
	all = view_of(value);
	while ((word = view_group(&all, ", \t\r\n")).n > 0) {
		if ((spec = with_type(a, word, default_type, err)) == NULL ||
		    (m->table[m->n] = table_open(a, spec, flags, src,
		    err)) == NULL)
			return (NULL);
		m->n++;
	}
	return (m);
}

bool
maps_is_empty(const struct maps *m)
{
	return (m == NULL || m->n == 0);
}

int
maps_find(struct maps *m, const char *key, enum maps_key whole,
    const char **value)
{
	size_t i;
	int rc;

	if (m == NULL)
		return (0);
	for (i = 0; i < m->n; i++) {
		if (whole == MAPS_PART && table_is_pattern(m->table[i]))
			continue;
		rc = table_lookup(m->table[i], key, value);
		if (rc == -1)
			log_warn("%s: %s lookup error for \"%s\"", m->title,
			    table_name(m->table[i]), key);
		if (rc == 1 && (*value)[0] == '\0') {
			log_warn("%s lookup of %s returns an empty string "
			    "result", m->title, key);
			log_warn("%s should return NO RESULT in case of NOT "
			    "FOUND", table_name(m->table[i]));
			rc = -1;
		}
		if (rc != 0)
			return (rc);
	}
	return (0);
}

/* SPDX-License-Identifier: ISC */
/*
 * entry - "key value" and "name: value": one line of a table's source.
 */
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "entry.h"
#include "text.h"

static bool
is_space(char c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f');
}

/*
 * From "p" to the first byte that is outside of quotes and makes "stop" true,
 * or the end; NULL if a quote does not end.
 */
static char *
skip_quoted(char *p, bool (*stop)(char))
{
	bool quoted = false;

	for (; *p != '\0'; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\\' && p[1] != '\0')
			p++;
		else if (!quoted && stop(*p))
			break;
	}
	return (quoted ? NULL : p);
}

static bool
check_utf8(const struct text *t, bool utf8)
{
	if (!utf8 || utf8_valid(buf_view(&t->line)))
		return (true);
	log_warn("%s, line %u: non-UTF-8 input \"%s\" -- ignoring this line",
	    t->name, t->lineno, t->line.p);
	return (false);
}

static void
trim_end(char *p)
{
	size_t n = strlen(p);

	while (n > 0 && is_space(p[n - 1]))
		p[--n] = '\0';
}

bool
entry_split(struct text *t, bool utf8, const char **key, const char **value)
{
	char *p, *v;

	if (!check_utf8(t, utf8))
		return (false);
	p = t->line.p;
	if ((v = skip_quoted(p, is_space)) == NULL) {
		log_warn("%s, line %u: unbalanced '\"' in '%s' -- ignoring "
		    "this line", t->name, t->lineno, p);
		return (false);
	}
	if (*v != '\0')
		*v++ = '\0';
	while (is_space(*v))
		v++;
	trim_end(v);
	if (*v == '\0') {
		log_warn("%s, line %u: expected format: key whitespace value"
		    " -- ignoring this line", t->name, t->lineno);
		return (false);
	}
	if (p[strlen(p) - 1] == ':')
		log_warn("%s, line %u: record is in \"key: value\" format; "
		    "is this an alias file?", t->name, t->lineno);
	*key = p;
	*value = v;
	return (true);
}

static bool
is_colon(char c)
{
	return (c == ':');
}

static bool
is_comma(char c)
{
	return (c == ',');
}

/* Values with one ", " between them, and white space as one blank. */
static bool
join_values(char *p, struct buf *out)
{
	char *end, *next;
	bool ok = true;

	buf_reset(out);
	while (ok && p != NULL) {
		if ((end = skip_quoted(p, is_comma)) == NULL)
			end = p + strlen(p);	/* as it is, unbalanced */
		next = *end == ',' ? end + 1 : NULL;
		*end = '\0';
		while (is_space(*p))
			p++;
		trim_end(p);
		if (*p != '\0')
			ok = (out->n == 0 || buf_puts(out, ", ") == 0) &&
			    buf_puts(out, p) == 0;
		p = next;
	}
	return (ok);
}

static bool
refuse(const struct text *t, const char *why)
{
	log_warn("%s, line %u: %s", t->name, t->lineno, why);
	return (false);
}

bool
entry_split_alias(struct text *t, bool utf8, struct buf *key,
    struct buf *value)
{
	struct view name;
	char *p, *colon;

	if (!check_utf8(t, utf8))
		return (false);
	p = t->line.p;
	colon = skip_quoted(p, is_colon);
	if (colon == NULL || *colon == '\0')
		return (refuse(t, "need name:value pair"));
	*colon = '\0';
	name = view_trim(view_of(p));
	if (name.n == 0 || !join_values(colon + 1, value) || value->n == 0)
		return (refuse(t, "need name:value pair"));
	buf_reset(key);
	if (addr_requote_local(name, key) == -1)
		return (refuse(t, "bad name"));
	if (name.p[0] != '"' && view_chr(name, '@') != -1)
		return (refuse(t, "name must be local"));
	return (true);
}

/* SPDX-License-Identifier: ISC */
/* The entries of lists of recipients. */
#include <string.h>
#include <strings.h>

#include "address/address.h"
#include "base/buf.h"
#include "entry.h"

#define INCLUDE		":include:"
#define TOKENS		100000

struct list {
	struct arena	*arena;
	struct entry	*v;
	size_t		 n, room, max;
	const char	*why;
};

static int
add(struct list *l, enum mda_entry_type type, const char *text)
{
	struct entry *more;

	if (*text == '\0')
		return (0);
	if (l->n == l->max) {
		l->why = "too many recipients";
		return (-1);
	}
	if (l->n == l->room) {
		l->room = l->room * 2 + 8;
		more = arena_array(l->arena, l->room, sizeof(*more));
		if (l->n > 0)
			memcpy(more, l->v, l->n * sizeof(*more));
		l->v = more;
	}
	l->v[l->n++] = (struct entry){ type, text };
	return (0);
}

/*
 * The length of what stands before the next comma that is in no quotes,
 * comment or angle brackets.
 */
static size_t
piece(struct view v)
{
	bool quoted = false, angle = false;
	size_t i, depth = 0;

	for (i = 0; i < v.n; i++) {
		const char c = v.p[i];

		if (c == '\\') {
			i++;
			continue;
		}
		if (c == '"' && depth == 0)
			quoted = !quoted;
		if (quoted)
			continue;
		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (depth == 0 && (c == '<' || c == '>'))
			angle = c == '<';
		else if (depth == 0 && !angle && c == ',')
			break;
	}
	return (i < v.n ? i : v.n);
}

/* Without quotes and backslashes, wherever they are. */
static const char *
plain(struct arena *a, struct view v)
{
	char *out = arena_get(a, v.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '"')
			continue;
		if (v.p[i] == '\\' && i + 1 < v.n)
			i++;
		out[n++] = v.p[i];
	}
	return (out);
}

static const char *
skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return (p);
}

static int
add_address(void *arg, const struct addr_spec *spec, struct buf *out)
{
	struct list *l = arg;

	(void)out;
	return (add(l, MDA_ADDRESS, arena_str(l->arena, spec->internal)) < 0 ?
	    2 : 0);
}

static int
add_piece(struct list *l, struct view v)
{
	const char *text;

	v = view_trim(v);
	if (v.n == 0 || view_chr(v, '\0') >= 0)
		return (0);
	if (v.n > ENTRY_TEXT_MAX) {
		l->why = "a recipient is too long";
		return (-1);
	}
	text = plain(l->arena, v);
	if (*text == '|')
		return (add(l, MDA_COMMAND, skip_blanks(text + 1)));
	if (*text == '/')
		return (add(l, MDA_FILE, text));
	if (strncasecmp(text, INCLUDE, strlen(INCLUDE)) == 0)
		return (add(l, MDA_INCLUDE,
		    skip_blanks(text + strlen(INCLUDE))));
	if (v.p[0] == '\\')		/* \user: no aliases, says sendmail */
		v = view_sub(v, 1, v.n);
	return (addr_list_each(v, TOKENS, add_address, l, NULL) ==
	    ADDR_LIST_STOPPED ? -1 : 0);
}

static int
add_line(struct list *l, struct view v)
{
	while (v.n > 0) {
		size_t n = piece(v);

		if (add_piece(l, view_sub(v, 0, n)) < 0)
			return (-1);
		v = view_sub(v, n + 1, v.n);
	}
	return (0);
}

int
entry_list(struct arena *a, struct view text, bool lines, size_t max,
    struct entry **out, size_t *n, const char **why)
{
	struct list l = { .arena = a, .max = max };
	struct view line;
	int rc = 0;

	if (!lines)
		rc = add_line(&l, text);
	while (lines && rc == 0 && view_field(&text, '\n', &line))
		if (line.n > 0 && line.p[0] != '#')
			rc = add_line(&l, line);
	*out = l.v;
	*n = l.n;
	*why = l.why;
	return (rc);
}

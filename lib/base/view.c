/* SPDX-License-Identifier: ISC */
/*
 * view - looking at foreign bytes without ever leaving them.
 *
 * All bounds arithmetic on foreign bytes is in this file.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "view.h"

#define BLANKS	" \t\r\n"

struct view
view_of(const char *s)
{
	if (s == NULL)
		return (VIEW(""));
	return ((struct view){ s, strlen(s) });
}

bool
view_starts(struct view v, const char *s)
{
	size_t n = strlen(s);

	return (v.n >= n && (n == 0 || memcmp(v.p, s, n) == 0));
}

bool
view_eq(struct view v, const char *s)
{
	return (v.n == strlen(s) && view_starts(v, s));
}

/* ASCII only, whatever the locale: the case of 0x80-0xff is not ours. */
static char
fold(char c)
{
	return (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
}

bool
view_istarts(struct view v, const char *s)
{
	size_t i, n = strlen(s);

	if (v.n < n)
		return (false);
	for (i = 0; i < n; i++)
		if (fold(v.p[i]) != fold(s[i]))
			return (false);
	return (true);
}

bool
view_ieq(struct view v, const char *s)
{
	return (v.n == strlen(s) && view_istarts(v, s));
}

ptrdiff_t
view_chr(struct view v, int c)
{
	const char *p = NULL;

	if (v.n > 0)
		p = memchr(v.p, c, v.n);
	return (p == NULL ? -1 : p - v.p);
}

struct view
view_sub(struct view v, size_t from, size_t n)
{
	if (from > v.n)
		from = v.n;
	if (n > v.n - from)
		n = v.n - from;
	return ((struct view){ v.p == NULL ? "" : v.p + from, n });
}

/* Is "c" one of "set"? A NUL byte never is. */
static bool
in_set(char c, const char *set)
{
	return (c != '\0' && strchr(set, c) != NULL);
}

struct view
view_trim(struct view v)
{
	while (v.n > 0 && in_set(v.p[0], BLANKS))
		v = view_sub(v, 1, v.n);
	while (v.n > 0 && in_set(v.p[v.n - 1], BLANKS))
		v.n--;
	return (v);
}

/* One word; a separator inside braces separates only if !braces. */
static struct view
split(struct view *v, const char *seps, bool braces)
{
	struct view word;
	size_t i, depth = 0;

	while (v->n > 0 && in_set(v->p[0], seps))
		*v = view_sub(*v, 1, v->n);
	for (i = 0; i < v->n; i++) {
		if (depth == 0 && in_set(v->p[i], seps))
			break;
		if (braces && v->p[i] == '{')
			depth++;
		else if (braces && v->p[i] == '}' && depth > 0)
			depth--;
	}
	word = view_sub(*v, 0, i);
	*v = view_sub(*v, i, v->n);
	return (word);
}

struct view
view_word(struct view *v, const char *seps)
{
	return (split(v, seps, false));
}

struct view
view_group(struct view *v, const char *seps)
{
	return (split(v, seps, true));
}

bool
view_field(struct view *v, int c, struct view *out)
{
	ptrdiff_t at = view_chr(*v, c);

	if (v->n == 0)
		return (false);
	if (at == -1) {
		*out = *v;
		*v = view_sub(*v, v->n, 0);
		return (true);
	}
	*out = view_sub(*v, 0, (size_t)at);
	*v = view_sub(*v, (size_t)at + 1, v->n);
	return (true);
}

char *
view_str(struct arena *a, struct view v)
{
	if (view_chr(v, '\0') != -1)
		return (NULL);
	return (arena_strn(a, v.p, v.n));
}

char *
view_lower(struct arena *a, struct view v)
{
	char *p, *s = view_str(a, v);

	for (p = s; p != NULL && *p != '\0'; p++)
		*p = fold(*p);
	return (s);
}

bool
view_take(struct view *v, size_t n, struct view *out)
{
	if (n > v->n)
		return (false);
	*out = view_sub(*v, 0, n);
	*v = view_sub(*v, n, v->n);
	return (true);
}

/* "width" bytes, the lowest first. */
static bool
take_le(struct view *v, size_t width, uint64_t *out)
{
	struct view bytes;
	uint64_t n = 0;

	if (!view_take(v, width, &bytes))
		return (false);
	while (width-- > 0)
		n = n << 8 | (unsigned char)bytes.p[width];
	*out = n;
	return (true);
}

bool
view_take_u8(struct view *v, uint8_t *out)
{
	uint64_t n;

	if (!take_le(v, sizeof(*out), &n))
		return (false);
	*out = (uint8_t)n;
	return (true);
}

bool
view_take_u16(struct view *v, uint16_t *out)
{
	uint64_t n;

	if (!take_le(v, sizeof(*out), &n))
		return (false);
	*out = (uint16_t)n;
	return (true);
}

bool
view_take_u32(struct view *v, uint32_t *out)
{
	uint64_t n;

	if (!take_le(v, sizeof(*out), &n))
		return (false);
	*out = (uint32_t)n;
	return (true);
}

bool
view_take_u64(struct view *v, uint64_t *out)
{
	return (take_le(v, sizeof(*out), out));
}

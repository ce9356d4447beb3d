/* SPDX-License-Identifier: ISC */
/* dsn - codes, folded lines and typed addresses. */
#include <bsd/string.h>
#include <string.h>

#include "address/address.h"
#include "dsn.h"

#define INDENT		"    "
#define UNBROKEN_MAX	500	/* bytes without a blank on one line */
#define DIGITS_MAX	3

static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

size_t
dsn_code(struct view v)
{
	size_t i = 1, part, n;

	if (v.n < 5 || (v.p[0] != '2' && v.p[0] != '4' && v.p[0] != '5'))
		return (0);
	for (part = 0; part < 2; part++) {
		if (i >= v.n || v.p[i] != '.')
			return (0);
		i++;
		for (n = 0; i < v.n && is_digit(v.p[i]); n++)
			i++;
		if (n == 0 || n > DIGITS_MAX)
			return (0);
	}
	return (i == v.n || v.p[i] == ' ' || v.p[i] == '\t' ? i : 0);
}

const char *
dsn_split(const char *text, const char *dflt, char code[DSN_CODE_SIZE])
{
	size_t n = dsn_code(view_of(text));

	if (n == 0) {
		(void)strlcpy(code, dflt, DSN_CODE_SIZE);
		return (text);
	}
	memcpy(code, text, n);
	code[n] = '\0';
	return (text + n + strspn(text + n, " \t"));
}

/* The same place, or before the character that it is inside of. */
static size_t
whole(const char *p, size_t n)
{
	size_t k = n;

	while (k > 0 && n - k < 4 && ((unsigned char)p[k] & 0xc0) == 0x80)
		k--;
	return (k == 0 || n - k == 4 ? n : k);
}

/* Bytes of "text" for a line with that much room: up to a blank if possible. */
static size_t
line_length(const char *text, size_t n, size_t room)
{
	size_t i, max = n < UNBROKEN_MAX ? n : UNBROKEN_MAX;

	if (n <= room)
		return (n);
	for (i = room; i > 0; i--)
		if (text[i] == ' ')
			return (i);
	for (i = room; i < max; i++)
		if (text[i] == ' ')
			return (i);
	return (max == n ? n : whole(text, max));
}

static int
put_clean(struct buf *out, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (buf_putc(out, c < 0x20 || c == 0x7f ? '?' : c) == -1)
			return (-1);
	}
	return (0);
}

int
dsn_fold(struct buf *out, const char *text, size_t column)
{
	const size_t start = out->n;
	size_t n = strlen(text), take;

	for (;;) {
		take = line_length(text, n,
		    column < DSN_LINE ? DSN_LINE - column : 0);
		if (put_clean(out, text, take) == -1 ||
		    buf_putc(out, '\n') == -1)
			break;
		text += take;
		n -= take;
		while (n > 0 && *text == ' ') {
			text++;
			n--;
		}
		if (n == 0)
			return (0);
		if (buf_puts(out, INDENT) == -1)
			break;
		column = sizeof(INDENT) - 1;
	}
	buf_cut(out, start);
	return (-1);
}

int
dsn_address(struct buf *out, const char *addr)
{
	struct view v = view_of(addr);
	const size_t start = out->n;

	if (buf_puts(out, is_ascii(v) ? "rfc822; " : "utf-8; ") == 0 &&
	    addr_quote(v, out) == 0)
		return (0);
	buf_cut(out, start);
	return (-1);
}

/* SPDX-License-Identifier: ISC */
/*
 * text - ASCII, UTF-8 and xtext.
 */
#include "base/buf.h"
#include "address.h"

bool
is_ascii(struct view v)
{
	size_t i;

	for (i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] >= 0x80)
			return (false);
	return (true);
}

/* How long the sequence at the front is, by RFC 3629's table; 0: invalid. */
static size_t
sequence(struct view v)
{
	unsigned char c = (unsigned char)v.p[0], lo = 0x80, hi = 0xbf;
	size_t i, n;

	if (c < 0x80)
		return (1);
	if (c < 0xc2 || c > 0xf4)
		return (0);
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (c == 0xe0)
		lo = 0xa0;	/* overlong */
	else if (c == 0xed)
		hi = 0x9f;	/* surrogates */
	else if (c == 0xf0)
		lo = 0x90;
	else if (c == 0xf4)
		hi = 0x8f;	/* past U+10FFFF */
	if (v.n < n || (unsigned char)v.p[1] < lo || (unsigned char)v.p[1] > hi)
		return (0);
	for (i = 2; i < n; i++)
		if (((unsigned char)v.p[i] & 0xc0) != 0x80)
			return (0);
	return (n);
}

bool
utf8_valid(struct view v)
{
	size_t n;

	while (v.n > 0) {
		if ((n = sequence(v)) == 0)
			return (false);
		v = view_sub(v, n, v.n);
	}
	return (true);
}

static bool
is_xchar(char c)
{
	return (c > ' ' && c < 0x7f && c != '+' && c != '=');
}

/* The code point of the sequence of "n" bytes; v is valid UTF-8. */
static unsigned
code_point(struct view v, size_t n)
{
	unsigned c = (unsigned char)v.p[0];

	if (n > 1)
		c &= 0xffu >> (n + 1);
	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)v.p[i] & 0x3f);
	return (c);
}

int
xtext_encode_utf8(struct view v, struct buf *out)
{
	size_t n, begin = out->n;
	int rc = 0;

	for (; v.n > 0 && rc == 0; v = view_sub(v, n, v.n)) {
		if ((n = sequence(v)) == 0) {
			rc = -1;
			break;
		}
		rc = n == 1 && is_xchar(v.p[0]) && v.p[0] != '\\' ?
		    buf_putc(out, v.p[0]) :
		    buf_printf(out, "\\x{%02X}", code_point(v, n));
	}
	if (rc == -1)
		buf_cut(out, begin);
	return (rc);
}

int
xtext_encode(struct view v, struct buf *out)
{
	size_t i, begin = out->n;
	int rc = 0;

	for (i = 0; i < v.n && rc == 0; i++)
		rc = is_xchar(v.p[i]) ? buf_putc(out, v.p[i]) :
		    buf_printf(out, "+%02X", (unsigned char)v.p[i]);
	if (rc == -1)
		buf_cut(out, begin);
	return (rc);
}

/* RFC 3461: upper case only. */
static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	return (c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1);
}

int
xtext_decode(struct view v, struct buf *out)
{
	size_t i, begin = out->n;
	int c = 0;

	for (i = 0; i < v.n && c != -1; i++) {
		c = v.p[i];
		if (c == '+' && i + 2 < v.n && hex(v.p[i + 1]) != -1 &&
		    hex(v.p[i + 2]) != -1) {
			c = hex(v.p[i + 1]) << 4 | hex(v.p[i + 2]);
			i += 2;
		} else if (!is_xchar(v.p[i]))
			c = -1;
		if (c != -1 && buf_putc(out, c) == -1)
			c = -1;
	}
	if (c == -1) {
		buf_cut(out, begin);
		return (-1);
	}
	return (0);
}

/* SPDX-License-Identifier: ISC */
/*
 * quote - between the internal and the external form of local parts.
 */
#include <string.h>

#include "address.h"
#include "base/buf.h"

#define SPECIALS	"()<>[]:;@\\,\""

/* RFC 5322 dot-atom, where bytes beyond ASCII are letters (RFC 6532). */
static bool
is_dot_atom(struct view v)
{
	char last = '.';
	size_t i;

	for (i = 0; i < v.n; last = v.p[i++]) {
		unsigned char c = (unsigned char)v.p[i];

		if (c <= ' ' || c == 0x7f || strchr(SPECIALS, c) != NULL)
			return (false);
		if (c == '.' && last == '.')
			return (false);
	}
	return (last != '.');
}

int
addr_quote_local(struct view local, struct buf *external)
{
	size_t i, begin = external->n;
	int rc;

	if (is_dot_atom(local))
		return (buf_put(external, local.p, local.n));
	rc = buf_putc(external, '"');
	for (i = 0; rc == 0 && i < local.n; i++) {
		char c = local.p[i];

		if (c == '"' || c == '\\' || c == '\r')
			rc = buf_putc(external, '\\');
		if (rc == 0)
			rc = buf_putc(external, c);
	}
	if (rc == 0)
		rc = buf_putc(external, '"');
	if (rc == -1)
		buf_cut(external, begin);
	return (rc);
}

int
addr_quote(struct view internal, struct buf *external)
{
	struct addr_parts parts = addr_split(internal);
	size_t begin = external->n;

	if (addr_quote_local(parts.local, external) == -1)
		return (-1);
	if (parts.domain.p == NULL)
		return (0);
	if (buf_putc(external, '@') == -1 ||
	    buf_put(external, parts.domain.p, parts.domain.n) == -1) {
		buf_cut(external, begin);
		return (-1);
	}
	return (0);
}

int
addr_unquote(struct view external, struct buf *internal)
{
	size_t i, begin = internal->n;

	for (i = 0; i < external.n; i++) {
		if (external.p[i] == '"')
			continue;
		if (external.p[i] == '\\' && i + 1 < external.n)
			i++;
		if (buf_putc(internal, external.p[i]) == -1) {
			buf_cut(internal, begin);
			return (-1);
		}
	}
	return (0);
}

int
addr_requote_local(struct view local, struct buf *external)
{
	struct buf plain;
	int rc;

	buf_init(&plain, local.n);
	rc = addr_unquote(local, &plain);
	if (rc == 0)
		rc = addr_quote_local(buf_view(&plain), external);
	buf_fini(&plain);
	return (rc);
}

/* SPDX-License-Identifier: ISC */
/*
 * idna - internationalized domain names (RFC 5890), through libidn2.
 */
#include <idn2.h>
#include <string.h>

#include "base/buf.h"
#include "address.h"

#define DOMAIN_MAX	1024	/* bytes of UTF-8 that are worth a look */

/* Call libidn2 with a string and append what it makes of it. */
static int
convert(int (*fn)(const char *, char **, int), int flags, struct view domain,
    struct buf *out)
{
	char in[DOMAIN_MAX + 1], *made = NULL;
	int rc;

	if (domain.n > DOMAIN_MAX || view_chr(domain, '\0') != -1 ||
	    !utf8_valid(domain))
		return (-1);
	memcpy(in, domain.p, domain.n);
	in[domain.n] = '\0';
	if (fn(in, &made, flags) != IDN2_OK)
		return (-1);
	rc = buf_puts(out, made);
	idn2_free(made);
	return (rc);
}

int
domain_to_ascii(struct view domain, struct buf *out)
{
	if (is_ascii(domain))
		return (buf_put(out, domain.p, domain.n));
	return (convert(idn2_to_ascii_8z,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL, domain, out));
}

int
domain_to_utf8(struct view domain, struct buf *out)
{
	return (convert(idn2_to_unicode_8z8z, 0, domain, out));
}

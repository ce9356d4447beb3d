/* SPDX-License-Identifier: ISC */
/*
 * fold - the case of keys.
 *
 * Letters beyond ASCII are folded by PCRE2, which is here anyway and has the
 * Unicode tables built in: the C library would need a locale from disk.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "table_in.h"

/* Compiled once, for as long as the process lives. */
static pcre2_code *
all_of_it(void)
{
	static pcre2_code *re;
	PCRE2_SIZE at;
	int error;

	if (re == NULL)
		re = pcre2_compile((PCRE2_SPTR)"(?s)^.*\\z",
		    PCRE2_ZERO_TERMINATED,
		    PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error,
		    &at, NULL);
	if (re == NULL)
		fatal("cannot compile the pattern for case folding");
	return (re);
}

/* An upper case letter can have a longer lower case one: room for twice. */
static int
fold_utf8(struct view key, struct buf *out)
{
	PCRE2_SIZE n = 2 * key.n + 8;
	char *room = buf_room(out, n);
	int rc;

	if (room == NULL)
		return (-1);
	rc = pcre2_substitute(all_of_it(), (PCRE2_SPTR)key.p, key.n, 0,
	    PCRE2_SUBSTITUTE_EXTENDED, NULL, NULL, (PCRE2_SPTR)"\\L$0",
	    PCRE2_ZERO_TERMINATED, (PCRE2_UCHAR *)room, &n);
	if (rc < 0)
		return (-1);
	buf_add(out, n);
	return (0);
}

int
table_fold(const char *key, bool utf8, struct buf *out)
{
	size_t i, n = strlen(key);

	buf_reset(out);
	if (utf8 && !is_ascii((struct view){ key, n }) &&
	    utf8_valid((struct view){ key, n }))
		return (fold_utf8((struct view){ key, n }, out));
	if (buf_put(out, key, n) == -1)
		return (-1);
	for (i = 0; i < n; i++)
		if (out->p[i] >= 'A' && out->p[i] <= 'Z')
			out->p[i] = (char)(out->p[i] - 'A' + 'a');
	return (0);
}

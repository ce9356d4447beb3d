/* SPDX-License-Identifier: ISC */
/*
 * id - make and read queue ids; where in a hashed directory a file lies.
 *
 * Text that is to be an id comes from commands, channels and directories, and
 * becomes part of a path: nothing but the two exact forms is let through.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "id.h"

static const char digits52[] =
    "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

#define USEC_MAX	999999
#define SEC_DIGITS	6
#define USEC_DIGITS	4
#define SHORT_USEC	5

/* Digits of "n", at least "width" of them; returns their end. */
static char *
put_base(char *out, uint64_t n, unsigned int base, int width)
{
	char tmp[24];
	int i = 0;

	do {
		tmp[i++] = digits52[n % base];
		n /= base;
	} while (n > 0 || i < width);
	while (i > 0)
		*out++ = tmp[--i];
	*out = '\0';
	return (out);
}

static bool
get_base(struct view v, unsigned int base, uint64_t max, uint64_t *out)
{
	const char *at;
	uint64_t n = 0;
	size_t i;

	if (v.n == 0)
		return (false);
	for (i = 0; i < v.n; i++) {
		at = v.p[i] == '\0' ? NULL : strchr(digits52, v.p[i]);
		if (at == NULL || (uint64_t)(at - digits52) >= base)
			return (false);
		if (__builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(at - digits52), &n))
			return (false);
	}
	if (n > max)
		return (false);
	*out = n;
	return (true);
}

static bool
get_hex(struct view v, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;
	size_t i;
	int c;

	if (v.n == 0 || v.n > 16)
		return (false);
	for (i = 0; i < v.n; i++) {
		c = v.p[i];
		if (c >= '0' && c <= '9')
			n = n << 4 | (uint64_t)(c - '0');
		else if (c >= 'A' && c <= 'F')
			n = n << 4 | (uint64_t)(c - 'A' + 10);
		else
			return (false);
	}
	if (n > max)
		return (false);
	*out = n;
	return (true);
}

void
qid_print(const struct qid *id, char *out)
{
	must(id->usec <= USEC_MAX);
	if (!id->is_long) {
		(void)snprintf(out, QID_SIZE, "%05X%llX", id->usec,
		    (unsigned long long)id->inode);
		return;
	}
	must(id->sec >= 0);
	out = put_base(out, (uint64_t)id->sec, 52, SEC_DIGITS);
	out = put_base(out, id->usec, 52, USEC_DIGITS);
	*out++ = 'z';
	(void)put_base(out, id->inode, 51, 1);
}

static bool
parse_long(struct view v, size_t z, struct qid *out)
{
	uint64_t sec, usec, inode;
	size_t nsec = z - USEC_DIGITS;

	if (!get_base(view_sub(v, 0, nsec), 52, INT64_MAX, &sec) ||
	    !get_base(view_sub(v, nsec, USEC_DIGITS), 52, USEC_MAX, &usec) ||
	    !get_base(view_sub(v, z + 1, v.n), 51, UINT64_MAX, &inode))
		return (false);
	*out = (struct qid){ true, (int64_t)sec, (uint32_t)usec, inode };
	return (true);
}

bool
qid_parse(struct view v, struct qid *out)
{
	struct qid id = { 0 };
	char again[QID_SIZE];
	uint64_t usec, inode;
	size_t z;

	if (v.n <= SHORT_USEC || v.n >= QID_SIZE)
		return (false);
	for (z = v.n; z > 0 && v.p[z - 1] != 'z'; z--)
		;
	if (z > SEC_DIGITS + USEC_DIGITS) {
		if (!parse_long(v, z - 1, &id))
			return (false);
	} else {
		if (!get_hex(view_sub(v, 0, SHORT_USEC), USEC_MAX, &usec) ||
		    !get_hex(view_sub(v, SHORT_USEC, v.n), UINT64_MAX, &inode))
			return (false);
		id.usec = (uint32_t)usec;
		id.inode = inode;
	}
	/* One file, one name: no form with superfluous zeros. */
	qid_print(&id, again);
	if (!view_eq(v, again))
		return (false);
	*out = id;
	return (true);
}

int
q_path(const struct q_hash *h, enum q_dir dir, const char *id, char *out)
{
	char hash[Q_DEPTH_MAX + 8];
	size_t depth = 0, i, n;
	struct qid q;

	if (!qid_parse(view_of(id), &q))
		return (-1);
	(void)snprintf(hash, sizeof(hash), "%05X", q.usec);
	if (!q.is_long)
		(void)snprintf(hash, sizeof(hash), "%.*s", Q_DEPTH_MAX, id);
	if (h != NULL && h->dirs & 1U << dir)
		depth = (size_t)h->depth;
	if (depth > strlen(hash))
		depth = strlen(hash);
	n = (size_t)snprintf(out, QPATH_SIZE, "%s/", layout_rows[dir].name);
	for (i = 0; i < depth; i++) {
		out[n++] = hash[i];
		out[n++] = '/';
	}
	(void)snprintf(out + n, QPATH_SIZE - n, "%s", id);
	return (0);
}

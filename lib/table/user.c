/* SPDX-License-Identifier: ISC */
/* user - find a user's name in a file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/view.h"

#include "user.h"

static bool
put_text(char *out, struct view v)
{
	if (v.n >= USER_TEXT_MAX || memchr(v.p, '\0', v.n) != NULL)
		return (false);
	memcpy(out, v.p, v.n);
	out[v.n] = '\0';
	return (true);
}

/* name:password:uid:gid:gecos:... */
static bool
is_entry(struct view line, uid_t uid, struct user_entry *out)
{
	struct view name, skip, number, gecos = { "", 0 };
	uint64_t n;

	if (!view_field(&line, ':', &name) || name.n == 0 ||
	    !view_field(&line, ':', &skip) ||
	    !view_field(&line, ':', &number) ||
	    !num_unsigned(number, UINT32_MAX, &n) || n != uid)
		return (false);
	if (view_field(&line, ':', &skip))
		(void)view_field(&line, ':', &gecos);
	return (put_text(out->name, name) && put_text(out->gecos, gecos));
}

bool
user_find(int fd, uid_t uid, struct user_entry *out)
{
	char b[4 * USER_LINE_MAX];
	struct view rest, line;
	bool skip = false;
	ptrdiff_t end;
	off_t at = 0;
	ssize_t n;

	while (fd >= 0 && (n = pread(fd, b, sizeof(b), at)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (false);
		rest = (struct view){ b, (size_t)n };
		while ((end = view_chr(rest, '\n')) >= 0) {
			line = view_sub(rest, 0, (size_t)end);
			if (!skip && is_entry(line, uid, out))
				return (true);
			skip = false;
			rest = view_sub(rest, line.n + 1, rest.n);
		}
		/* The rest is read again with what follows, if that helps. */
		if (rest.n < (size_t)n)
			at += n - (ssize_t)rest.n;
		else {
			if (n < (ssize_t)sizeof(b))
				return (!skip && is_entry(rest, uid, out));
			skip = true;
			at += n;
		}
	}
	return (false);
}

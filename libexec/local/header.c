/* SPDX-License-Identifier: ISC */
/* Delivered-To: in the header of the message says that it was here before. */
#include <string.h>
#include <strings.h>

#include "address/address.h"
#include "base/fd.h"
#include "local_in.h"

#define HEADER_MAX	(256 * 1024)	/* of it is looked at */
#define NAME		"Delivered-To:"

static bool
is_address(struct view text, const char *addr)
{
	struct buf b;
	bool same;

	text = view_trim(text);
	buf_init(&b, MAIL_ADDR_MAX);
	same = text.n < MAIL_ADDR_MAX && addr_unquote(text, &b) == 0 &&
	    strcasecmp(buf_str(&b), addr) == 0;
	buf_fini(&b);
	return (same);
}

bool
header_loops(const struct agent_request *r, const char *addr)
{
	size_t max = r->m.content_length < HEADER_MAX ?
	    (size_t)r->m.content_length : HEADER_MAX;
	char *p = arena_get(r->arena, max + 1);
	ssize_t n = fd_pread_all(r->fd, p, max, (off_t)r->m.content_offset);
	struct view in = { p, n > 0 ? (size_t)n : 0 }, line;

	while (view_field(&in, '\n', &line) && line.n > 0) {
		if (view_istarts(line, NAME) &&
		    is_address(view_sub(line, strlen(NAME), line.n),
		    addr))
			return (true);
	}
	return (false);
}

/* SPDX-License-Identifier: ISC */
/* rcpt - recipients, of the command line or of a header. */
#include <string.h>

#include "address/address.h"
#include "message/header.h"
#include "proto/proto.h"

#include "sendmail.h"

#define TOKENS		1000000		/* of one header */

void
rcpts_init(struct rcpts *l, struct arena *a)
{
	l->arena = a;
	l->first = NULL;
	l->last = &l->first;
	l->n = 0;
}

static int
add(void *arg, const struct addr_spec *spec, struct buf *out)
{
	struct rcpts *l = arg;
	struct rcpt *r;

	(void)out;
	if (strlen(spec->internal) > MAIL_ADDR_MAX)
		return (2);
	r = arena_get(l->arena, sizeof(*r));
	r->addr = arena_str(l->arena, spec->internal);
	*l->last = r;
	l->last = &r->next;
	l->n++;
	return (0);
}

bool
rcpts_add(struct rcpts *l, const char *list)
{
	const uint32_t before = l->n;

	return (addr_list_each(view_of(list), TOKENS, add, l, NULL) ==
	    ADDR_LIST_OK && l->n > before);
}

/* The next logical header of *rest, its line breaks inside. */
static bool
next_header(struct view *rest, struct header *h)
{
	size_t end = 0;
	ptrdiff_t nl;
	struct view text;

	do {
		nl = view_chr(view_sub(*rest, end, rest->n), '\n');
		end = nl < 0 ? rest->n : end + (size_t)nl + 1;
	} while (end < rest->n &&
	    (rest->p[end] == ' ' || rest->p[end] == '\t'));
	text = view_sub(*rest, 0, end);
	if (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	if (text.n == 0 || !header_parse(text, h))
		return (false);
	*rest = view_sub(*rest, end, rest->n);
	return (true);
}

/*
 * A resent message goes to the recipients that it is resent to, and not once
 * more to those that it had.
 */
void
rcpts_from_header(struct rcpts *l, struct view content)
{
	struct rcpts plain, resent;
	bool is_resent = false;
	struct header h;

	rcpts_init(&plain, l->arena);
	rcpts_init(&resent, l->arena);
	while (next_header(&content, &h)) {
		if (!(h.flags & H_RCPT))
			continue;
		is_resent = is_resent || (h.flags & H_RESENT);
		(void)addr_list_each(h.body, TOKENS, add,
		    h.flags & H_RESENT ? &resent : &plain, NULL);
	}
	if (is_resent)
		plain = resent;
	if (plain.first == NULL)
		return;
	*l->last = plain.first;
	l->last = plain.last;
	l->n += plain.n;
}

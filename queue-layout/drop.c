/* SPDX-License-Identifier: ISC */
/*
 * drop - read what a user has left in maildrop/, or gives to postdrop(1).
 *
 * Runs in the set-gid postdrop(1) too: no allocation, one buffer, and every
 * length is compared with a constant before it is used.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "drop.h"

static const struct {
	uint8_t	letter;
	bool	once;
} rows[DROP_COUNT] = {
#define DROP(name, letter, times, doc)	{ letter, times == 1 },
#include "drop.def"
#undef DROP
};

static int
refuse(struct drop *d, const char *why)
{
	d->why = why;
	errno = EBADMSG;
	return (-1);
}

void
drop_open(struct drop *d, int fd)
{
	d->fd = fd;
	d->at = d->n = 0;
	d->begun = d->ended = false;
	d->next = (enum drop_type)0;
	d->why = NULL;
}

/* At least "want" bytes in the buffer: 1; fewer, since there are none: 0. */
static int
fill(struct drop *d, size_t want)
{
	ssize_t n;

	if (d->n >= want)
		return (1);
	memmove(d->b, d->b + d->at, d->n);
	d->at = 0;
	while (d->n < want) {
		n = read(d->fd, d->b + d->n, sizeof(d->b) - d->n);
		if (n == 0)
			return (0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		d->n += (size_t)n;
	}
	return (1);
}

/* "want" bytes that must be there; NULL if they are not. */
static const uint8_t *
need(struct drop *d, size_t want)
{
	int got = fill(d, want);

	if (got == 0)
		(void)refuse(d, "it is cut short");
	return (got == 1 ? d->b + d->at : NULL);
}

static void
take(struct drop *d, size_t n)
{
	d->at += n;
	d->n -= n;
}

static uint32_t
number(const uint8_t *p)
{
	return ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24);
}

static void
put_number(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		p[i] = (uint8_t)v;
}

static int
begin(struct drop *d)
{
	const uint8_t *p = need(d, DROP_HEAD);

	if (p == NULL)
		return (-1);
	if (memcmp(p, DROP_MAGIC, 8) != 0)
		return (refuse(d, "it is no submitted message"));
	if (number(p + 8) != DROP_VERSION)
		return (refuse(d, "it is of another version"));
	take(d, DROP_HEAD);
	d->begun = true;
	return (0);
}

/* Which row the record is of, if it may stand here. */
static int
find(struct drop *d, uint8_t letter, enum drop_type *out)
{
	int i;

	for (i = d->next; i < DROP_COUNT && rows[i].letter != letter; i++)
		if (rows[i].once)
			return (refuse(d, "a record is out of order"));
	if (i == DROP_COUNT)
		return (refuse(d, "a record is out of order"));
	*out = (enum drop_type)i;
	d->next = (enum drop_type)(rows[i].once ? i + 1 : i);
	return (0);
}

static int
finish(struct drop *d)
{
	int got = fill(d, 1);

	return (got == 1 ? refuse(d, "something follows its end") : got);
}

int
drop_next(struct drop *d, struct drop_record *r)
{
	const uint8_t *p;
	uint32_t length;

	if (!d->begun && begin(d) == -1)
		return (-1);
	if (d->ended)
		return (finish(d));
	if ((p = need(d, DROP_RECORD)) == NULL || find(d, p[0], &r->type) == -1)
		return (-1);
	length = number(p + 1);
	if (length > DROP_BODY_MAX)
		return (refuse(d, "a record is too long"));
	if ((p = need(d, DROP_RECORD + length)) == NULL)
		return (-1);
	r->raw = (struct view){ (const char *)p, DROP_RECORD + length };
	r->body = view_sub(r->raw, DROP_RECORD, length);
	d->ended = r->type == DROP_submit_end;
	take(d, DROP_RECORD + length);
	return (1);
}

void
drop_put_head(uint8_t out[DROP_HEAD])
{
	memcpy(out, DROP_MAGIC, 8);
	put_number(out + 8, DROP_VERSION);
}

void
drop_put_record(uint8_t out[DROP_RECORD], enum drop_type type, uint32_t length)
{
	out[0] = rows[type].letter;
	put_number(out + 1, length);
}

/* SPDX-License-Identifier: ISC */
/*
 * original - the message that a notice is about: a stranger's text.
 *
 * Read by pread(2) from the descriptor that came with the request, and
 * checked against the digest that came too.
 */
#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "bounce.h"
#include "conf/conf.h"
#include "message/header.h"

#define HEAD_MAX	(64 * 1024)	/* where ids for threads are looked for */
#define REFERENCES_MAX	4000

/* Take a header with its folded lines; false at the end of the headers. */
static bool
next_header(struct view *head, struct view *text)
{
	const char *start = head->p;
	size_t n = 0;

	if (head->n == 0 || head->p[0] == '\n')
		return (false);
	do {
		const char *lf = memchr(start + n, '\n', head->n - n);

		if (lf == NULL)
			return (false);		/* not all of it is here */
		n = (size_t)(lf - start) + 1;
	} while (n < head->n && (start[n] == ' ' || start[n] == '\t'));
	*text = (struct view){ start, n - 1 };
	*head = view_sub(*head, n, head->n);
	return (true);
}

/* The body of a header on one line; "" if it is unusable. */
static const char *
one_line(struct arena *a, struct view body)
{
	char *text, *p;

	body = view_trim(body);
	if (body.n > REFERENCES_MAX || (text = view_str(a, body)) == NULL)
		return ("");
	for (p = text; *p != '\0'; p++)
		if (*p == '\n' || *p == '\r' || *p == '\t')
			*p = ' ';
	printable(text, strlen(text));
	return (text);
}

static void
read_threads(struct original *o, struct arena *a)
{
	char *bytes = arena_get(a, HEAD_MAX);
	struct view head, text;
	struct header h;
	ssize_t n;

	n = fd_pread_all(o->fd, bytes, o->m.content_length < HEAD_MAX ?
	    (size_t)o->m.content_length : HEAD_MAX,
	    (off_t)o->m.content_offset);
	head = (struct view){ bytes, n > 0 ? (size_t)n : 0 };
	while (next_header(&head, &text)) {
		if (!header_parse(text, &h))
			break;
		if (view_ieq(h.name, "message-id"))
			o->message_id = one_line(a, h.body);
		else if (view_ieq(h.name, "references"))
			o->references = one_line(a, h.body);
	}
}

bool
original_read(struct original *o, struct arena *a)
{
	o->message_id = o->references = "";
	if (o->m.digest.n != sizeof(o->digest) ||
	    o->m.content_offset > INT64_MAX)
		return (false);
	memcpy(&o->digest, o->m.digest.p, sizeof(o->digest));
	if (cf->enable_threaded_bounces)
		read_threads(o, a);
	return (true);
}

bool
original_is_8bit(const struct original *o)
{
	return (strcasecmp(o->m.encoding, "8bit") == 0 ||
	    original_is_utf8(o));
}

bool
original_is_utf8(const struct original *o)
{
	return ((o->m.sendopts & SENDOPT_SMTPUTF8) != 0);
}

/* Where the empty line begins that ends the headers, or "n". */
static size_t
headers_end(const char *p, size_t n, bool *line_start)
{
	const char *lf = p;
	size_t i = 0;

	while (i < n) {
		if (*line_start && p[i] == '\n')
			return (i);
		*line_start = false;
		if ((lf = memchr(p + i, '\n', n - i)) == NULL)
			return (n);
		*line_start = true;
		i = (size_t)(lf - p) + 1;
	}
	return (n);
}

void
original_put(const struct original *o, enum part part, struct post *p)
{
	static char chunk[32 * 1024];
	struct qf_content c;
	bool line_start = true, more = true;
	size_t n;
	ssize_t got;

	qf_content_open(&c, o->fd, o->m.content_offset, o->m.content_length,
	    &o->digest);
	while ((got = qf_content_read(&c, chunk, sizeof(chunk))) > 0) {
		n = (size_t)got;
		if (more && part == PART_HEADERS) {
			n = headers_end(chunk, n, &line_start);
			more = n == (size_t)got;
			post_put(p, chunk, n);
		} else if (more)
			post_put(p, chunk, n);
	}
	if (got == -1 || qf_content_check(&c) == -1)
		post_fail(p, "content of the message: %s", strerror(errno));
	qf_content_close(&c);
}

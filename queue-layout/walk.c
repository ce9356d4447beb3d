/* SPDX-License-Identifier: ISC */
/*
 * walk - over the records of a queue file, one at a time.
 *
 * Every byte is taken for hostile each time it is read: who wrote the file
 * may still hold a descriptor to it. pread(2) only.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "walk_in.h"

#define READ_MORE	65536

/* One window for all files: nothing points into it across a call from outside. */
static uint8_t window[READ_MORE];

enum qf_status
qf_damaged(struct qf_why *why, uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	why->error = 0;
	why->offset = offset;
	va_start(ap, fmt);
	(void)vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return (QF_DAMAGED);
}

enum qf_status
qf_trouble(struct qf_why *why, uint64_t offset, const char *what)
{
	why->error = errno;
	why->offset = offset;
	(void)snprintf(why->text, sizeof(why->text), "%s: %s", what,
	    strerror(errno));
	return (QF_ERROR);
}

enum qf_status
qf_source_get(struct qf_source *s, uint64_t at, size_t n, const uint8_t **p)
{
	ssize_t got;
	uint64_t want;

	if (n > s->size || at > s->size - n)
		return (qf_damaged(s->why, at, "file ends too early"));
	if (at < s->at || at - s->at > s->n || s->n - (at - s->at) < n) {
		want = s->size - at;
		if (want > s->ahead)
			want = s->ahead < n ? n : s->ahead;
		s->ahead = READ_MORE;
		s->n = 0;
		got = fd_pread_all(s->fd, window, (size_t)want, (off_t)at);
		if (got == -1)
			return (qf_trouble(s->why, at, "read"));
		if ((size_t)got < n)
			return (qf_damaged(s->why, at, "file ends too early"));
		s->at = at;
		s->n = (size_t)got;
	}
	*p = window + (at - s->at);
	return (QF_OK);
}

static bool
has_control(struct view v)
{
	return (view_chr(v, '\0') != -1 || view_chr(v, '\n') != -1 ||
	    view_chr(v, '\r') != -1);
}

/* The body must be what its row says. */
static enum qf_status
check_body(struct qf_walk *w, const struct qf_rec *r)
{
	struct view v = r->body;
	uint64_t num;

	if (r->row->text) {
		if (v.n > r->row->max || has_control(v))
			return (qf_damaged(w->src->why, r->offset,
			    "bad text in record %s", r->row->name));
		return (QF_OK);
	}
	if (!view_take_u64(&v, &num) || v.n != 0 || num == 0 ||
	    num > r->row->max)
		return (qf_damaged(w->src->why, r->offset,
		    "bad number in record %s", r->row->name));
	return (QF_OK);
}

/* Find the row and check that its turn has not passed. */
static enum qf_status
check_order(struct qf_walk *w, struct qf_rec *r)
{
	unsigned int i;

	r->row = NULL;
	if (w->ended)
		return (qf_damaged(w->src->why, r->offset, "record after the end"));
	if (r->type == QF_TYPE_END) {
		if (w->segment != QF_EXT || r->body.n != 0)
			return (qf_damaged(w->src->why, r->offset,
			    "misplaced end record"));
		w->ended = true;
		return (QF_OK);
	}
	if (r->type == QF_TYPE_RCPT) {
		w->had_rcpt = true;
		w->rcpts++;
		return (QF_OK);
	}
	for (i = 0; i < qf_nrows && qf_rows[i].type != r->type; i++)
		;
	if (i == qf_nrows)
		return (qf_damaged(w->src->why, r->offset,
		    "unknown record type %u", r->type));
	if ((qf_rows[i].segments & w->segment) == 0 || i < w->next_row ||
	    w->had_rcpt)
		return (qf_damaged(w->src->why, r->offset,
		    "record %s out of order", qf_rows[i].name));
	w->next_row = i + 1;
	r->row = &qf_rows[i];
	return (check_body(w, r));
}

enum qf_status
qf_walk_next(struct qf_walk *w, struct qf_rec *r)
{
	enum qf_status status;
	const uint8_t *p;
	struct view head;
	uint32_t length;
	uint8_t type;

	r->offset = w->at;
	if (w->end - w->at < QF_RECORD_HEAD)
		return (qf_damaged(w->src->why, w->at, "record is cut"));
	status = qf_source_get(w->src, w->at, QF_RECORD_HEAD, &p);
	if (status != QF_OK)
		return (status);
	head = (struct view){ (const char *)p, QF_RECORD_HEAD };
	if (!view_take_u8(&head, &type) || !view_take_u32(&head, &length) ||
	    length > QF_RECORD_MAX ||
	    length > w->end - w->at - QF_RECORD_HEAD)
		return (qf_damaged(w->src->why, w->at, "bad record length"));
	r->type = type;
	r->size = QF_RECORD_HEAD + length;
	status = qf_source_get(w->src, w->at, r->size, &r->bytes);
	if (status != QF_OK)
		return (status);
	r->body = (struct view){ (const char *)r->bytes + QF_RECORD_HEAD,
	    length };
	w->at += r->size;
	return (check_order(w, r));
}

static bool
take_text(struct view *v, size_t max, struct view *out)
{
	uint16_t n;

	return (view_take_u16(v, &n) && n <= max && view_take(v, n, out) &&
	    !has_control(*out));
}

enum qf_status
qf_rec_rcpt(const struct qf_rec *r, struct arena *a, struct qf_rcpt *out,
    struct qf_why *why)
{
	struct view v = r->body, addr, orig, orcpt;
	uint32_t notify;

	if (!view_take_u32(&v, &notify) || notify > QF_NOTIFY_MAX ||
	    !take_text(&v, QF_ADDR_MAX, &addr) ||
	    !take_text(&v, QF_ADDR_MAX, &orig) ||
	    !take_text(&v, QF_ORCPT_MAX, &orcpt) || v.n != 0)
		return (qf_damaged(why, r->offset, "bad recipient record"));
	if (a == NULL)
		return (QF_OK);
	*out = (struct qf_rcpt){ view_str(a, addr), view_str(a, orig),
	    view_str(a, orcpt), notify, 0, false };
	return (QF_OK);
}

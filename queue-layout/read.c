/* SPDX-License-Identifier: ISC */
/*
 * read - validate a queue file and read its records.
 *
 * Every byte is taken for hostile each time it is read: who wrote the file
 * may still hold a descriptor to it, so what was right at qf_open() is
 * checked again when recipients are read later. pread(2) only.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "queue_in.h"

#define READ_FIRST	16384		/* most files fit */
#define READ_MORE	65536

/* One window for all files: nothing points into it across a call from outside. */
static uint8_t window[READ_MORE];

struct source {
	int		 fd;
	uint64_t	 size;
	uint64_t	 at;		/* of the window in the file */
	size_t		 n;		/* bytes in it */
	size_t		 ahead;		/* how much to read next */
	struct qf_why	*why;
};

/* Where a walk over the records of one segment is. */
struct walk {
	struct source	*src;
	uint64_t	 at;
	uint64_t	 end;
	unsigned int	 segment;	/* QF_ENV or QF_EXT */
	unsigned int	 next_row;	/* rows before this one are past */
	uint32_t	 rcpts;		/* seen so far */
	bool		 had_rcpt;
	bool		 ended;
};

struct record {
	uint64_t	 offset;
	size_t		 size;		/* with its head */
	const uint8_t	*bytes;		/* in the window */
	unsigned int	 type;
	const struct qf_row *row;	/* NULL: recipient or end */
	struct view	 body;
};

static enum qf_status
damaged(struct qf_why *why, uint64_t offset, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum qf_status
damaged(struct qf_why *why, uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	why->error = 0;
	why->offset = offset;
	va_start(ap, fmt);
	(void)vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return (QF_DAMAGED);
}

static enum qf_status
trouble(struct qf_why *why, uint64_t offset, const char *what)
{
	why->error = errno;
	why->offset = offset;
	(void)snprintf(why->text, sizeof(why->text), "%s: %s", what,
	    strerror(errno));
	return (QF_ERROR);
}

/* Bytes of the file in the window; *p is good until the next call. */
static enum qf_status
source_get(struct source *s, uint64_t at, size_t n, const uint8_t **p)
{
	ssize_t got;
	uint64_t want;

	if (n > s->size || at > s->size - n)
		return (damaged(s->why, at, "file ends too early"));
	if (at < s->at || at - s->at > s->n || s->n - (at - s->at) < n) {
		want = s->size - at;
		if (want > s->ahead)
			want = s->ahead < n ? n : s->ahead;
		s->ahead = READ_MORE;
		s->n = 0;
		got = fd_pread_all(s->fd, window, (size_t)want, (off_t)at);
		if (got == -1)
			return (trouble(s->why, at, "read"));
		if ((size_t)got < n)
			return (damaged(s->why, at, "file ends too early"));
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
check_body(struct walk *w, const struct record *r)
{
	struct view v = r->body;
	uint64_t num;

	if (r->row->text) {
		if (v.n > r->row->max || has_control(v))
			return (damaged(w->src->why, r->offset,
			    "bad text in record %s", r->row->name));
		return (QF_OK);
	}
	if (!view_take_u64(&v, &num) || v.n != 0 || num == 0 ||
	    num > r->row->max)
		return (damaged(w->src->why, r->offset,
		    "bad number in record %s", r->row->name));
	return (QF_OK);
}

/* Find the row and check that its turn has not passed. */
static enum qf_status
check_order(struct walk *w, struct record *r)
{
	unsigned int i;

	r->row = NULL;
	if (w->ended)
		return (damaged(w->src->why, r->offset, "record after the end"));
	if (r->type == QF_TYPE_END) {
		if (w->segment != QF_EXT || r->body.n != 0)
			return (damaged(w->src->why, r->offset,
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
		return (damaged(w->src->why, r->offset,
		    "unknown record type %u", r->type));
	if ((qf_rows[i].segments & w->segment) == 0 || i < w->next_row ||
	    w->had_rcpt)
		return (damaged(w->src->why, r->offset,
		    "record %s out of order", qf_rows[i].name));
	w->next_row = i + 1;
	r->row = &qf_rows[i];
	return (check_body(w, r));
}

/* The next record; the caller has checked that w->at < w->end. */
static enum qf_status
walk_next(struct walk *w, struct record *r)
{
	enum qf_status status;
	const uint8_t *p;
	struct view head;
	uint32_t length;
	uint8_t type;

	r->offset = w->at;
	if (w->end - w->at < QF_RECORD_HEAD)
		return (damaged(w->src->why, w->at, "record is cut"));
	status = source_get(w->src, w->at, QF_RECORD_HEAD, &p);
	if (status != QF_OK)
		return (status);
	head = (struct view){ (const char *)p, QF_RECORD_HEAD };
	if (!view_take_u8(&head, &type) || !view_take_u32(&head, &length) ||
	    length > QF_RECORD_MAX ||
	    length > w->end - w->at - QF_RECORD_HEAD)
		return (damaged(w->src->why, w->at, "bad record length"));
	r->type = type;
	r->size = QF_RECORD_HEAD + length;
	status = source_get(w->src, w->at, r->size, &r->bytes);
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

/* A recipient's body; copied into the arena unless that is NULL. */
static enum qf_status
get_rcpt(const struct record *r, struct arena *a, struct qf_rcpt *out,
    struct qf_why *why)
{
	struct view v = r->body, addr, orig, orcpt;
	uint32_t notify;

	if (!view_take_u32(&v, &notify) || notify > QF_NOTIFY_MAX ||
	    !take_text(&v, QF_ADDR_MAX, &addr) ||
	    !take_text(&v, QF_ADDR_MAX, &orig) ||
	    !take_text(&v, QF_ORCPT_MAX, &orcpt) || v.n != 0)
		return (damaged(why, r->offset, "bad recipient record"));
	if (a == NULL)
		return (QF_OK);
	*out = (struct qf_rcpt){ view_str(a, addr), view_str(a, orig),
	    view_str(a, orcpt), notify, 0, false };
	return (QF_OK);
}

static void
store(struct qf_envelope *env, struct arena *a, const struct record *r)
{
	char *member = (char *)env + r->row->offset;
	struct view v = r->body;
	const char *text;
	uint64_t num;

	if (r->row->text) {
		text = view_str(a, v);
		memcpy(member, &text, sizeof(text));
	} else if (view_take_u64(&v, &num))
		memcpy(member, &num, sizeof(num));
}

/* All of a segment: structure, digest, facts, place of the recipients. */
static enum qf_status
read_segment(struct walk *w, struct qf *qf, struct arena *a,
    struct seal_sum *sum, uint64_t *first)
{
	enum qf_status status;
	struct record r;

	*first = w->end;
	while (w->at < w->end) {
		if ((status = walk_next(w, &r)) != QF_OK)
			return (status);
		seal_sum_add(sum, r.bytes, r.size);
		if (r.row != NULL)
			store(&qf->env, a, &r);
		else if (r.type == QF_TYPE_RCPT) {
			if (w->rcpts == 1)
				*first = r.offset;
			status = get_rcpt(&r, NULL, NULL, w->src->why);
			if (status != QF_OK)
				return (status);
		}
	}
	return (QF_OK);
}

static enum qf_status
check_stat(const struct stat *st, const struct qf_rules *rules,
    struct qf_why *why)
{
	struct qid id;
	size_t i;

	if (!S_ISREG(st->st_mode))
		return (damaged(why, 0, "not a regular file"));
	for (i = 0; i < rules->nowners && rules->owners[i] != st->st_uid; i++)
		;
	if (rules->nowners > 0 && i == rules->nowners)
		return (damaged(why, 0, "owned by uid %lu",
		    (unsigned long)st->st_uid));
	if (st->st_nlink != 1)
		return (damaged(why, 0, "%lu links",
		    (unsigned long)st->st_nlink));
	if (rules->id != NULL) {
		if (!qid_parse(view_of(rules->id), &id))
			return (damaged(why, 0, "name is no queue id"));
		if (!id.is_long && id.inode != st->st_ino)
			return (damaged(why, 0, "name does not match inode"));
	}
	if ((st->st_mode & 07777) == QF_MODE_WRITING) {
		(void)snprintf(why->text, sizeof(why->text), "not finished");
		return (QF_UNFINISHED);
	}
	if ((st->st_mode & 07777) != QF_MODE_FINISHED)
		return (damaged(why, 0, "mode %04o",
		    (unsigned int)(st->st_mode & 07777)));
	return (QF_OK);
}

/* Lengths that add up to the file's size, and nothing but that. */
static enum qf_status
check_head(const struct qf_head *h, struct qf *qf, struct qf_why *why)
{
	const uint64_t limit = qf->size;

	if (memcmp(h->magic, QF_MAGIC, sizeof(h->magic)) != 0)
		return (damaged(why, 0, "not a queue file"));
	if (h->version != QF_VERSION || h->algorithm != QF_ALGORITHM)
		return (damaged(why, 0, "format version %u.%u is not known",
		    h->version, h->algorithm));
	if (h->env_rcpts > QF_RCPTS_MAX || h->ext_rcpts > QF_RCPTS_MAX ||
	    h->env_rcpts + h->ext_rcpts > QF_RCPTS_MAX)
		return (damaged(why, 0, "too many recipients"));
	/* Each is below the size, which is an off_t: the sums cannot wrap. */
	if (h->env_length > limit || h->content_length > limit ||
	    h->ext_length > limit)
		return (damaged(why, 0, "lengths exceed the file"));
	qf->env_rcpts = h->env_rcpts;
	qf->rcpts = h->env_rcpts + h->ext_rcpts;
	qf->content_offset = QF_HEAD_BYTES + h->env_length;
	qf->content_length = h->content_length;
	qf->ext_offset = qf->content_offset + h->content_length;
	qf->mark_offset = qf->ext_offset + h->ext_length + SEAL_SIZE;
	if (qf->mark_offset + QF_MARK_RCPTS + qf->rcpts != qf->size)
		return (damaged(why, 0, "lengths do not match the file"));
	return (QF_OK);
}

static enum qf_status
check_seal(struct qf *qf, const struct qf_head *h, struct source *src,
    struct seal_sum *sum, const struct seal_key *key)
{
	uint8_t bytes[QF_HEAD_BYTES], want[SEAL_SIZE], digest[32];
	enum qf_status status;
	const uint8_t *seal;

	seal_records_end(sum, digest);
	if (!seal_equal(digest, h->record_digest, sizeof(digest)))
		return (damaged(src->why, QF_HEAD_BYTES,
		    "records do not match their digest"));
	if (key == NULL)
		return (QF_OK);
	status = source_get(src, qf->mark_offset - SEAL_SIZE, SEAL_SIZE, &seal);
	if (status != QF_OK)
		return (status);
	qf_head_put(h, bytes);
	seal_header(key, bytes, sizeof(bytes), want);
	if (!seal_equal(want, seal, SEAL_SIZE))
		return (damaged(src->why, qf->mark_offset - SEAL_SIZE,
		    "the seal is wrong"));
	seal_one_time(key, h->nonce, qf->digest.key);
	memcpy(qf->digest.tag, h->content_tag, sizeof(qf->digest.tag));
	return (QF_OK);
}

/* Who reads an envelope need not look for NULL: "" is not recorded. */
static enum qf_status
complete(struct qf *qf, struct qf_why *why)
{
	static const char *const empty = "";
	const char *text;
	uint64_t num;
	unsigned int i;
	char *member;
	bool set;

	for (i = 0; i < qf_nrows; i++) {
		member = (char *)&qf->env + qf_rows[i].offset;
		if (qf_rows[i].text) {
			memcpy(&text, member, sizeof(text));
			set = text != NULL;
			if (!set)
				memcpy(member, &empty, sizeof(empty));
		} else {
			memcpy(&num, member, sizeof(num));
			set = num != 0;
		}
		if (!set && qf_rows[i].segments & QF_REQUIRED)
			return (damaged(why, 0, "record %s is missing",
			    qf_rows[i].name));
	}
	return (QF_OK);
}

static enum qf_status
read_records(struct qf *qf, struct arena *a, const struct qf_head *h,
    struct source *src, struct seal_sum *sum)
{
	struct walk env = { .src = src, .at = QF_HEAD_BYTES,
		.end = qf->content_offset, .segment = QF_ENV };
	struct walk ext = { .src = src, .at = qf->ext_offset,
		.end = qf->mark_offset - SEAL_SIZE, .segment = QF_EXT };
	enum qf_status status;

	status = read_segment(&env, qf, a, sum, &qf->first_env);
	if (status == QF_OK)
		status = read_segment(&ext, qf, a, sum, &qf->first_ext);
	if (status != QF_OK)
		return (status);
	if (!ext.ended)
		return (damaged(src->why, ext.end, "end record is missing"));
	if (env.rcpts != h->env_rcpts || ext.rcpts != h->ext_rcpts)
		return (damaged(src->why, 0, "number of recipients is wrong"));
	return (complete(qf, src->why));
}

enum qf_status
qf_open(struct qf *qf, struct arena *a, int fd, const struct qf_rules *rules,
    struct qf_why *why)
{
	struct source src = { .fd = fd, .ahead = READ_FIRST, .why = why };
	struct seal_sum sum = { NULL, false };
	enum qf_status status;
	struct qf_head head;
	const uint8_t *p;
	struct stat st;

	memset(qf, 0, sizeof(*qf));
	memset(why, 0, sizeof(*why));
	qf->fd = fd;
	if (fstat(fd, &st) == -1)
		return (trouble(why, 0, "stat"));
	if ((status = check_stat(&st, rules, why)) != QF_OK)
		return (status);
	qf->size = src.size = (uint64_t)st.st_size;
	if ((status = source_get(&src, 0, QF_HEAD_BYTES, &p)) != QF_OK)
		return (status);
	qf_head_get(&head, p);
	if ((status = check_head(&head, qf, why)) != QF_OK)
		return (status);
	seal_records_begin(&sum);
	status = read_records(qf, a, &head, &src, &sum);
	if (status == QF_OK)
		status = check_seal(qf, &head, &src, &sum, rules->key);
	seal_sum_free(&sum);
	if (status == QF_OK && qf_marks_read(qf, &qf->marks) == -1)
		status = trouble(why, qf->mark_offset, "read marks");
	return (status);
}

/* Where the walk for a batch begins. */
static void
cursor_walk(const struct qf *qf, const struct qf_cursor *c, struct walk *w)
{
	bool in_env = c->index < qf->env_rcpts;

	w->segment = in_env ? QF_ENV : QF_EXT;
	w->end = in_env ? qf->content_offset : qf->mark_offset - SEAL_SIZE;
	w->at = c->offset;
	if (c->index == 0 || c->index == qf->env_rcpts || c->offset == 0)
		w->at = in_env ? qf->first_env : qf->first_ext;
	w->had_rcpt = true;
	w->ended = false;
}

ssize_t
qf_rcpts(const struct qf *qf, struct arena *a, struct qf_cursor *c, bool todo,
    struct qf_rcpt *out, size_t max, struct qf_why *why)
{
	struct source src = { .fd = qf->fd, .size = qf->size,
		.ahead = READ_FIRST, .why = why };
	struct walk w = { .src = &src };
	uint8_t marks[1024];
	uint32_t base = 0, have = 0;
	struct record r;
	size_t n = 0;
	ssize_t got;

	while (n < max && c->index < qf->rcpts) {
		if (n == 0 || c->index == qf->env_rcpts)
			cursor_walk(qf, c, &w);
		if (c->index - base >= have) {
			base = c->index;
			have = qf->rcpts - base;
			if (have > sizeof(marks))
				have = sizeof(marks);
			got = fd_pread_all(qf->fd, marks, have,
			    (off_t)(qf->mark_offset + QF_MARK_RCPTS + base));
			if (got == -1) {
				(void)trouble(why, qf->mark_offset, "read");
				return (-1);
			}
			if (got != (ssize_t)have) {
				(void)damaged(why, qf->mark_offset,
				    "marks are cut");
				return (-1);
			}
		}
		if (w.at >= w.end) {
			(void)damaged(why, w.at, "recipients are missing");
			return (-1);
		}
		if (walk_next(&w, &r) != QF_OK)
			return (-1);
		if (r.type != QF_TYPE_RCPT) {
			(void)damaged(why, r.offset, "not a recipient");
			return (-1);
		}
		if (get_rcpt(&r, todo && marks[c->index - base] == QF_DONE ?
		    NULL : a, &out[n], why) != QF_OK)
			return (-1);
		if (!todo || marks[c->index - base] != QF_DONE) {
			out[n].index = c->index;
			out[n].done = marks[c->index - base] == QF_DONE;
			n++;
		}
		c->index++;
		c->offset = w.at;
	}
	return ((ssize_t)n);
}

/* What postcat(1) prints of one record. */
static enum qf_status
tell(const struct qf *qf, const struct record *r, struct arena *a,
    uint32_t index, qf_record_fn fn, void *arg, struct qf_why *why)
{
	struct qf_record out = { .offset = r->offset, .type = r->type,
		.extracted = r->offset >= qf->ext_offset };
	struct qf_rcpt rcpt;
	struct view v = r->body;
	enum qf_status status;
	uint8_t mark = 0;
	uint64_t num;

	if (r->row != NULL) {
		out.name = r->row->name;
		out.label = r->row->label;
		if (r->row->text)
			out.value = view_str(a, v);
		else if (view_take_u64(&v, &num))
			out.value = arena_printf(a, "%llu",
			    (unsigned long long)num);
	} else if (r->type == QF_TYPE_RCPT) {
		if (index >= qf->rcpts)
			return (damaged(why, r->offset, "too many recipients"));
		if ((status = get_rcpt(r, a, &rcpt, why)) != QF_OK)
			return (status);
		if (fd_pread_all(qf->fd, &mark, 1, (off_t)(qf->mark_offset +
		    QF_MARK_RCPTS + index)) == -1)
			return (trouble(why, qf->mark_offset, "read marks"));
		rcpt.index = index;
		rcpt.done = mark == QF_DONE;
		out.name = "recipient";
		out.rcpt = &rcpt;
	} else
		return (QF_OK);
	fn(arg, &out);
	return (QF_OK);
}

int
qf_each(const struct qf *qf, struct arena *a, qf_record_fn fn, void *arg,
    struct qf_why *why)
{
	struct source src = { .fd = qf->fd, .size = qf->size,
		.ahead = READ_FIRST, .why = why };
	struct walk w = { .src = &src, .at = QF_HEAD_BYTES,
		.end = qf->content_offset, .segment = QF_ENV };
	struct record r;
	uint32_t index = 0;

	for (;;) {
		if (w.at >= w.end) {
			if (w.segment == QF_EXT)
				return (0);
			w = (struct walk){ .src = &src, .at = qf->ext_offset,
				.end = qf->mark_offset - SEAL_SIZE,
				.segment = QF_EXT };
			continue;
		}
		if (walk_next(&w, &r) != QF_OK ||
		    tell(qf, &r, a, index, fn, arg, why) != QF_OK)
			return (-1);
		if (r.type == QF_TYPE_RCPT)
			index++;
	}
}

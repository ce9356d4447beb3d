/* SPDX-License-Identifier: ISC */
/*
 * read - validate a queue file and read what is in it.
 *
 * What was right at qf_open() is checked again when recipients are read
 * later (walk.c).
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "walk_in.h"

static void
store(struct qf_envelope *env, struct arena *a, const struct qf_rec *r)
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
read_segment(struct qf_walk *w, struct qf *qf, struct arena *a,
    struct seal_sum *sum, uint64_t *first)
{
	enum qf_status status;
	struct qf_rec r;

	*first = w->end;
	while (w->at < w->end) {
		if ((status = qf_walk_next(w, &r)) != QF_OK)
			return (status);
		seal_sum_add(sum, r.bytes, r.size);
		if (r.row != NULL)
			store(&qf->env, a, &r);
		else if (r.type == QF_TYPE_RCPT) {
			if (w->rcpts == 1)
				*first = r.offset;
			status = qf_rec_rcpt(&r, NULL, NULL, w->src->why);
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
		return (qf_damaged(why, 0, "not a regular file"));
	for (i = 0; i < rules->nowners && rules->owners[i] != st->st_uid; i++)
		;
	if (rules->nowners > 0 && i == rules->nowners)
		return (qf_damaged(why, 0, "owned by uid %lu",
		    (unsigned long)st->st_uid));
	if (st->st_nlink != 1)
		return (qf_damaged(why, 0, "%lu links",
		    (unsigned long)st->st_nlink));
	if (rules->id != NULL) {
		if (!qid_parse(view_of(rules->id), &id))
			return (qf_damaged(why, 0, "name is no queue id"));
		if (!id.is_long && id.inode != st->st_ino)
			return (qf_damaged(why, 0, "name does not match inode"));
	}
	if ((st->st_mode & 07777) == QF_MODE_WRITING) {
		(void)snprintf(why->text, sizeof(why->text), "not finished");
		return (QF_UNFINISHED);
	}
	if ((st->st_mode & 07777) != QF_MODE_FINISHED)
		return (qf_damaged(why, 0, "mode %04o",
		    (unsigned int)(st->st_mode & 07777)));
	return (QF_OK);
}

/* Lengths that add up to the file's size, and nothing but that. */
static enum qf_status
check_head(const struct qf_head *h, struct qf *qf, struct qf_why *why)
{
	const uint64_t limit = qf->size;

	if (memcmp(h->magic, QF_MAGIC, sizeof(h->magic)) != 0)
		return (qf_damaged(why, 0, "not a queue file"));
	if (h->version != QF_VERSION || h->algorithm != QF_ALGORITHM)
		return (qf_damaged(why, 0, "format version %u.%u is not known",
		    h->version, h->algorithm));
	if (h->env_rcpts > QF_RCPTS_MAX || h->ext_rcpts > QF_RCPTS_MAX ||
	    h->env_rcpts + h->ext_rcpts > QF_RCPTS_MAX)
		return (qf_damaged(why, 0, "too many recipients"));
	/* Each is below the size, which is an off_t: the sums cannot wrap. */
	if (h->env_length > limit || h->content_length > limit ||
	    h->ext_length > limit)
		return (qf_damaged(why, 0, "lengths exceed the file"));
	qf->env_rcpts = h->env_rcpts;
	qf->rcpts = h->env_rcpts + h->ext_rcpts;
	qf->content_offset = QF_HEAD_BYTES + h->env_length;
	qf->content_length = h->content_length;
	qf->ext_offset = qf->content_offset + h->content_length;
	qf->mark_offset = qf->ext_offset + h->ext_length + SEAL_SIZE;
	if (qf->mark_offset + QF_MARK_RCPTS + qf->rcpts != qf->size)
		return (qf_damaged(why, 0, "lengths do not match the file"));
	return (QF_OK);
}

static enum qf_status
check_seal(struct qf *qf, const struct qf_head *h, struct qf_source *src,
    struct seal_sum *sum, const struct seal_key *key)
{
	uint8_t bytes[QF_HEAD_BYTES], want[SEAL_SIZE], digest[32];
	enum qf_status status;
	const uint8_t *seal;

	seal_records_end(sum, digest);
	if (!seal_equal(digest, h->record_digest, sizeof(digest)))
		return (qf_damaged(src->why, QF_HEAD_BYTES,
		    "records do not match their digest"));
	if (key == NULL)
		return (QF_OK);
	status = qf_source_get(src, qf->mark_offset - SEAL_SIZE, SEAL_SIZE, &seal);
	if (status != QF_OK)
		return (status);
	qf_head_put(h, bytes);
	seal_header(key, bytes, sizeof(bytes), want);
	if (!seal_equal(want, seal, SEAL_SIZE))
		return (qf_damaged(src->why, qf->mark_offset - SEAL_SIZE,
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
			return (qf_damaged(why, 0, "record %s is missing",
			    qf_rows[i].name));
	}
	return (QF_OK);
}

static enum qf_status
read_records(struct qf *qf, struct arena *a, const struct qf_head *h,
    struct qf_source *src, struct seal_sum *sum)
{
	struct qf_walk env = { .src = src, .at = QF_HEAD_BYTES,
		.end = qf->content_offset, .segment = QF_ENV };
	struct qf_walk ext = { .src = src, .at = qf->ext_offset,
		.end = qf->mark_offset - SEAL_SIZE, .segment = QF_EXT };
	enum qf_status status;

	status = read_segment(&env, qf, a, sum, &qf->first_env);
	if (status == QF_OK)
		status = read_segment(&ext, qf, a, sum, &qf->first_ext);
	if (status != QF_OK)
		return (status);
	if (!ext.ended)
		return (qf_damaged(src->why, ext.end, "end record is missing"));
	if (env.rcpts != h->env_rcpts || ext.rcpts != h->ext_rcpts)
		return (qf_damaged(src->why, 0, "number of recipients is wrong"));
	return (complete(qf, src->why));
}

enum qf_status
qf_open(struct qf *qf, struct arena *a, int fd, const struct qf_rules *rules,
    struct qf_why *why)
{
	struct qf_source src = { .fd = fd, .ahead = QF_READ_FIRST, .why = why };
	struct seal_sum sum = { NULL, false };
	enum qf_status status;
	struct qf_head head;
	const uint8_t *p;
	struct stat st;

	memset(qf, 0, sizeof(*qf));
	memset(why, 0, sizeof(*why));
	qf->fd = fd;
	if (fstat(fd, &st) == -1)
		return (qf_trouble(why, 0, "stat"));
	if ((status = check_stat(&st, rules, why)) != QF_OK)
		return (status);
	qf->size = src.size = (uint64_t)st.st_size;
	if ((status = qf_source_get(&src, 0, QF_HEAD_BYTES, &p)) != QF_OK)
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
		status = qf_trouble(why, qf->mark_offset, "read marks");
	return (status);
}

/* Where the walk for a batch begins. */
static void
cursor_walk(const struct qf *qf, const struct qf_cursor *c, struct qf_walk *w)
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

/* Done marks of some recipients from "base" on. */
struct marks {
	uint32_t	base;
	uint32_t	n;
	uint8_t		bytes[1024];
};

/* Whether recipient "index" is done: 1, 0, or -1 (why). */
static int
is_done(const struct qf *qf, struct marks *m, uint32_t index,
    struct qf_why *why)
{
	ssize_t got;

	if (index < m->base || index - m->base >= m->n) {
		m->base = index;
		m->n = qf->rcpts - index;
		if (m->n > sizeof(m->bytes))
			m->n = sizeof(m->bytes);
		got = fd_pread_all(qf->fd, m->bytes, m->n,
		    (off_t)(qf->mark_offset + QF_MARK_RCPTS + index));
		if (got == -1) {
			(void)qf_trouble(why, qf->mark_offset, "read marks");
			return (-1);
		}
		if (got != (ssize_t)m->n) {
			(void)qf_damaged(why, qf->mark_offset,
			    "marks are cut");
			return (-1);
		}
	}
	return (m->bytes[index - m->base] == QF_DONE);
}

/* The next record, which must be a recipient. */
static int
next_rcpt(struct qf_walk *w, struct qf_rec *r)
{
	struct qf_why *why = w->src->why;

	if (w->at >= w->end)
		(void)qf_damaged(why, w->at, "recipients are missing");
	else if (qf_walk_next(w, r) == QF_OK) {
		if (r->type == QF_TYPE_RCPT)
			return (0);
		(void)qf_damaged(why, r->offset, "not a recipient");
	}
	return (-1);
}

ssize_t
qf_rcpts(const struct qf *qf, struct arena *a, struct qf_cursor *c, bool todo,
    struct qf_rcpt *out, size_t max, struct qf_why *why)
{
	struct qf_source src = { .fd = qf->fd, .size = qf->size,
		.ahead = QF_READ_FIRST, .why = why };
	struct qf_walk w = { .src = &src };
	struct marks marks = { .n = 0 };
	struct qf_rec r;
	bool started = false, skip;
	size_t n = 0;
	int done;

	while (n < max && c->index < qf->rcpts) {
		if (!started || c->index == qf->env_rcpts)
			cursor_walk(qf, c, &w);
		started = true;
		done = is_done(qf, &marks, c->index, why);
		if (done == -1 || next_rcpt(&w, &r) == -1)
			return (-1);
		skip = todo && done;
		if (qf_rec_rcpt(&r, skip ? NULL : a, &out[n], why) != QF_OK)
			return (-1);
		if (!skip) {
			out[n].index = c->index;
			out[n++].done = done;
		}
		c->index++;
		c->offset = w.at;
	}
	return ((ssize_t)n);
}

/* What postcat(1) prints of one record. */
static enum qf_status
tell(const struct qf *qf, const struct qf_rec *r, struct arena *a,
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
			return (qf_damaged(why, r->offset, "too many recipients"));
		if ((status = qf_rec_rcpt(r, a, &rcpt, why)) != QF_OK)
			return (status);
		if (fd_pread_all(qf->fd, &mark, 1, (off_t)(qf->mark_offset +
		    QF_MARK_RCPTS + index)) == -1)
			return (qf_trouble(why, qf->mark_offset, "read marks"));
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
	struct qf_source src = { .fd = qf->fd, .size = qf->size,
		.ahead = QF_READ_FIRST, .why = why };
	struct qf_walk w = { .src = &src, .at = QF_HEAD_BYTES,
		.end = qf->content_offset, .segment = QF_ENV };
	struct qf_rec r;
	uint32_t index = 0;

	for (;;) {
		if (w.at >= w.end) {
			if (w.segment == QF_EXT)
				return (0);
			w = (struct qf_walk){ .src = &src, .at = qf->ext_offset,
				.end = qf->mark_offset - SEAL_SIZE,
				.segment = QF_EXT };
			continue;
		}
		if (qf_walk_next(&w, &r) != QF_OK ||
		    tell(qf, &r, a, index, fn, arg, why) != QF_OK)
			return (-1);
		if (r.type == QF_TYPE_RCPT)
			index++;
	}
}

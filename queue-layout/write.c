/* SPDX-License-Identifier: ISC */
/*
 * write - make a queue file: sequentially, in big writes, in one pass.
 *
 * Used by cleanup(8), which has read a stranger's message: every text is
 * checked here once more, since this encoder is what all readers rely on.
 * Lengths and digests are known at the end only, so the header goes in last;
 * a message that fits the buffer goes out in one write(2).
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/uninit.h"
#include "fault.h"
#include "queue_in.h"

#define QW_FIRST	8192		/* enough for most files */
#define QW_BUFFER	65536
#define NAME_TRIES	100

enum qw_phase { QW_ENVELOPE, QW_CONTENT, QW_EXTRACTED, QW_FINISHED };

struct qw {
	int		 dirfd;		/* the caller's */
	int		 fd;
	int		 error;		/* of the first write that failed */
	enum qw_phase	 phase;
	unsigned int	 next_row;	/* rows before this one are past */
	bool		 had_rcpt;	/* in this segment */
	uint64_t	 flushed;	/* bytes in the file */
	size_t		 n;		/* bytes in buf */
	struct qf_head	 head;
	struct seal_key	 key;
	struct seal_sum	 records;
	struct seal_sum	 content;
	char		 id[QID_SIZE];
	uint8_t		*buf;
	size_t		 size;		/* of it */
	struct arena	*arena;
};

static int
fail(struct qw *w, int error)
{
	if (w->error == 0)
		w->error = error;
	errno = w->error;
	return (-1);
}

static int
flush(struct qw *w)
{
	if (w->n == 0)
		return (0);
	if (fd_write_all(w->fd, w->buf, w->n) == -1)
		return (fail(w, errno));
	w->flushed += w->n;
	w->n = 0;
	return (0);
}

static void
take_room(struct qw *w, size_t size)
{
	uint8_t *buf = arena_room(w->arena, size);

	if (w->n > 0)
		memcpy(buf, w->buf, w->n);
	w->buf = buf;
	w->size = size;
}

static int
put(struct qw *w, const void *p, size_t n)
{
	const uint8_t *at = p;
	size_t part;

	while (n > 0) {
		if (w->n == w->size && w->size < QW_BUFFER)
			take_room(w, QW_BUFFER);
		if (w->n == w->size) {
			if (flush(w) == -1)
				return (-1);
			qfault(QFAULT_content_part);
		}
		part = w->size - w->n;
		if (part > n)
			part = n;
		memcpy(w->buf + w->n, at, part);
		w->n += part;
		at += part;
		n -= part;
	}
	return (0);
}

/* A record, complete in memory: into the file, the digest and the length. */
static int
put_record(struct qw *w, const uint8_t *p, size_t n)
{
	seal_sum_add(&w->records, p, n);
	if (w->phase == QW_ENVELOPE)
		w->head.env_length += n;
	else
		w->head.ext_length += n;
	return (put(w, p, n));
}

/*
 * The name must not replace a file that is there: two files of one id can
 * only come from a restored backup, but then both are somebody's mail.
 */
static int
name_file(struct qw *w, bool long_ids)
{
	struct stat st;
	struct qid id;
	int64_t now;
	char tmp[64];
	int tries;

	for (tries = 0; tries < NAME_TRIES; tries++) {
		now = wall_us();
		id.usec = (uint32_t)(now % 1000000);
		(void)snprintf(tmp, sizeof(tmp), "%u.%ld", id.usec,
		    (long)getpid());
		w->fd = openat(w->dirfd, tmp, O_RDWR | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, QF_MODE_WRITING);
		if (w->fd == -1 && errno == EEXIST)
			continue;
		if (w->fd == -1)
			return (-1);
		qfault(QFAULT_file_made);
		if (fstat(w->fd, &st) == -1)
			break;
		id.is_long = long_ids;
		id.sec = now / 1000000;
		id.inode = st.st_ino;
		qid_print(&id, w->id);
		if (renameat2(w->dirfd, tmp, w->dirfd, w->id,
		    RENAME_NOREPLACE) == 0) {
			qfault(QFAULT_file_named);
			return (0);
		}
		if (errno != EEXIST)
			break;
		(void)unlinkat(w->dirfd, tmp, 0);
		fd_close(&w->fd);
	}
	if (w->fd != -1) {
		int saved = errno;

		(void)unlinkat(w->dirfd, tmp, 0);
		fd_close(&w->fd);
		errno = saved;
	}
	return (-1);
}

struct qw *
qw_open(struct arena *a, int dirfd, const struct seal_key *key, bool long_ids)
{
	struct qw *w = arena_get(a, sizeof(*w));
	uint8_t one_time[32];

	w->dirfd = dirfd;
	w->fd = -1;
	if (name_file(w, long_ids) == -1)
		return (NULL);
	w->key = *key;
	memcpy(w->head.magic, QF_MAGIC, sizeof(w->head.magic));
	w->head.version = QF_VERSION;
	w->head.algorithm = QF_ALGORITHM;
	seal_nonce(w->head.nonce);
	seal_one_time(key, w->head.nonce, one_time);
	seal_records_begin(&w->records);
	seal_content_begin(&w->content, one_time);
	w->arena = a;
	take_room(w, QW_FIRST);
	w->n = QF_HEAD_BYTES;
	memset(w->buf, 0, w->n);	/* until qw_finish() */
	return (w);
}

const char *
qw_id(const struct qw *w)
{
	return (w->id);
}

int
qw_fd(const struct qw *w)
{
	return (w->fd);
}

uint64_t
qw_size(const struct qw *w)
{
	return (w->flushed + w->n);
}

uint64_t
qw_content_offset(const struct qw *w)
{
	return (QF_HEAD_BYTES + w->head.env_length);
}

uint64_t
qw_content_length(const struct qw *w)
{
	return (w->head.content_length);
}

uint32_t
qw_rcpts(const struct qw *w)
{
	return (w->head.env_rcpts + w->head.ext_rcpts);
}

/* Length of a text that may stand in a record, or -1. */
static ssize_t
text_length(const char *s, uint64_t max)
{
	size_t n;

	if (s == NULL)
		return (0);
	n = strlen(s);
	if (n > max || strcspn(s, "\r\n") != n)
		return (-1);
	return ((ssize_t)n);
}

static int
segment(const struct qw *w)
{
	return (w->phase == QW_ENVELOPE ? QF_ENV :
	    w->phase == QW_EXTRACTED ? QF_EXT : 0);
}

/* Whether the row is set, and if so whether it may be written. */
static int
check_fact(const struct qw *w, unsigned int i, const struct qf_envelope *e)
{
	const struct qf_row *row = &qf_rows[i];
	const char *member = (const char *)e + row->offset;
	const char *text;
	uint64_t num;

	if (row->text) {
		memcpy(&text, member, sizeof(text));
		if (text == NULL)
			return (0);
		if (text_length(text, row->max) == -1)
			return (-1);
	} else {
		memcpy(&num, member, sizeof(num));
		if (num == 0)
			return (0);
		if (num > row->max)
			return (-1);
	}
	if (((int)row->segments & segment(w)) == 0 || i < w->next_row ||
	    w->had_rcpt)
		return (-1);
	return (1);
}

static int
put_fact(struct qw *w, const struct qf_row *row, const struct qf_envelope *e)
{
	const char *member = (const char *)e + row->offset;
	UNINIT uint8_t rec[QF_RECORD_HEAD + QF_RECORD_MAX];
	const char *text;
	uint64_t num;
	size_t n;

	if (row->text) {
		memcpy(&text, member, sizeof(text));
		n = strlen(text);
		memcpy(rec + QF_RECORD_HEAD, text, n);
	} else {
		memcpy(&num, member, sizeof(num));
		qf_put64(rec + QF_RECORD_HEAD, num);
		n = 8;
	}
	rec[0] = (uint8_t)row->type;
	qf_put32(rec + 1, (uint32_t)n);
	return (put_record(w, rec, QF_RECORD_HEAD + n));
}

int
qw_facts(struct qw *w, const struct qf_envelope *e)
{
	unsigned int i;

	for (i = 0; i < qf_nrows; i++) {
		if (check_fact(w, i, e) == -1) {
			errno = EINVAL;
			return (-1);
		}
	}
	for (i = 0; i < qf_nrows; i++) {
		if (check_fact(w, i, e) != 1)
			continue;
		if (put_fact(w, &qf_rows[i], e) == -1)
			return (-1);
		w->next_row = i + 1;
	}
	return (0);
}

static uint8_t *
put_text(uint8_t *p, const char *s)
{
	size_t n = s == NULL ? 0 : strlen(s);

	*p++ = (uint8_t)n;
	*p++ = (uint8_t)(n >> 8);
	if (n > 0)
		memcpy(p, s, n);
	return (p + n);
}

int
qw_rcpt(struct qw *w, const struct qf_rcpt *r)
{
	UNINIT uint8_t rec[QF_RECORD_HEAD + QF_RECORD_MAX];
	uint8_t *p;
	int seg = segment(w);

	if (seg == 0 || qw_rcpts(w) >= QF_RCPTS_MAX ||
	    r->addr == NULL || r->notify > QF_NOTIFY_MAX ||
	    text_length(r->addr, QF_ADDR_MAX) == -1 ||
	    text_length(r->orig, QF_ADDR_MAX) == -1 ||
	    text_length(r->dsn_orcpt, QF_ORCPT_MAX) == -1) {
		errno = EINVAL;
		return (-1);
	}
	qf_put32(rec + QF_RECORD_HEAD, r->notify);
	p = put_text(rec + QF_RECORD_HEAD + 4, r->addr);
	p = put_text(p, r->orig);
	p = put_text(p, r->dsn_orcpt);
	rec[0] = QF_TYPE_RCPT;
	qf_put32(rec + 1, (uint32_t)(p - rec - QF_RECORD_HEAD));
	if (put_record(w, rec, (size_t)(p - rec)) == -1)
		return (-1);
	w->had_rcpt = true;
	if (seg == QF_ENV)
		w->head.env_rcpts++;
	else
		w->head.ext_rcpts++;
	return (0);
}

int
qw_content(struct qw *w, const void *p, size_t n)
{
	if (w->phase == QW_ENVELOPE) {
		qfault(QFAULT_envelope_done);
		w->phase = QW_CONTENT;
	}
	if (w->phase != QW_CONTENT) {
		errno = EINVAL;
		return (-1);
	}
	seal_sum_add(&w->content, p, n);
	w->head.content_length += n;
	return (put(w, p, n));
}

int
qw_extracted(struct qw *w)
{
	if (w->phase == QW_FINISHED) {
		errno = EINVAL;
		return (-1);
	}
	if (w->phase != QW_EXTRACTED) {
		w->phase = QW_EXTRACTED;
		w->next_row = 0;
		w->had_rcpt = false;
	}
	return (0);
}

int
qw_move(struct qw *w, int dirfd)
{
	if (renameat2(w->dirfd, w->id, dirfd, w->id, RENAME_NOREPLACE) == -1)
		return (fail(w, errno));
	w->dirfd = dirfd;
	qfault(QFAULT_file_moved);
	return (0);
}

/* What stands behind the last record: the seal, then the mark area. */
static int
put_tail(struct qw *w, uint8_t header[QF_HEAD_BYTES])
{
	static const uint8_t zeros[256];
	uint8_t tag[SEAL_SIZE];
	size_t n, part;

	seal_content_end(&w->content, w->head.content_tag);
	seal_records_end(&w->records, w->head.record_digest);
	qf_head_put(&w->head, header);
	seal_header(&w->key, header, QF_HEAD_BYTES, tag);
	if (put(w, tag, sizeof(tag)) == -1)
		return (-1);
	for (n = QF_MARK_RCPTS + qw_rcpts(w); n > 0; n -= part) {
		part = n < sizeof(zeros) ? n : sizeof(zeros);
		if (put(w, zeros, part) == -1)
			return (-1);
	}
	return (0);
}

int
qw_finish(struct qw *w)
{
	static const uint8_t end[QF_RECORD_HEAD] = { QF_TYPE_END };
	uint8_t header[QF_HEAD_BYTES];
	ssize_t n;

	if (w->error != 0 || w->phase == QW_FINISHED)
		return (fail(w, EINVAL));
	if (qw_extracted(w) == -1 || put_record(w, end, sizeof(end)) == -1 ||
	    put_tail(w, header) == -1)
		return (-1);
	if (w->flushed == 0)
		memcpy(w->buf, header, sizeof(header));
	else {
		qfault(QFAULT_body_done);
		n = pwrite(w->fd, header, sizeof(header), 0);
		if (n != (ssize_t)sizeof(header))
			return (fail(w, n == -1 ? errno : ENOSPC));
	}
	if (flush(w) == -1)
		return (-1);
	qfault(QFAULT_header_done);
	if (fchmod(w->fd, QF_MODE_FINISHED) == -1)
		return (fail(w, errno));
	qfault(QFAULT_mode_set);
	if (fsync(w->fd) == -1)
		return (fail(w, errno));
	w->phase = QW_FINISHED;
	qfault(QFAULT_file_synced);
	return (0);
}

int
qw_refuse(struct qw *w, struct qf_digest *digest)
{
	if (w->error != 0 || w->phase == QW_FINISHED)
		return (fail(w, EINVAL));
	if (flush(w) == -1)
		return (-1);
	seal_content_end(&w->content, digest->tag);
	seal_one_time(&w->key, w->head.nonce, digest->key);
	w->error = ECANCELED;
	return (0);
}

static void
drop(struct qw **wp, bool keep)
{
	struct qw *w = *wp;

	if (w == NULL)
		return;
	if (!keep)
		(void)unlinkat(w->dirfd, w->id, 0);
	seal_sum_free(&w->records);
	seal_sum_free(&w->content);
	seal_key_wipe(&w->key);
	fd_close(&w->fd);
	*wp = NULL;
}

void
qw_close(struct qw **wp)
{
	drop(wp, *wp != NULL && (*wp)->phase == QW_FINISHED);
}

void
qw_abort(struct qw **wp)
{
	drop(wp, false);
}

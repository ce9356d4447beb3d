/* SPDX-License-Identifier: ISC */
/*
 * mark - the mark area behind the seal: what changes after a file is sealed.
 *
 * Anything but the exact values counts as "not marked": a damaged mark makes
 * a recipient be tried again, never be forgotten.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "fault.h"
#include "queue_in.h"

#define WARN_TIME_MAX	(1LL << 40)

static int
put_mark(const struct qf *qf, uint64_t at, const void *p, size_t n)
{
	ssize_t put;

	put = pwrite(qf->fd, p, n, (off_t)(qf->mark_offset + at));
	if (put == (ssize_t)n)
		return (0);
	if (put != -1)
		errno = EIO;
	return (-1);
}

static int
get_marks(int fd, uint64_t at, struct qf_marks *out)
{
	uint8_t area[QF_MARK_RCPTS];
	struct view v = { (const char *)area, sizeof(area) };
	struct view w = { (const char *)area + QF_MARK_RETRY, 4 };
	uint64_t warn;
	uint32_t retry;
	ssize_t n;

	n = fd_pread_all(fd, area, sizeof(area), (off_t)at);
	if (n == -1)
		return (-1);
	if (n != (ssize_t)sizeof(area) || !view_take_u64(&v, &warn) ||
	    !view_take_u32(&w, &retry)) {
		errno = EBADMSG;
		return (-1);
	}
	out->warn_time = warn <= WARN_TIME_MAX ? (int64_t)warn : 0;
	out->expire = area[QF_MARK_EXPIRE] == QF_EXPIRE;
	out->killed = area[QF_MARK_KILLED] == QF_KILLED;
	out->logs = area[QF_MARK_LOGS] & QF_LOG_ALL;
	out->retry_time = retry;
	return (0);
}

int
qf_marks_read(const struct qf *qf, struct qf_marks *out)
{
	return (get_marks(qf->fd, qf->mark_offset, out));
}

/* Where the marks are, by the header alone. */
static int
mark_place(int fd, uint64_t *at)
{
	const uint64_t limit = INT64_MAX / 8;
	uint8_t bytes[QF_HEAD_BYTES];
	struct qf_head h;
	ssize_t n;

	n = fd_pread_all(fd, bytes, sizeof(bytes), 0);
	if (n == -1)
		return (-1);
	if (n != (ssize_t)sizeof(bytes))
		goto out;
	qf_head_get(&h, bytes);
	if (memcmp(h.magic, QF_MAGIC, sizeof(h.magic)) != 0 ||
	    h.version != QF_VERSION || h.env_length > limit ||
	    h.content_length > limit || h.ext_length > limit)
		goto out;
	*at = QF_HEAD_BYTES + h.env_length + h.content_length +
	    h.ext_length + SEAL_SIZE;
	return (0);
out:
	errno = EBADMSG;
	return (-1);
}

int
qf_marks_peek(int fd, struct qf_marks *out)
{
	uint64_t at;

	return (mark_place(fd, &at) == -1 ? -1 : get_marks(fd, at, out));
}

int
qf_retry_poke(int fd, int64_t when)
{
	struct qf qf = { .fd = fd };
	struct qf_marks marks;

	/* Read first: a place beyond the end must not make the file grow. */
	if (mark_place(fd, &qf.mark_offset) == -1 ||
	    get_marks(fd, qf.mark_offset, &marks) == -1)
		return (-1);
	return (qf_set_retry_time(&qf, when));
}

int
qf_set_logs(const struct qf *qf, uint8_t logs)
{
	uint8_t value = logs & QF_LOG_ALL;

	return (put_mark(qf, QF_MARK_LOGS, &value, 1));
}

int
qf_set_retry_time(const struct qf *qf, int64_t when)
{
	uint8_t bytes[4];
	uint32_t value = when < 0 ? 0 : when > UINT32_MAX ? UINT32_MAX :
	    (uint32_t)when;

	qf_put32(bytes, value);
	return (put_mark(qf, QF_MARK_RETRY, bytes, sizeof(bytes)));
}

int
qf_mark_done(const struct qf *qf, uint32_t index)
{
	static const uint8_t done = QF_DONE;

	if (index >= qf->rcpts) {
		errno = EINVAL;
		return (-1);
	}
	if (put_mark(qf, QF_MARK_RCPTS + (uint64_t)index, &done, 1) == -1)
		return (-1);
	qfault(QFAULT_rcpt_marked);
	return (0);
}

int
qf_set_warn_time(const struct qf *qf, int64_t when)
{
	uint8_t bytes[8];

	if (when < 0 || when > WARN_TIME_MAX) {
		errno = EINVAL;
		return (-1);
	}
	qf_put64(bytes, (uint64_t)when);
	return (put_mark(qf, QF_MARK_WARN, bytes, sizeof(bytes)));
}

int
qf_set_expire(const struct qf *qf, bool expire)
{
	uint8_t value = expire ? QF_EXPIRE : 0;

	return (put_mark(qf, QF_MARK_EXPIRE, &value, 1));
}

int
qf_set_killed(const struct qf *qf)
{
	static const uint8_t killed = QF_KILLED;

	return (put_mark(qf, QF_MARK_KILLED, &killed, 1));
}

/* SPDX-License-Identifier: ISC */
/*
 * stream - one SMTP connection: buffers and deadlines (stream.h).
 *
 * Input is kept in one block that is filled behind what is unused; the unused
 * part moves to the front only when there is little room behind it. The block
 * is small until a read has filled it: most sessions are short.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "base/uninit.h"
#include "stream.h"

#define IN_FIRST	(8 * 1024)	/* until a peer sends more at once */

struct smtp_stream {
	int		 fd;
	smtp_read_fn	 read;		/* instead of the socket */
	smtp_write_fn	 write;
	void		*hook_arg;

	struct span	 timeout;	/* of one read or write */
	struct span	 applied;	/* SO_RCVTIMEO as it is now */
	bool		 poll_only;	/* it cannot be set */
	bool		 total;		/* or: all of them until "until" */
	struct mono	 until;
	struct span	 limit;
	int64_t		 rate;		/* bytes for one second more */
	uint64_t	 counted;	/* bytes that have bought time */

	char		*in;
	size_t		 size;		/* of it */
	size_t		 from, to;	/* the unused part */
	struct buf	 out;
	enum smtp_io	 failed;	/* of an earlier write */
	int		 failed_errno;
	uint64_t	 received, sent;
};

struct smtp_stream *
smtp_stream_new(int fd)
{
	struct smtp_stream *st = xcalloc(1, sizeof(*st));

	st->fd = fd;
	st->timeout = SPAN_NEVER;
	st->in = xrealloc(NULL, 1, IN_FIRST);
	st->size = IN_FIRST;
	st->applied = SPAN_NEVER;
	buf_init(&st->out, SMTP_OUT_MAX);
	return (st);
}

void
smtp_stream_free(struct smtp_stream **st)
{
	if (*st == NULL)
		return;
	xfree(&(*st)->in);
	buf_fini(&(*st)->out);
	xfree(st);
}

int
smtp_stream_fd(const struct smtp_stream *st)
{
	return (st->fd);
}

bool
smtp_stream_renew(struct smtp_stream *st, int fd)
{
	bool unused = st->from != st->to;

	st->fd = fd;
	st->applied = SPAN_NEVER;
	st->from = st->to = 0;
	return (unused);
}

void
smtp_stream_hook(struct smtp_stream *st, smtp_read_fn rd, smtp_write_fn wr,
    void *arg)
{
	st->read = rd;
	st->write = wr;
	st->hook_arg = arg;
}

void
smtp_stream_timeout(struct smtp_stream *st, struct span d)
{
	st->timeout = d;
}

void
smtp_stream_deadline(struct smtp_stream *st, struct span d, int64_t min_rate)
{
	st->total = d.ns != SPAN_NEVER.ns;
	st->limit = d;
	st->rate = min_rate;
	st->counted = 0;
	st->until = mono_in(d);
}

static struct mono
deadline(const struct smtp_stream *st)
{
	return (st->total ? st->until : mono_in(st->timeout));
}

/* Bytes have passed: a peer that keeps up the rate gets more time. */
static void
moved(struct smtp_stream *st, uint64_t n)
{
	struct mono most;
	int64_t s;

	if (!st->total || st->rate <= 0)
		return;
	st->counted += n;
	s = (int64_t)(st->counted / (uint64_t)st->rate);
	if (s == 0)
		return;
	st->counted %= (uint64_t)st->rate;
	most = mono_in(st->limit);
	if (s > (most.ns - st->until.ns) / 1000000000)
		st->until = most;
	else
		st->until = mono_add(st->until, span_s(s));
}

static enum smtp_io
failed(struct smtp_stream *st, enum smtp_io io)
{
	if (st->failed == SMTP_OK) {
		st->failed = io;
		st->failed_errno = errno;
	}
	return (io);
}

static enum smtp_io
send_all(struct smtp_stream *st, const char *p, size_t n)
{
	struct mono by = deadline(st);
	ssize_t r;
	int ready;

	while (n > 0) {
		r = st->write != NULL ? st->write(st->hook_arg, p, n) :
		    send(st->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (r > 0) {
			p += r;
			n -= (size_t)r;
			st->sent += (uint64_t)r;
			moved(st, (uint64_t)r);
			by = deadline(st);
			continue;
		}
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1 && (errno == EPIPE || errno == ECONNRESET))
			return (failed(st, SMTP_EOF));
		if (r == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
			return (failed(st, SMTP_ERROR));
		if ((ready = fd_wait(st->fd, POLLOUT, by)) == 0)
			return (failed(st, SMTP_TIMEOUT));
		if (ready == -1)
			return (failed(st, SMTP_ERROR));
	}
	return (SMTP_OK);
}

enum smtp_io
smtp_stream_flush(struct smtp_stream *st)
{
	enum smtp_io io;

	if (st->failed != SMTP_OK) {
		errno = st->failed_errno;
		return (st->failed);
	}
	if (st->out.n == 0)
		return (SMTP_OK);
	io = send_all(st, st->out.p, st->out.n);
	buf_reset(&st->out);
	return (io);
}

void
smtp_stream_put(struct smtp_stream *st, const void *p, size_t n)
{
	if (st->failed != SMTP_OK)
		return;
	if (buf_put(&st->out, p, n) == 0)
		return;
	if (smtp_stream_flush(st) != SMTP_OK)
		return;
	if (n >= SMTP_OUT_MAX)
		(void)send_all(st, p, n);
	else
		buf_xput(&st->out, p, n);
}

void
smtp_stream_printf(struct smtp_stream *st, const char *fmt, ...)
{
	UNINIT char small[4096];
	struct buf big;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	must(n >= 0);
	if ((size_t)n < sizeof(small)) {
		smtp_stream_put(st, small, (size_t)n);
		return;
	}
	buf_init(&big, (size_t)n);
	va_start(ap, fmt);
	must(buf_vprintf(&big, fmt, ap) == 0);
	va_end(ap);
	smtp_stream_put(st, big.p, big.n);
	buf_fini(&big);
}

struct view
smtp_stream_input(const struct smtp_stream *st)
{
	return ((struct view){ st->in + st->from, st->to - st->from });
}

bool
smtp_stream_pending(struct smtp_stream *st)
{
	ssize_t n;

	if (st->from != st->to)
		return (true);
	if (st->read != NULL)
		return (false);
	/* Read it rather than only look: it is needed next, most often. */
	st->from = st->to = 0;
	n = recv(st->fd, st->in, st->size, MSG_DONTWAIT);
	if (n <= 0)
		return (false);
	st->to = (size_t)n;
	st->received += (uint64_t)n;
	return (true);
}

/*
 * Where each read has its own time, the kernel can keep it: one call where
 * looking, waiting and reading are three. True if a read will block that long.
 */
static bool
kernel_waits(struct smtp_stream *st)
{
	struct timeval tv = { 0 };

	if (st->total || st->poll_only || st->read != NULL)
		return (false);
	if (st->applied.ns == st->timeout.ns)
		return (true);
	if (st->timeout.ns != SPAN_NEVER.ns) {
		tv.tv_sec = st->timeout.ns / 1000000000;
		tv.tv_usec = st->timeout.ns % 1000000000 / 1000;
		if (tv.tv_sec == 0 && tv.tv_usec == 0)
			tv.tv_usec = 1;
	}
	if (setsockopt(st->fd, SOL_SOCKET, SO_RCVTIMEO, &tv,
	    sizeof(tv)) == -1) {
		st->poll_only = true;
		return (false);
	}
	st->applied = st->timeout;
	return (true);
}

static enum smtp_io
read_some(struct smtp_stream *st)
{
	struct mono by = deadline(st);
	bool blocks = kernel_waits(st);
	ssize_t n;
	int ready;

	for (;;) {
		if (st->read != NULL)
			n = st->read(st->hook_arg, st->in + st->to,
			    st->size - st->to);
		else
			n = recv(st->fd, st->in + st->to, st->size - st->to,
			    blocks ? 0 : MSG_DONTWAIT);
		if (n > 0) {
			st->to += (size_t)n;
			st->received += (uint64_t)n;
			moved(st, (uint64_t)n);
			return (SMTP_OK);
		}
		if (n == 0 || errno == ECONNRESET || errno == EPIPE)
			return (SMTP_EOF);
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return (SMTP_ERROR);
		if (blocks && mono_past(by))
			return (SMTP_TIMEOUT);
		/* Not blocking, or the caller made the socket so. */
		if ((ready = fd_wait(st->fd, POLLIN, by)) == 0)
			return (SMTP_TIMEOUT);
		if (ready == -1)
			return (SMTP_ERROR);
	}
}

enum smtp_io
smtp_stream_fill(struct smtp_stream *st)
{
	enum smtp_io io;

	if ((io = smtp_stream_flush(st)) != SMTP_OK)
		return (io);
	if (st->to == st->size && st->size < SMTP_IN_MAX) {
		st->in = xrealloc(st->in, 1, SMTP_IN_MAX);
		st->size = SMTP_IN_MAX;
	}
	if (st->from == st->to)
		st->from = st->to = 0;
	else if (st->from > 0 && st->size - st->to < st->size / 4) {
		memmove(st->in, st->in + st->from, st->to - st->from);
		st->to -= st->from;
		st->from = 0;
	}
	if (st->to == st->size)
		return (SMTP_FLOOD);
	/* A trickling peer must not hold a fast total deadline for ever. */
	if (st->total && mono_past(st->until))
		return (SMTP_TIMEOUT);
	return (read_some(st));
}

void
smtp_stream_take(struct smtp_stream *st, size_t n)
{
	must(n <= st->to - st->from);
	st->from += n;
}

uint64_t
smtp_stream_received(const struct smtp_stream *st)
{
	return (st->received);
}

uint64_t
smtp_stream_sent(const struct smtp_stream *st)
{
	return (st->sent);
}

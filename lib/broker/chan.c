/* SPDX-License-Identifier: ISC */
/*
 * chan - frames of messages between two processes.
 *
 * Distrusts the peer: it may be a process that was taken over. The kernel
 * names it, the matrix says what it may send, the decoder checks the rest.
 */
#include <bsd/sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"

#include "chan.h"

enum role_id role_self;

#define CHAN_FDS	16		/* descriptors in one frame */
#define CHAN_FILL	(CHAN_FRAME_MAX - 8192)	/* send from here on */

struct frame {
	STAILQ_ENTRY(frame)	 next;
	struct buf		 bytes;
	int			 fds[CHAN_FDS];
	size_t			 nfds;
};

struct chan {
	int		 fd;
	enum role_id	 peer;
	pid_t		 pid;
	bool		 server;	/* the peer is the client */
	bool		 gone;

	struct buf	 in;		/* the frame that is being read */
	struct view	 rest;		/* of it, not yet taken */
	int		 in_fds[CHAN_FDS];
	size_t		 in_nfds, in_next;
	enum verb	 verb;		/* the current message */
	struct view	 fields;

	struct buf	 out;		/* the frame that is being filled */
	int		 out_fds[CHAN_FDS];
	size_t		 out_nfds;

	struct loop	*loop;		/* with chan_watch() only: */
	struct watch	*watch;
	chan_fn		 fn;
	void		*arg;
	STAILQ_HEAD(, frame) pending;	/* what the kernel did not take */
	size_t		 pending_bytes;
};

static struct chan *
chan_new(int fd, enum role_id peer, pid_t pid, bool server)
{
	struct chan *ch = xcalloc(1, sizeof(*ch));

	ch->fd = fd;
	ch->peer = peer;
	ch->pid = pid;
	ch->server = server;
	buf_init(&ch->in, CHAN_FRAME_MAX);
	buf_init(&ch->out, CHAN_FRAME_MAX);
	STAILQ_INIT(&ch->pending);
	return (ch);
}

struct chan *
chan_client(int fd, enum role_id server)
{
	return (chan_new(fd, server, 0, false));
}

struct chan *
chan_server(int fd, enum role_id client, pid_t pid)
{
	return (chan_new(fd, client, pid, true));
}

static void
drop_fds(int *fds, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		fd_close(&fds[i]);
}

static void
frame_free(struct frame *f)
{
	drop_fds(f->fds, 0, f->nfds);
	buf_fini(&f->bytes);
	xfree(&f);
}

static void
close_down(struct chan *ch)
{
	struct frame *f;

	ch->gone = true;
	ch->rest.n = 0;
	drop_fds(ch->in_fds, ch->in_next, ch->in_nfds);
	ch->in_next = ch->in_nfds = 0;
	drop_fds(ch->out_fds, 0, ch->out_nfds);
	ch->out_nfds = 0;
	while ((f = STAILQ_FIRST(&ch->pending)) != NULL) {
		STAILQ_REMOVE_HEAD(&ch->pending, next);
		frame_free(f);
	}
	ch->pending_bytes = 0;
}

void
chan_free(struct chan **chp)
{
	struct chan *ch = *chp;

	if (ch == NULL)
		return;
	*chp = NULL;
	close_down(ch);
	watch_free(&ch->watch);
	fd_close(&ch->fd);
	buf_fini(&ch->in);
	buf_fini(&ch->out);
	xfree(&ch);
}

int
chan_socket(const struct chan *ch)
{
	return (ch->fd);
}

enum role_id
chan_peer(const struct chan *ch)
{
	return (ch->peer);
}

pid_t
chan_pid(const struct chan *ch)
{
	return (ch->pid);
}

bool
chan_more(const struct chan *ch)
{
	return (ch->rest.n != 0);
}

static const char *
peer_name(const struct chan *ch)
{
	return (policy_table[ch->peer].name);
}

void
chan_refuse(struct chan *ch, const char *why)
{
	if (!ch->gone)
		log_warn("channel with %s(%ld) closed: %s: %s",
		    peer_name(ch), (long)ch->pid, msg_defs[ch->verb].name,
		    why);
	close_down(ch);
}

/* Sending. */

static int
keep_frame(struct chan *ch)
{
	struct frame *f;

	if (ch->pending_bytes + ch->out.n > CHAN_PENDING_MAX) {
		errno = ENOBUFS;
		return (-1);
	}
	f = xcalloc(1, sizeof(*f));
	buf_init(&f->bytes, CHAN_FRAME_MAX);
	buf_xput(&f->bytes, ch->out.p, ch->out.n);
	memcpy(f->fds, ch->out_fds, sizeof(f->fds));
	f->nfds = ch->out_nfds;
	ch->out_nfds = 0;
	ch->pending_bytes += f->bytes.n;
	buf_reset(&ch->out);
	STAILQ_INSERT_TAIL(&ch->pending, f, next);
	watch_set(ch->watch, EV_IN | EV_OUT);
	return (0);
}

/* The kernel's "not now": its buffer is full, or too many fds are on the way. */
static bool
is_busy(int error)
{
	return (error == EAGAIN || error == ETOOMANYREFS || error == ENOBUFS);
}

/* A socket short of descriptors looks writable: look again a little later. */
static int
wait_busy(int fd, int error, struct mono deadline)
{
	if (error == EAGAIN)
		return (fd_wait(fd, POLLOUT, deadline));
	(void)poll(NULL, 0, 5);
	return (!mono_past(deadline));
}

static int
send_frame(struct chan *ch, struct mono deadline)
{
	while (fd_send(ch->fd, ch->out.p, ch->out.n, ch->out_fds,
	    ch->out_nfds, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		if (errno == EINTR)
			continue;
		if (!is_busy(errno))
			goto out;
		if (ch->loop != NULL)
			return (keep_frame(ch));
		if (wait_busy(ch->fd, errno, deadline) <= 0) {
			errno = ETIMEDOUT;
			goto out;
		}
	}
	drop_fds(ch->out_fds, 0, ch->out_nfds);
	ch->out_nfds = 0;
	buf_reset(&ch->out);
	return (0);
out:
	close_down(ch);
	return (-1);
}

int
chan_flush(struct chan *ch, struct mono deadline)
{
	if (ch->gone) {
		errno = EPIPE;
		return (-1);
	}
	if (ch->out.n == 0)
		return (0);
	if (!STAILQ_EMPTY(&ch->pending))
		return (keep_frame(ch));
	return (send_frame(ch, deadline));
}

int
chan_put(struct chan *ch, enum verb verb, const void *msg)
{
	if (ch->gone) {
		errno = EPIPE;
		return (-1);
	}
	if (msg_put(&ch->out, verb, msg) < 0) {
		if (ch->out.n == 0) {
			errno = EMSGSIZE;
			return (-1);
		}
		if (chan_flush(ch, MONO_NEVER) < 0)
			return (-1);
		if (msg_put(&ch->out, verb, msg) < 0) {
			errno = EMSGSIZE;
			return (-1);
		}
	}
	if (ch->out.n >= CHAN_FILL)
		return (chan_flush(ch, MONO_NEVER));
	return (0);
}

int
chan_put_fd(struct chan *ch, enum verb verb, const void *msg, int fd)
{
	int copy;

	if (ch->out_nfds == CHAN_FDS && chan_flush(ch, MONO_NEVER) < 0)
		return (-1);
	/* A full frame must not go out between the message and its fd. */
	if (ch->out.n >= CHAN_FILL / 2 && chan_flush(ch, MONO_NEVER) < 0)
		return (-1);
	if ((copy = dup(fd)) < 0)
		return (-1);
	if (msg_put(&ch->out, verb, msg) < 0) {
		fd_close(&copy);
		errno = ch->gone ? EPIPE : EMSGSIZE;
		return (-1);
	}
	ch->out_fds[ch->out_nfds++] = copy;
	return (0);
}

static void
send_pending(struct chan *ch)
{
	struct frame *f;

	while ((f = STAILQ_FIRST(&ch->pending)) != NULL) {
		if (fd_send(ch->fd, f->bytes.p, f->bytes.n, f->fds, f->nfds,
		    MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
			if (errno == EINTR)
				continue;
			if (!is_busy(errno))
				close_down(ch);
			return;
		}
		STAILQ_REMOVE_HEAD(&ch->pending, next);
		ch->pending_bytes -= f->bytes.n;
		frame_free(f);
	}
	watch_set(ch->watch, EV_IN);
}

/* Receiving. */

/*
 * Room for what the next frame has, and no more: a channel is kept, and most
 * frames are small. Of one that is too large fd_recv() will say so.
 */
static size_t
room_for_next(int fd)
{
	ssize_t n = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);

	if (n <= 0)
		return (1);
	return (n < CHAN_FRAME_MAX ? (size_t)n : CHAN_FRAME_MAX);
}

static enum chan_got
receive(struct chan *ch, struct mono deadline)
{
	size_t room, nfds = CHAN_FDS;
	ssize_t n;
	int ready;

	drop_fds(ch->in_fds, ch->in_next, ch->in_nfds);
	ch->in_next = ch->in_nfds = 0;
	buf_reset(&ch->in);
	if (ch->loop == NULL) {
		while ((ready = fd_wait(ch->fd, POLLIN, deadline)) <= 0) {
			if (ready == 0)
				return (CHAN_AGAIN);
			if (errno != EINTR)
				goto out;
		}
	}
	room = room_for_next(ch->fd);
	do
		n = fd_recv(ch->fd, buf_room(&ch->in, room), room, ch->in_fds,
		    &nfds, NULL, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return (CHAN_AGAIN);
	if (n < 0 && errno == EMSGSIZE)
		log_warn("channel with %s(%ld) closed: frame was cut",
		    peer_name(ch), (long)ch->pid);
	if (n <= 0)
		goto out;
	ch->in_nfds = nfds;
	buf_add(&ch->in, (size_t)n);
	ch->rest = buf_view(&ch->in);
	return (CHAN_MESSAGE);
out:
	close_down(ch);
	return (CHAN_GONE);
}

static bool
may_send(const struct chan *ch, enum verb verb)
{
	if (ch->server)
		return (policy_may_ask(ch->peer, role_self, verb));
	return (policy_may_reply(ch->peer, verb));
}

enum chan_got
chan_next(struct chan *ch, struct mono deadline, enum verb *verb)
{
	enum chan_got got;

	if (ch->gone)
		return (CHAN_GONE);
	if (ch->rest.n == 0 &&
	    (got = receive(ch, deadline)) != CHAN_MESSAGE)
		return (got);
	if (!msg_next(&ch->rest, &ch->verb, &ch->fields)) {
		log_warn("channel with %s(%ld) closed: malformed frame",
		    peer_name(ch), (long)ch->pid);
		close_down(ch);
		return (CHAN_GONE);
	}
	if (!may_send(ch, ch->verb)) {
		chan_refuse(ch, "not granted to this role");
		return (CHAN_GONE);
	}
	*verb = ch->verb;
	return (CHAN_MESSAGE);
}

bool
chan_get(struct chan *ch, void *msg)
{
	const char *why;

	if (msg_get(ch->verb, ch->fields, msg, &why))
		return (true);
	chan_refuse(ch, why);
	return (false);
}

int
chan_take_fd(struct chan *ch)
{
	if (ch->in_next == ch->in_nfds)
		return (-1);
	return (ch->in_fds[ch->in_next++]);
}

int
chan_call(struct chan *ch, enum verb verb, const void *msg, enum verb reply,
    void *out, struct mono deadline)
{
	enum verb got;

	if (chan_put(ch, verb, msg) < 0 || chan_flush(ch, deadline) < 0)
		return (-1);
	switch (chan_next(ch, deadline, &got)) {
	case CHAN_AGAIN:
		errno = ETIMEDOUT;
		return (-1);
	case CHAN_GONE:
		errno = EPIPE;
		return (-1);
	case CHAN_MESSAGE:
		break;
	}
	if (got != reply) {
		chan_refuse(ch, "unexpected reply");
		errno = EPROTO;
		return (-1);
	}
	if (!chan_get(ch, out)) {
		errno = EPROTO;
		return (-1);
	}
	return (0);
}

/* In a loop. */

static void
ready(int fd, int events, void *arg)
{
	struct chan *ch = arg;

	(void)fd;
	if (events & EV_OUT)
		send_pending(ch);
	if ((events & EV_IN) || ch->gone)
		ch->fn(ch, ch->arg);
}

void
chan_watch(struct chan *ch, struct loop *l, chan_fn fn, void *arg)
{
	ch->fn = fn;
	ch->arg = arg;
	if (ch->loop != NULL)
		return;
	ch->loop = l;
	fd_nonblock(ch->fd, true);
	ch->watch = watch_new(l, ch->fd, EV_IN, ready, ch);
}

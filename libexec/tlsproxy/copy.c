/* SPDX-License-Identifier: ISC */
/*
 * copy - plaintext one way, TLS the other, until one of them is over.
 *
 * One buffer each way, filled only when it is empty: who does not read is not
 * read from. An end that is closed in order is passed on as such (RFC 8446
 * 6.1: each direction by itself); anything else ends both at once.
 */
#include <sys/socket.h>

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/uninit.h"

#include "tlsproxy.h"

#define PIECE		(16 * 1024)	/* the most that a TLS record has */
#define LINGER		span_s(5)	/* for the other close_notify */

struct way {				/* one direction */
	char	 bytes[PIECE];
	size_t	 at, n;
	bool	 end;			/* its source has ended */
	bool	 told;			/* its sink knows */
};

struct copier {
	SSL	*ssl;
	int	 fd, plain;
	struct way in, out;		/* from the peer, to it */
	short	 want_fd, want_plain;	/* events to wait for */
	bool	 moved;
	bool	 over;
};

/* What a call of OpenSSL waits for; false: the session is broken. */
static bool
wants(struct copier *c, int rc)
{
	switch (SSL_get_error(c->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		c->want_fd |= POLLIN;
		return (true);
	case SSL_ERROR_WANT_WRITE:
		c->want_fd |= POLLOUT;
		return (true);
	default:
		ERR_clear_error();
		return (false);
	}
}

static void
read_tls(struct copier *c)
{
	struct way *w = &c->in;
	int n;

	if (w->n > 0 || w->end)
		return;
	ERR_clear_error();
	n = SSL_read(c->ssl, w->bytes, sizeof(w->bytes));
	if (n > 0) {
		w->at = 0;
		w->n = (size_t)n;
		c->moved = true;
	} else if (SSL_get_error(c->ssl, n) == SSL_ERROR_ZERO_RETURN)
		w->end = c->moved = true;
	else if (!wants(c, n))
		c->over = true;		/* cut off: nobody gets an answer */
}

static void
write_plain(struct copier *c)
{
	struct way *w = &c->in;
	ssize_t n;

	if (w->n > 0) {
		n = send(c->plain, w->bytes + w->at, w->n, MSG_DONTWAIT |
		    MSG_NOSIGNAL);
		if (n > 0) {
			w->at += (size_t)n;
			w->n -= (size_t)n;
			c->moved = true;
		} else if (errno == EAGAIN)
			c->want_plain |= POLLOUT;
		else if (errno != EINTR) {
			/* Nobody reads any more; what he said still goes. */
			w->n = 0;
			w->end = w->told = true;
		}
	}
	if (w->n == 0 && w->end && !w->told) {
		(void)shutdown(c->plain, SHUT_WR);
		w->told = true;
	}
}

static void
read_plain(struct copier *c)
{
	struct way *w = &c->out;
	ssize_t n;

	if (w->n > 0 || w->end)
		return;
	n = recv(c->plain, w->bytes, sizeof(w->bytes), MSG_DONTWAIT);
	if (n > 0) {
		w->at = 0;
		w->n = (size_t)n;
		c->moved = true;
	} else if (n < 0 && errno == EAGAIN)
		c->want_plain |= POLLIN;
	else if (n == 0 || errno != EINTR)
		w->end = c->moved = true;
}

static void
write_tls(struct copier *c)
{
	struct way *w = &c->out;
	int n;

	ERR_clear_error();
	if (w->n > 0) {
		n = SSL_write(c->ssl, w->bytes + w->at, (int)w->n);
		if (n > 0) {
			w->at += (size_t)n;
			w->n -= (size_t)n;
			c->moved = true;
		} else if (!wants(c, n))
			c->over = true;
	}
	if (w->n == 0 && w->end && !w->told) {
		n = SSL_shutdown(c->ssl);
		if (n >= 0)
			w->told = c->moved = true;
		else if (!wants(c, n))
			c->over = true;
	}
}

static bool
wait_more(struct copier *c, struct mono by)
{
	struct pollfd pfd[2] = { { c->fd, c->want_fd, 0 },
		{ c->want_plain != 0 ? c->plain : -1, c->want_plain, 0 } };
	int n;

	do
		n = poll(pfd, 2, mono_poll_ms(by));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		log_warn("poll: %m");
	/* A connection that is gone, while we only wait for our own side. */
	if (n > 0 && c->want_fd == 0 && (pfd[0].revents & (POLLERR |
	    POLLHUP)) != 0)
		return (false);
	return (n > 0);
}

/* The last words are out: a close with input unread would take them back. */
static void
part(struct copier *c, bool fast)
{
	const struct mono by = mono_in(LINGER);

	(void)shutdown(c->fd, SHUT_WR);
	for (;;) {
		ssize_t n = recv(c->fd, c->in.bytes, sizeof(c->in.bytes),
		    MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return;
		if (n < 0 && (fast || fd_wait(c->fd, POLLIN, by) <= 0))
			return;
		if (mono_past(by))
			return;
	}
}

void
copy(struct session_tls *t, int plain)
{
	struct copier c = { .ssl = t->ssl, .fd = t->fd, .plain = plain };
	const bool fast = cf->tls_fast_shutdown_enable;
	bool stuck;

	for (;;) {
		c.want_fd = c.want_plain = 0;
		c.moved = false;
		read_plain(&c);
		write_tls(&c);
		read_tls(&c);
		write_plain(&c);
		if (c.over)
			return;
		if (c.out.told) {
			part(&c, fast);
			return;
		}
		if (c.moved)
			continue;
		/* How long a session may be idle is for its owner to say. */
		stuck = c.out.n > 0 || c.out.end;
		if (!wait_more(&c, stuck ? mono_in(t->timeout) : MONO_NEVER))
			return;
	}
}

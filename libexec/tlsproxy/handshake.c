/* SPDX-License-Identifier: ISC */
/* handshake - with a time limit for all of it; and why it has failed. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"

#include "tlsproxy.h"

static bool
start(struct session_tls *t)
{
	SSL_CTX *ctx = t->ctx != NULL ? t->ctx : t->service->ctx;

	fd_nonblock(t->fd, true);
	if (t->ssl == NULL && (t->ssl = SSL_new(ctx)) == NULL)
		return (false);
	if (SSL_set_fd(t->ssl, t->fd) != 1)
		return (false);
	if (t->client)
		SSL_set_connect_state(t->ssl);
	else
		SSL_set_accept_state(t->ssl);
	return (true);
}

/* Why it ended: what Postfix says behind "SSL_accept error from host: ". */
static const char *
reason(struct session_tls *t, int error, int saved)
{
	if (error == SSL_ERROR_SYSCALL && saved != 0)
		return (arena_str(t->arena, strerror(saved)));
	if (error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN)
		return ("lost connection");
	return ("-1");
}

bool
handshake(struct session_tls *t, const char **why, const char **problem)
{
	const struct mono by = mono_in(t->timeout);
	int rc, error, ready;

	ERR_clear_error();
	if (!start(t)) {
		*why = "-1";
		*problem = problem_text(t->arena);
		return (false);
	}
	for (;;) {
		errno = 0;
		if ((rc = SSL_do_handshake(t->ssl)) == 1)
			return (true);
		const int saved = errno;

		error = SSL_get_error(t->ssl, rc);
		if (error != SSL_ERROR_WANT_READ &&
		    error != SSL_ERROR_WANT_WRITE) {
			*why = reason(t, error, saved);
			*problem = problem_text(t->arena);
			/* An EOF that OpenSSL words as an error of its own. */
			if (strstr(*problem, "unexpected eof") != NULL) {
				*why = "lost connection";
				*problem = "";
			}
			return (false);
		}
		ready = fd_wait(t->fd, error == SSL_ERROR_WANT_READ ? POLLIN :
		    POLLOUT, by);
		if (ready == 0)
			errno = ETIMEDOUT;
		if (ready <= 0) {
			*why = arena_str(t->arena, strerror(errno));
			return (false);
		}
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * tlsproxy - TLS for those who do not link it.
 *
 * A worker does one handshake over a connection that it was handed, tells its
 * caller what was agreed on, and from then on copies bytes (tlsproxy.h of
 * lib/proto). What all workers share, the contexts, is made before there is
 * a client.
 *
 * Trusts: master(8), which gave it parameters and the certificates of
 * authorities; tlskey(8), for signatures. Distrusts: the other end of the
 * connection, and the caller as far as what it says can be checked.
 * Never has: a private key, a socket of its own making but the pair whose
 * other end it gives away.
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/role.h"

#include "tlsproxy.h"

#define LIFE_MAX	(4 * 1024 * 1024)	/* bytes of texts in a session */
#define ASK_WAIT	span_s(3600)	/* for a caller that waits itself */

static void
prepare(void)
{
	keys_prepare();
}

static void
init(void)
{
	services_open();
}

static bool
find_service(struct session_tls *t, struct chan *ch, const char *name,
    uint32_t timeout_ms)
{
	const char *role = policy_table[chan_peer(ch)].name;

	t->timeout = span_ms(timeout_ms > 0 ? timeout_ms : 1);
	t->service = service_find(role, name);
	if (t->service != NULL && t->service->wanted &&
	    t->client == (t->service->purpose != TLSKEY_SERVER) &&
	    keys_open(t->service))
		return (true);
	log_warn("TLS for service %s of %s is not available", name, role);
	return (false);
}

static bool
is_stream(int fd)
{
	int type = 0;
	socklen_t n = sizeof(type);

	return (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) ==
	    0 && type == SOCK_STREAM);
}

/* The other end of the plaintext goes to the caller with the description. */
static int
answer(struct session_tls *t, struct chan *ch, const char *why,
    const char *problem)
{
	struct msg_tls_done done = { .status = TLS_FAILED };
	struct mono by = mono_in(t->timeout);
	int sv[2] = { -1, -1 }, rc;

	if (why != NULL) {
		done.why = why;
		done.problem = problem;
		if (chan_put(ch, V_tls_done, &done) == 0 &&
		    chan_flush(ch, by) == 0)
			return (-1);
		log_warn("problem talking to the caller: %m");
		return (-1);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		fatal("socketpair: %m");
	describe(t, &done);
	rc = chan_put_fd(ch, V_tls_done, &done, sv[1]);
	if (rc == 0)
		rc = chan_flush(ch, by);
	fd_close(&sv[1]);
	if (rc < 0) {
		log_warn("problem talking to the caller: %m");
		fd_close(&sv[0]);
	}
	return (sv[0]);
}

static void
run(struct session_tls *t, struct chan **ch)
{
	const char *why = NULL, *problem = "";
	int plain;

	t->fd = chan_take_fd(*ch);
	if (!is_stream(t->fd)) {
		chan_refuse(*ch, "no connection came with it");
		return;
	}
	(void)handshake(t, &why, &problem);
	keys_close();
	plain = answer(t, *ch, why, problem);
	/* Nothing more is said: the end of either stream is the end. */
	chan_free(ch);
	if (plain >= 0)
		copy(t, plain);
	fd_close(&plain);
}

/* What the caller wants; false: the session is over. */
static bool
take_order(struct session_tls *t, struct chan *ch, bool *ready)
{
	struct mono by = mono_in(ASK_WAIT);
	struct msg_tls_server server;
	struct msg_tls_client client;
	enum verb verb;

	if (chan_next(ch, by, &verb) != CHAN_MESSAGE)
		return (false);
	if (verb == V_tls_server) {
		if (!chan_get(ch, &server))
			return (false);
		*ready = find_service(t, ch, server.service,
		    server.timeout_ms);
		return (true);
	}
	if (verb == V_tls_client) {
		if (!chan_get(ch, &client))
			return (false);
		t->client = true;
		*ready = find_service(t, ch, client.service,
		    client.timeout_ms) && client_order(t, ch, &client, by);
		return (true);
	}
	chan_refuse(ch, "not at this point");
	return (false);
}

static bool
order(struct session_tls *t, struct chan *ch)
{
	struct msg_tls_ready m = { .status = TLS_UNAVAILABLE };
	bool ready = false;

	if (!take_order(t, ch, &ready))
		return (false);
	keys_shut();
	if (ready)
		m.status = TLS_OK;
	return (chan_put(ch, V_tls_ready, &m) == 0 &&
	    chan_flush(ch, mono_in(t->timeout)) == 0 && ready);
}

static void
session(struct session *s)
{
	struct session_tls t = { .fd = -1 };
	struct msg_tls_start start;
	enum verb verb;

	if (s->chan == NULL)
		return;
	t.arena = arena_new(LIFE_MAX);
	if (order(&t, s->chan) && chan_next(s->chan, mono_in(ASK_WAIT),
	    &verb) == CHAN_MESSAGE) {
		if (verb != V_tls_start)
			chan_refuse(s->chan, "not at this point");
		else if (chan_get(s->chan, &start))
			run(&t, &s->chan);
	}
	SSL_free(t.ssl);
	SSL_CTX_free(t.ctx);
	fd_close(&t.fd);
	arena_free(&t.arena);
}

static const struct role tlsproxy = {
	.filter = &policy_filter_tlsproxy,
	.id = ROLE_TLSPROXY,
	.prepare = prepare,
	.init = init,
	.session = session,
};

int
main(int argc, char **argv)
{
	return (role_main(&tlsproxy, argc, argv));
}

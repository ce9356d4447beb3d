/* SPDX-License-Identifier: ISC */
/*
 * The copying between TLS and plaintext: in a process of its own, with a TLS
 * client on one side and what smtpd would be on the other.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "tlsproxy.h"

#define BULK	((size_t)25 * 1024 * 1024)
#define PIECE	((size_t)10000)

static struct params params;
static int net[2], plain[2];
static pid_t worker;
static SSL *client;

static void
ignore_sigpipe(void)
{
	const struct sigaction ign = { .sa_handler = SIG_IGN };

	ATF_REQUIRE(sigaction(SIGPIPE, &ign, NULL) == 0);
}

/* A certificate of its own, with a key that only this test has. */
static SSL_CTX *
server_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();

	ATF_REQUIRE(ctx != NULL && key != NULL && cert != NULL);
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert), 1000);
	ATF_REQUIRE(X509_set_pubkey(cert, key) == 1 &&
	    X509_sign(cert, key, EVP_sha256()) > 0 &&
	    SSL_CTX_use_certificate(ctx, cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, key) == 1);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	X509_free(cert);
	EVP_PKEY_free(key);
	return (ctx);
}

static void
work(SSL_CTX *ctx, struct span timeout)
{
	struct session_tls t = { .arena = arena_new(0), .fd = net[1],
		.timeout = timeout };

	ignore_sigpipe();
	(void)close(net[0]);
	(void)close(plain[0]);
	if ((t.ssl = SSL_new(ctx)) == NULL || SSL_set_fd(t.ssl, net[1]) != 1 ||
	    SSL_accept(t.ssl) != 1)
		_exit(1);
	fd_nonblock(net[1], true);
	copy(&t, plain[1]);
	_exit(0);
}

static void
begin(struct span timeout, int version)
{
	SSL_CTX *ctx = server_context();

	params.tls_fast_shutdown_enable = true;
	cf = &params;
	ignore_sigpipe();
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, net) == 0);
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, plain) == 0);
	ATF_REQUIRE((worker = fork()) >= 0);
	if (worker == 0)
		work(ctx, timeout);
	SSL_CTX_free(ctx);
	fd_close(&net[1]);
	fd_close(&plain[1]);
	ctx = SSL_CTX_new(TLS_client_method());
	ATF_REQUIRE(SSL_CTX_set_max_proto_version(ctx, version) == 1);
	ATF_REQUIRE((client = SSL_new(ctx)) != NULL &&
	    SSL_set_fd(client, net[0]) == 1);
	ATF_REQUIRE_EQ(1, SSL_connect(client));
	SSL_CTX_free(ctx);
}

/* The worker has ended in order, all by itself. */
static void
ended(void)
{
	int status;

	ATF_REQUIRE_EQ(worker, waitpid(worker, &status, 0));
	ATF_CHECK_EQ(0, status);
	SSL_free(client);
	fd_close(&net[0]);
	fd_close(&plain[0]);
}

static unsigned char
byte_at(size_t i)
{
	return ((unsigned char)(i * 7 + i / 251));
}

static void
fill(unsigned char *p, size_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = byte_at(from + i);
}

static bool
is_right(const unsigned char *p, size_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte_at(from + i))
			return (false);
	return (true);
}

/* Takes all, then gives all: what smtpd is to the worker. */
static void
server_of_bulk(void)
{
	unsigned char b[PIECE];
	size_t done = 0;
	ssize_t n;

	while (done < BULK) {
		if ((n = recv(plain[0], b, sizeof(b), 0)) <= 0 ||
		    !is_right(b, done, (size_t)n))
			_exit(1);
		done += (size_t)n;
	}
	for (done = 0; done < BULK; done += (size_t)n) {
		n = (ssize_t)(BULK - done < PIECE ? BULK - done : PIECE);
		fill(b, done, (size_t)n);
		if (fd_write_all(plain[0], b, (size_t)n) < 0)
			_exit(2);
	}
	_exit(0);
}

static void
bulk_with(int version)
{
	unsigned char b[PIECE];
	size_t done = 0;
	int n, status;
	pid_t server;

	begin(span_s(60), version);
	ATF_REQUIRE((server = fork()) >= 0);
	if (server == 0)
		server_of_bulk();
	fd_close(&plain[0]);
	while (done < BULK) {
		fill(b, done, PIECE);
		n = SSL_write(client, b, (int)(BULK - done < PIECE ?
		    BULK - done : PIECE));
		ATF_REQUIRE(n > 0);
		done += (size_t)n;
	}
	for (done = 0; done < BULK; done += (size_t)n) {
		ATF_REQUIRE((n = SSL_read(client, b, sizeof(b))) > 0);
		ATF_REQUIRE_MSG(is_right(b, done, (size_t)n), "at %zu", done);
	}
	ATF_CHECK_EQ(0, SSL_read(client, b, sizeof(b)));
	ATF_CHECK_EQ(SSL_ERROR_ZERO_RETURN, SSL_get_error(client, 0));
	ATF_REQUIRE_EQ(server, waitpid(server, &status, 0));
	ATF_CHECK_EQ(0, status);
	ended();
}

ATF_TC_WITHOUT_HEAD(bulk);
ATF_TC_BODY(bulk, tc)
{
	(void)tc;
	bulk_with(TLS1_3_VERSION);
	bulk_with(TLS1_2_VERSION);
}

/* RFC 8446 6.1: who has said all can still hear the answer. */
ATF_TC_WITHOUT_HEAD(client_closes);
ATF_TC_BODY(client_closes, tc)
{
	char b[100];

	(void)tc;
	begin(span_s(60), TLS1_3_VERSION);
	ATF_REQUIRE_EQ(5, SSL_write(client, "hello", 5));
	ATF_REQUIRE_EQ(0, SSL_shutdown(client));
	ATF_REQUIRE_EQ(5, recv(plain[0], b, sizeof(b), MSG_WAITALL));
	ATF_CHECK_EQ(0, recv(plain[0], b, sizeof(b), 0));
	ATF_REQUIRE_EQ(3, send(plain[0], "bye", 3, 0));
	fd_close(&plain[0]);
	ATF_CHECK_EQ(3, SSL_read(client, b, sizeof(b)));
	ATF_CHECK(memcmp(b, "bye", 3) == 0);
	ATF_CHECK_EQ(1, SSL_shutdown(client));
	ended();
}

ATF_TC_WITHOUT_HEAD(server_closes);
ATF_TC_BODY(server_closes, tc)
{
	char b[100];

	(void)tc;
	begin(span_s(60), TLS1_3_VERSION);
	ATF_REQUIRE_EQ(7, send(plain[0], "221 Bye", 7, 0));
	fd_close(&plain[0]);
	ATF_CHECK_EQ(7, SSL_read(client, b, sizeof(b)));
	ATF_CHECK_EQ(0, SSL_read(client, b, sizeof(b)));
	ATF_CHECK_EQ(SSL_ERROR_ZERO_RETURN, SSL_get_error(client, 0));
	ended();
}

/* Cut off: the other side hears it at once, and what came before it. */
ATF_TC_WITHOUT_HEAD(cut_off);
ATF_TC_BODY(cut_off, tc)
{
	char b[100];

	(void)tc;
	begin(span_s(60), TLS1_3_VERSION);
	ATF_REQUIRE_EQ(5, SSL_write(client, "hello", 5));
	fd_close(&net[0]);
	ATF_CHECK_EQ(5, recv(plain[0], b, sizeof(b), MSG_WAITALL));
	ATF_CHECK_EQ(0, recv(plain[0], b, sizeof(b), 0));
	ended();
}

/* Bytes that are no TLS end the session. */
ATF_TC_WITHOUT_HEAD(garbage);
ATF_TC_BODY(garbage, tc)
{
	char b[100];

	(void)tc;
	begin(span_s(60), TLS1_3_VERSION);
	ATF_REQUIRE_EQ(16, send(net[0], "MAIL FROM:<a@b>\n", 16, 0));
	ATF_CHECK_EQ(0, recv(plain[0], b, sizeof(b), 0));
	ended();
}

/* A peer that takes nothing is given up, and does not fill our memory. */
ATF_TC_WITHOUT_HEAD(stuck);
ATF_TC_BODY(stuck, tc)
{
	static char b[65536];
	const struct mono by = mono_in(span_s(20));
	size_t sent = 0;
	ssize_t n;

	(void)tc;
	begin(span_ms(300), TLS1_3_VERSION);
	fd_nonblock(plain[0], true);
	while (!mono_past(by)) {
		if ((n = send(plain[0], b, sizeof(b), MSG_NOSIGNAL)) > 0) {
			sent += (size_t)n;
			continue;
		}
		if (errno != EAGAIN)
			break;
		if (fd_wait(plain[0], POLLOUT, by) < 0)
			break;
	}
	ATF_CHECK_MSG(errno == EPIPE || errno == ECONNRESET, "errno %d",
	    errno);
	ATF_CHECK_MSG(sent < 4 * 1024 * 1024, "%zu bytes taken", sent);
	ended();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, bulk);
	ATF_TP_ADD_TC(tp, client_closes);
	ATF_TP_ADD_TC(tp, server_closes);
	ATF_TP_ADD_TC(tp, cut_off);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, stuck);
	return (atf_no_error());
}

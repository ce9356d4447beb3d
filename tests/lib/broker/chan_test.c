/* SPDX-License-Identifier: ISC */
/* Channels: what goes through, and how each kind of bad peer ends. */
#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/chan.h"

static char last_log[LOG_LINE_MAX + 1];

static void
keep_log(enum log_level level, const char *line, size_t n)
{
	(void)level;
	(void)n;
	(void)snprintf(last_log, sizeof(last_log), "%s", line);
}

/* qmgr, as a server, and one of its clients; raw is the client's socket. */
static struct chan *server;
static int raw;

static void
open_pair(enum role_id client)
{
	int sv[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    sv) == 0);
	log_open("test", keep_log);
	role_self = ROLE_QMGR;
	server = chan_server(sv[0], client, 4711);
	raw = sv[1];
}

static enum chan_got
next(void)
{
	enum verb v;

	return (chan_next(server, mono_in(span_ms(200)), &v));
}

static void
send_message(enum verb v, const void *msg)
{
	struct buf b;

	buf_init(&b, CHAN_FRAME_MAX);
	ATF_REQUIRE(msg_put(&b, v, msg) == 0);
	ATF_REQUIRE(send(raw, b.p, b.n, 0) == (ssize_t)b.n);
	buf_fini(&b);
}

ATF_TC_WITHOUT_HEAD(granted);
ATF_TC_BODY(granted, tc)
{
	struct msg_queue_new m = { "4ABC", 42 }, got;

	(void)tc;
	open_pair(ROLE_CLEANUP);
	send_message(V_queue_new, &m);
	ATF_REQUIRE_EQ(CHAN_MESSAGE, next());
	ATF_REQUIRE(chan_get(server, &got));
	ATF_CHECK_STREQ("4ABC", got.queue_id);
	ATF_CHECK_EQ(42, got.size);
	ATF_CHECK_EQ(-1, chan_take_fd(server));
}

ATF_TC_WITHOUT_HEAD(not_granted);
ATF_TC_BODY(not_granted, tc)
{
	struct msg_queue_new m = { "4ABC", 42 };

	(void)tc;
	open_pair(ROLE_SMTP);
	send_message(V_queue_new, &m);
	ATF_CHECK_EQ(CHAN_GONE, next());
	ATF_CHECK_MATCH("smtp.4711. closed: queue_new: not granted",
	    last_log);
	/* it stays gone, also for sending */
	ATF_CHECK_EQ(CHAN_GONE, next());
	ATF_CHECK_EQ(-1, chan_put(server, V_queue_done, &m));
}

ATF_TC_WITHOUT_HEAD(reply_from_a_client);
ATF_TC_BODY(reply_from_a_client, tc)
{
	struct msg_queue_done m = { 0 };

	(void)tc;
	open_pair(ROLE_CLEANUP);
	send_message(V_queue_done, &m);
	ATF_CHECK_EQ(CHAN_GONE, next());
}

static const struct {
	const char	*label;
	struct view	 bytes;
} garbage[] = {
	{ "one byte", VIEW("x") },
	{ "unknown verb", VIEW("\377\377\0\0\0\0") },
	{ "length beyond the frame", VIEW("\0\0\377\0\0\0") },
	{ "text", VIEW("GET / HTTP/1.0\r\n\r\n") },
};

ATF_TC_WITHOUT_HEAD(malformed);
ATF_TC_BODY(malformed, tc)
{
	(void)tc;
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		open_pair(ROLE_CLEANUP);
		ATF_REQUIRE(send(raw, garbage[i].bytes.p, garbage[i].bytes.n,
		    0) > 0);
		ATF_CHECK_MSG(next() == CHAN_GONE, "%s", garbage[i].label);
		ATF_CHECK_MATCH("closed", last_log);
		chan_free(&server);
		fd_close(&raw);
	}
}

ATF_TC_WITHOUT_HEAD(peer_dies);
ATF_TC_BODY(peer_dies, tc)
{
	struct msg_queue_new m = { "4ABC", 42 };

	(void)tc;
	open_pair(ROLE_CLEANUP);
	send_message(V_queue_new, &m);
	fd_close(&raw);
	/* what it had said counts; then it is gone */
	ATF_CHECK_EQ(CHAN_MESSAGE, next());
	ATF_CHECK_EQ(CHAN_GONE, next());
}

ATF_TC_WITHOUT_HEAD(silence);
ATF_TC_BODY(silence, tc)
{
	(void)tc;
	open_pair(ROLE_CLEANUP);
	ATF_CHECK_EQ(CHAN_AGAIN, next());
}

ATF_TC_WITHOUT_HEAD(call);
ATF_TC_BODY(call, tc)
{
	struct msg_queue_flush_one q = { "4ABC" };
	struct msg_queue_done done = { 1 }, got = { 0 };
	struct chan *client;
	struct buf b;
	int sv[2];

	(void)tc;
	log_open("test", keep_log);
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv) == 0);
	client = chan_client(sv[0], ROLE_QMGR);
	/* the answer waits already */
	buf_init(&b, 100);
	ATF_REQUIRE(msg_put(&b, V_queue_done, &done) == 0);
	ATF_REQUIRE(send(sv[1], b.p, b.n, 0) > 0);
	ATF_REQUIRE_EQ(0, chan_call(client, V_queue_flush_one, &q,
	    V_queue_done, &got, mono_in(span_s(1))));
	ATF_CHECK_EQ(1, got.status);
	/* none comes */
	ATF_CHECK_EQ(-1, chan_call(client, V_queue_flush_one, &q,
	    V_queue_done, &got, mono_in(span_ms(50))));
	ATF_CHECK_EQ(ETIMEDOUT, errno);
	/* a request where an answer should be */
	buf_reset(&b);
	ATF_REQUIRE(msg_put(&b, V_queue_flush_one, &q) == 0);
	ATF_REQUIRE(send(sv[1], b.p, b.n, 0) > 0);
	ATF_CHECK_EQ(-1, chan_call(client, V_queue_flush_one, &q,
	    V_queue_done, &got, mono_in(span_s(1))));
	ATF_CHECK_EQ(EPIPE, errno);
	buf_fini(&b);
	chan_free(&client);
	fd_close(&sv[1]);
}

ATF_TC_WITHOUT_HEAD(descriptors);
ATF_TC_BODY(descriptors, tc)
{
	struct msg_queue_new m = { "4ABC", 42 };
	struct chan *client;
	enum verb v;
	char byte = 0;
	int sv[2], fds[2], got;

	(void)tc;
	log_open("test", keep_log);
	role_self = ROLE_QMGR;
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv) == 0);
	client = chan_client(sv[0], ROLE_QMGR);
	server = chan_server(sv[1], ROLE_CLEANUP, 1);
	ATF_REQUIRE(pipe(fds) == 0);
	/* two messages in one frame, each with its descriptor */
	ATF_REQUIRE_EQ(0, chan_put_fd(client, V_queue_new, &m, fds[1]));
	ATF_REQUIRE_EQ(0, chan_put_fd(client, V_queue_new, &m, fds[1]));
	ATF_REQUIRE_EQ(0, chan_flush(client, mono_in(span_s(1))));
	fd_close(&fds[1]);
	for (int i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(CHAN_MESSAGE, chan_next(server,
		    mono_in(span_s(1)), &v));
		ATF_REQUIRE((got = chan_take_fd(server)) >= 0);
		ATF_CHECK_EQ(1, write(got, "x", 1));
		fd_close(&got);
	}
	ATF_CHECK(read(fds[0], &byte, 1) == 1 && read(fds[0], &byte, 1) == 1);
	/* one that nobody takes is closed with the next frame */
	chan_free(&client);
	ATF_CHECK_EQ(CHAN_GONE, next());
	ATF_CHECK_EQ(0, read(fds[0], &byte, 1));
}

ATF_TC_WITHOUT_HEAD(many_messages);
ATF_TC_BODY(many_messages, tc)
{
	struct msg_mail_data d;
	struct chan *client;
	char bytes[10000];
	enum verb v;
	int sv[2], n = 0;

	(void)tc;
	log_open("test", keep_log);
	role_self = ROLE_CLEANUP;
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv) == 0);
	client = chan_client(sv[0], ROLE_CLEANUP);
	server = chan_server(sv[1], ROLE_SMTPD, 1);
	memset(bytes, 'a', sizeof(bytes));
	d.bytes = (struct view){ bytes, sizeof(bytes) };
	/* full frames go out by themselves; nothing is lost between them */
	for (int i = 0; i < 12; i++)
		ATF_REQUIRE_EQ(0, chan_put(client, V_mail_data, &d));
	ATF_REQUIRE_EQ(0, chan_flush(client, mono_in(span_s(1))));
	while (n < 12 && chan_next(server, mono_in(span_s(1)), &v) ==
	    CHAN_MESSAGE) {
		struct msg_mail_data got;

		ATF_REQUIRE(chan_get(server, &got));
		ATF_CHECK_EQ(sizeof(bytes), got.bytes.n);
		n++;
	}
	ATF_CHECK_EQ(12, n);
	/* too long for its limit: said, and the channel stays good */
	d.bytes.n = MAIL_CHUNK_MAX + 1;
	d.bytes.p = NULL;
	ATF_CHECK_EQ(-1, chan_put(client, V_mail_data, &d));
	ATF_CHECK_EQ(EMSGSIZE, errno);
	d.bytes = (struct view){ bytes, 1 };
	ATF_CHECK_EQ(0, chan_put(client, V_mail_data, &d));
	chan_free(&client);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, granted);
	ATF_TP_ADD_TC(tp, not_granted);
	ATF_TP_ADD_TC(tp, reply_from_a_client);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, peer_dies);
	ATF_TP_ADD_TC(tp, silence);
	ATF_TP_ADD_TC(tp, call);
	ATF_TP_ADD_TC(tp, descriptors);
	ATF_TP_ADD_TC(tp, many_messages);
	return (atf_no_error());
}

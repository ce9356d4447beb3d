/* SPDX-License-Identifier: ISC */
/* stream_test - deadlines, full sockets, peers that are gone. */
#include <sys/socket.h>

#include <atf-c.h>
#include <string.h>
#include <unistd.h>

#include "smtp/stream.h"

static void
pair(int fd[2])
{
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fd));
}

ATF_TC_WITHOUT_HEAD(read_timeout);
ATF_TC_BODY(read_timeout, tc)
{
	struct smtp_stream *st;
	struct mono start = mono_now();
	int fd[2];

	pair(fd);
	st = smtp_stream_new(fd[0]);
	smtp_stream_timeout(st, span_ms(50));
	ATF_CHECK_EQ(SMTP_TIMEOUT, smtp_stream_fill(st));
	ATF_CHECK(mono_now().ns - start.ns >= 45 * 1000000);
	smtp_stream_free(&st);
}

/* A client that sends a byte now and then does not hold a total deadline. */
ATF_TC_WITHOUT_HEAD(total_deadline);
ATF_TC_BODY(total_deadline, tc)
{
	struct smtp_stream *st;
	struct mono start = mono_now();
	enum smtp_io io = SMTP_OK;
	int fd[2];

	pair(fd);
	st = smtp_stream_new(fd[0]);
	smtp_stream_timeout(st, span_s(60));
	smtp_stream_deadline(st, span_ms(60), INT64_C(1) << 40);
	while (io == SMTP_OK) {
		ATF_REQUIRE_EQ(1, write(fd[1], "x", 1));
		io = smtp_stream_fill(st);
		if (io == SMTP_OK)
			smtp_stream_take(st, 1);
	}
	ATF_CHECK_EQ(SMTP_TIMEOUT, io);
	ATF_CHECK(mono_now().ns - start.ns < INT64_C(5000) * 1000000);
	smtp_stream_free(&st);
}

ATF_TC_WITHOUT_HEAD(peer_gone);
ATF_TC_BODY(peer_gone, tc)
{
	struct smtp_stream *st;
	int fd[2];

	pair(fd);
	ATF_REQUIRE_EQ(2, write(fd[1], "ab", 2));
	close(fd[1]);
	st = smtp_stream_new(fd[0]);
	ATF_CHECK_EQ(SMTP_OK, smtp_stream_fill(st));
	ATF_CHECK_EQ(2, smtp_stream_input(st).n);
	ATF_CHECK(smtp_stream_pending(st));
	smtp_stream_take(st, 2);
	ATF_CHECK(!smtp_stream_pending(st));
	ATF_CHECK_EQ(SMTP_EOF, smtp_stream_fill(st));
	smtp_stream_printf(st, "x\r\n");
	ATF_CHECK_EQ(SMTP_EOF, smtp_stream_flush(st));
	ATF_CHECK_EQ_MSG(SMTP_EOF, smtp_stream_flush(st), "not kept");
	smtp_stream_free(&st);
}

/* A client that does not read: the write ends at its deadline. */
ATF_TC_WITHOUT_HEAD(write_timeout);
ATF_TC_BODY(write_timeout, tc)
{
	static char big[1 << 20];
	struct smtp_stream *st;
	int fd[2];

	pair(fd);
	st = smtp_stream_new(fd[0]);
	smtp_stream_timeout(st, span_ms(50));
	memset(big, 'x', sizeof(big));
	smtp_stream_put(st, big, sizeof(big));
	ATF_CHECK_EQ(SMTP_TIMEOUT, smtp_stream_flush(st));
	smtp_stream_free(&st);
}

ATF_TC_WITHOUT_HEAD(flood);
ATF_TC_BODY(flood, tc)
{
	static char big[SMTP_IN_MAX];
	struct smtp_stream *st;
	int fd[2];
	enum smtp_io io = SMTP_OK;
	size_t sent = 0;

	pair(fd);
	st = smtp_stream_new(fd[0]);
	smtp_stream_timeout(st, span_s(5));
	while (io == SMTP_OK && sent < 100) {
		(void)!send(fd[1], big, 10000, MSG_DONTWAIT);
		io = smtp_stream_fill(st);
		sent++;
	}
	ATF_CHECK_EQ(SMTP_FLOOD, io);
	ATF_CHECK_EQ(SMTP_IN_MAX, smtp_stream_input(st).n);
	smtp_stream_free(&st);
}

ATF_TC_WITHOUT_HEAD(renew);
ATF_TC_BODY(renew, tc)
{
	struct smtp_stream *st;
	int a[2], b[2];

	pair(a);
	pair(b);
	st = smtp_stream_new(a[0]);
	ATF_REQUIRE_EQ(4, write(a[1], "evil", 4));
	ATF_REQUIRE_EQ(SMTP_OK, smtp_stream_fill(st));
	ATF_CHECK_MSG(smtp_stream_renew(st, b[0]), "unused input not told");
	ATF_CHECK_EQ(0, smtp_stream_input(st).n);
	ATF_REQUIRE_EQ(4, write(b[1], "good", 4));
	ATF_REQUIRE_EQ(SMTP_OK, smtp_stream_fill(st));
	ATF_CHECK(view_eq(smtp_stream_input(st), "good"));
	smtp_stream_free(&st);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, read_timeout);
	ATF_TP_ADD_TC(tp, total_deadline);
	ATF_TP_ADD_TC(tp, peer_gone);
	ATF_TP_ADD_TC(tp, write_timeout);
	ATF_TP_ADD_TC(tp, flood);
	ATF_TP_ADD_TC(tp, renew);
	return (atf_no_error());
}

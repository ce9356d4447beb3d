/* SPDX-License-Identifier: ISC */
/* Every message of verbs.def: encode, decode, and what must be refused. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "proto/proto.h"

#define MAX	(1024 * 1024)

/* Fill a message of any kind with good values. */
static void
fill(const struct msg_def *d, char *msg)
{
	for (size_t i = 0; i < d->nfields; i++) {
		const struct msg_field *f = &d->fields[i];
		const char *text = f->limit < 4 ? "t" : "text";
		struct view blob = { "bl\0b", 4 };
		uint32_t u32 = f->limit == 0 ? 77 : f->limit;
		uint64_t u64 = UINT64_C(0x123456789abcdef0);

		switch (f->type) {
		case MSG_U32:
			memcpy(msg + f->offset, &u32, sizeof(u32));
			break;
		case MSG_U64:
			memcpy(msg + f->offset, &u64, sizeof(u64));
			break;
		case MSG_STR:
			memcpy(msg + f->offset, &text, sizeof(text));
			break;
		case MSG_BLOB:
			memcpy(msg + f->offset, &blob, sizeof(blob));
			break;
		}
	}
}

static void
encode(enum verb v, struct buf *b)
{
	char msg[1024] = { 0 };

	ATF_REQUIRE(msg_defs[v].size <= sizeof(msg));
	fill(&msg_defs[v], msg);
	buf_reset(b);
	ATF_REQUIRE_MSG(msg_put(b, v, msg) == 0, "%s", msg_defs[v].name);
}

static bool
decode(enum verb v, struct view fields)
{
	char msg[1024];
	const char *why = NULL;

	return (msg_get(v, fields, msg, &why));
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	struct buf b, again;
	char msg[1024];
	const char *why;

	(void)tc;
	buf_init(&b, MAX);
	buf_init(&again, MAX);
	for (int v = 0; v < V_COUNT; v++) {
		struct view in, fields;
		enum verb got;

		encode((enum verb)v, &b);
		in = buf_view(&b);
		ATF_REQUIRE(msg_next(&in, &got, &fields));
		ATF_CHECK_EQ(v, (int)got);
		ATF_CHECK_EQ(0, in.n);
		ATF_REQUIRE(msg_get(got, fields, msg, &why));
		buf_reset(&again);
		ATF_REQUIRE(msg_put(&again, got, msg) == 0);
		ATF_CHECK(again.n == b.n && memcmp(again.p, b.p, b.n) == 0);
	}
	buf_fini(&b);
	buf_fini(&again);
}

ATF_TC_WITHOUT_HEAD(cut_anywhere);
ATF_TC_BODY(cut_anywhere, tc)
{
	struct buf b;

	(void)tc;
	buf_init(&b, MAX);
	for (int v = 0; v < V_COUNT; v++) {
		encode((enum verb)v, &b);
		for (size_t n = 0; n < b.n; n++) {
			struct view in = { b.p, n }, fields;
			enum verb got;

			ATF_CHECK(!msg_next(&in, &got, &fields));
			if (n >= MSG_HEADER)
				ATF_CHECK_MSG(!decode((enum verb)v,
				    (struct view){ b.p + MSG_HEADER,
				    n - MSG_HEADER }), "%s cut at %zu",
				    msg_defs[v].name, n);
		}
	}
	buf_fini(&b);
}

ATF_TC_WITHOUT_HEAD(bytes_left_over);
ATF_TC_BODY(bytes_left_over, tc)
{
	struct buf b;

	(void)tc;
	buf_init(&b, MAX);
	for (int v = 0; v < V_COUNT; v++) {
		encode((enum verb)v, &b);
		ATF_REQUIRE(buf_putc(&b, 'x') == 0);
		ATF_CHECK(!decode((enum verb)v, (struct view){
		    b.p + MSG_HEADER, b.n - MSG_HEADER }));
	}
	buf_fini(&b);
}

static const struct {
	const char	*label;
	const char	*addr;
	const char	*orig;
	uint32_t	 notify;
	int		 want;
} puts_cases[] = {
	{ "good", "a@b", "", 0, 0 },
	{ "NULL is empty", NULL, NULL, 0, 0 },
	{ "line feed", "a\nb", "", 0, -1 },
	{ "carriage return", "a", "a\r", 0, -1 },
	{ "number over its limit", "a", "", 16, -1 },
};

ATF_TC_WITHOUT_HEAD(encoder_refuses);
ATF_TC_BODY(encoder_refuses, tc)
{
	char long_addr[MAIL_ADDR_MAX + 2];
	struct msg_mail_rcpt m = { .addr = long_addr };
	struct buf b;

	(void)tc;
	buf_init(&b, MAX);
	for (size_t i = 0; i < sizeof(puts_cases) / sizeof(puts_cases[0]);
	    i++) {
		struct msg_mail_rcpt r = { .addr = puts_cases[i].addr,
			.orig = puts_cases[i].orig,
			.notify = puts_cases[i].notify };

		buf_reset(&b);
		ATF_CHECK_MSG(msg_put(&b, V_mail_rcpt, &r) ==
		    puts_cases[i].want, "%s", puts_cases[i].label);
		if (puts_cases[i].want < 0)
			ATF_CHECK_EQ(0, b.n);
	}
	memset(long_addr, 'a', sizeof(long_addr));
	long_addr[sizeof(long_addr) - 1] = '\0';
	buf_reset(&b);
	ATF_CHECK_EQ(-1, msg_put(&b, V_mail_rcpt, &m));
	long_addr[MAIL_ADDR_MAX] = '\0';
	ATF_CHECK_EQ(0, msg_put(&b, V_mail_rcpt, &m));
	buf_fini(&b);
}

ATF_TC_WITHOUT_HEAD(decoder_refuses);
ATF_TC_BODY(decoder_refuses, tc)
{
	/* queue_flush_one: one str; length, bytes, NUL */
	static const struct {
		const char	*label;
		struct view	 bytes;
		bool		 want;
	} cases[] = {
		{ "good", VIEW("\1\0\0\0A\0"), true },
		{ "empty", VIEW("\0\0\0\0\0"), true },
		{ "no NUL behind", VIEW("\1\0\0\0AB"), false },
		{ "NUL inside", VIEW("\2\0\0\0A\0\0"), false },
		{ "line feed", VIEW("\1\0\0\0\n\0"), false },
		{ "too long", VIEW("\101\0\0\0"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0"), false },
		{ "length of 4 GB", VIEW("\377\377\377\377A\0"), false },
	};

	(void)tc;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_MSG(decode(V_queue_flush_one, cases[i].bytes) ==
		    cases[i].want, "%s", cases[i].label);
}

ATF_TC_WITHOUT_HEAD(unknown_verb);
ATF_TC_BODY(unknown_verb, tc)
{
	struct view in = VIEW("\377\377\0\0\0\0"), fields;
	enum verb v;

	(void)tc;
	ATF_CHECK(!msg_next(&in, &v, &fields));
	ATF_CHECK(msg_def_of(V_COUNT) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, cut_anywhere);
	ATF_TP_ADD_TC(tp, bytes_left_over);
	ATF_TP_ADD_TC(tp, encoder_refuses);
	ATF_TP_ADD_TC(tp, decoder_refuses);
	ATF_TP_ADD_TC(tp, unknown_verb);
	return (atf_no_error());
}

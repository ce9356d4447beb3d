/* SPDX-License-Identifier: ISC */
/* Answers as they are on the wire, good ones and others. */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "dnswire.h"

/* A packet: header with rcode and count, question, answers. */
#define HEAD(rcode, count)						\
	"\0\0\x81" rcode "\0\1\0" count "\0\0\0\0"
#define QUESTION	"\1a\2ex\0\0\1\0\1"	/* a.ex at 12 */
#define A_EX		"\xc0\x0c"
#define EX		"\xc0\x0e"
#define RR(owner, type, size)	owner "\0" type "\0\1\0\0\0\5\0" size

#define P(text)	{ text, sizeof(text) - 1 }

static const struct {
	const char	*label;
	uint32_t	 type;
	struct view	 packet;
	enum dns_status	 status;
	const char	*name;
	const char	*records;
	uint32_t	 refused;
} cases[] = {
	{ "A", DNS_A, P(HEAD("\x80", "\1") QUESTION RR(A_EX, "\1", "\4")
	    "\1\2\3\4"), DNS_OK, "a.ex", "0 5 01020304", 0 },
	{ "A in capitals", DNS_A, P(HEAD("\x80", "\1") QUESTION
	    RR("\1A\2eX\0", "\1", "\4") "\1\2\3\4"), DNS_OK, "a.ex",
	    "0 5 01020304", 0 },
	{ "A of 3 bytes", DNS_A, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\1", "\3") "\1\2\3"), DNS_TEMPFAIL, "a.ex", "", 1 },
	{ "A of 5 bytes", DNS_A, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\1", "\5") "\1\2\3\4\5"), DNS_TEMPFAIL, "a.ex", "", 1 },
	{ "one good, one bad", DNS_A, P(HEAD("\x80", "\2") QUESTION
	    RR(A_EX, "\1", "\3") "\1\2\3" RR(A_EX, "\1", "\4") "\1\2\3\4"),
	    DNS_OK, "a.ex", "0 5 01020304", 1 },
	{ "of another name", DNS_A, P(HEAD("\x80", "\1") QUESTION
	    RR("\1b\2ex\0", "\1", "\4") "\1\2\3\4"), DNS_NODATA, "a.ex", "",
	    0 },
	{ "of another class", DNS_A, P(HEAD("\x80", "\1") QUESTION
	    A_EX "\0\1\0\3\0\0\0\5\0\4\1\2\3\4"), DNS_NODATA, "a.ex", "", 0 },
	{ "none", DNS_A, P(HEAD("\x80", "\0") QUESTION), DNS_NODATA, "a.ex",
	    "", 0 },
	{ "no such name", DNS_A, P(HEAD("\x83", "\0") QUESTION),
	    DNS_NXDOMAIN, "a.ex", "", 0 },
	{ "server failure", DNS_A, P(HEAD("\x82", "\0") QUESTION),
	    DNS_TEMPFAIL, "", "", 0 },
	{ "refused", DNS_A, P(HEAD("\x85", "\1") QUESTION
	    RR(A_EX, "\1", "\4") "\1\2\3\4"), DNS_TEMPFAIL, "", "", 0 },
	{ "CNAME", DNS_A, P(HEAD("\x80", "\2") QUESTION
	    RR(A_EX, "\5", "\4") "\1b" EX RR("\1b\2ex\0", "\1", "\4")
	    "\1\2\3\4"), DNS_OK, "b.ex", "0 5 01020304", 0 },
	{ "CNAME after what it leads to", DNS_A, P(HEAD("\x80", "\2") QUESTION
	    RR("\1b\2ex\0", "\1", "\4") "\1\2\3\4" RR(A_EX, "\5", "\4") "\1b"
	    EX), DNS_OK, "b.ex", "0 5 01020304", 0 },
	{ "CNAME to nowhere", DNS_A, P(HEAD("\x83", "\1") QUESTION
	    RR(A_EX, "\5", "\4") "\1b" EX), DNS_NXDOMAIN, "b.ex", "", 0 },
	{ "CNAME to itself", DNS_A, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\5", "\2") A_EX), DNS_TEMPFAIL, "", "", 0 },
	{ "CNAME with bytes behind", DNS_A, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\5", "\5") "\1b" EX "x"), DNS_TEMPFAIL, "", "", 0 },
	{ "MX", DNS_MX, P(HEAD("\x80", "\1") QUESTION RR(A_EX, "\17", "\6")
	    "\1\0\1b" EX), DNS_OK, "a.ex", "256 5 b.ex ", 0 },
	{ "MX without a name", DNS_MX, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\17", "\2") "\0\1"), DNS_TEMPFAIL, "a.ex", "", 1 },
	{ "MX, name over the end of the record", DNS_MX, P(HEAD("\x80", "\1")
	    QUESTION RR(A_EX, "\17", "\4") "\0\1\1b\0"), DNS_TEMPFAIL, "a.ex",
	    "", 1 },
	{ "MX of one byte", DNS_MX, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\17", "\1") "\0"), DNS_TEMPFAIL, "a.ex", "", 1 },
	{ "MX, the root", DNS_MX, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\17", "\3") "\0\0\0"), DNS_OK, "a.ex", "0 5 . ", 0 },
	{ "MX, dot inside a label", DNS_MX, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\17", "\7") "\0\1\3b.c\0"), DNS_TEMPFAIL, "a.ex", "",
	    1 },
	{ "MX, NUL inside a label", DNS_MX, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\17", "\7") "\0\1\3b\0c\0"), DNS_TEMPFAIL, "a.ex", "",
	    1 },
	{ "MX, pointer to itself", DNS_MX, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\17", "\4") "\0\1\xc0\x23"), DNS_TEMPFAIL, "a.ex", "",
	    1 },
	{ "MX, pointer forward", DNS_MX, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\17", "\4") "\0\1\xc0\x25" "\1b\0"), DNS_TEMPFAIL,
	    "a.ex", "", 1 },
	{ "MX, reserved label type", DNS_MX, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\17", "\4") "\0\1\x41\0"), DNS_TEMPFAIL, "a.ex", "",
	    1 },
	{ "TXT", DNS_TXT, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\20", "\5") "\1x\0\1y"), DNS_OK, "a.ex", "0 5 7879",
	    0 },
	{ "TXT, string over the end", DNS_TXT, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\20", "\3") "\3xy"), DNS_TEMPFAIL, "a.ex", "", 1 },
	{ "TXT, empty", DNS_TXT, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\20", "\0")), DNS_OK, "a.ex", "0 5 ", 0 },
	{ "SRV", DNS_SRV, P(HEAD("\x80", "\1") QUESTION RR(A_EX, "\41", "\7")
	    "\0\1\0\2\0\3\0"), DNS_OK, "a.ex", "1 5 . ", 0 },
	{ "SRV without a name", DNS_SRV, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\41", "\6") "\0\1\0\2\0\3"), DNS_TEMPFAIL, "a.ex", "",
	    1 },
	{ "TLSA", DNS_TLSA, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\64", "\4") "\3\1\1x"), DNS_OK, "a.ex",
	    "196865 5 03010178", 0 },
	{ "TLSA without a digest", DNS_TLSA, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\64", "\3") "\3\1\1"), DNS_TEMPFAIL, "a.ex", "", 1 },
	{ "more records promised", DNS_A, P(HEAD("\x80", "\2") QUESTION
	    RR(A_EX, "\1", "\4") "\1\2\3\4"), DNS_TEMPFAIL, "", "", 0 },
	{ "rdata over the end", DNS_A, P(HEAD("\x80", "\1") QUESTION
	    RR(A_EX, "\1", "\5") "\1\2\3\4"), DNS_TEMPFAIL, "", "", 0 },
	{ "two questions", DNS_A, P("\0\0\x81\x80\0\2\0\0\0\0\0\0" QUESTION
	    QUESTION), DNS_TEMPFAIL, "", "", 0 },
	{ "header alone", DNS_A, P(HEAD("\x80", "\0")), DNS_TEMPFAIL, "", "",
	    0 },
	{ "nothing", DNS_A, P(""), DNS_TEMPFAIL, "", "", 0 },
};

static const char *
records_text(const struct wire_answer *w)
{
	static char text[4096];
	size_t n = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < w->count; i++) {
		const struct msg_dns_record *r = &w->records[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%s%u %u %s%s", i > 0 ? ", " : "", r->pref, r->ttl,
		    r->name, *r->name != '\0' ? " " : "");
		for (size_t k = 0; k < r->data.n; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%02x", (unsigned char)r->data.p[k]);
	}
	return (text);
}

ATF_TC_WITHOUT_HEAD(converts);
ATF_TC_BODY(converts, tc)
{
	struct arena *a = arena_new(0);
	struct wire_answer w;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		wire_answer(a, cases[i].packet, cases[i].type, &w);
		ATF_CHECK_MSG(w.status == cases[i].status,
		    "%s: status %d, want %d", cases[i].label, w.status,
		    cases[i].status);
		ATF_CHECK_STREQ_MSG(cases[i].name, w.name, "%s",
		    cases[i].label);
		ATF_CHECK_STREQ_MSG(cases[i].records, records_text(&w), "%s",
		    cases[i].label);
		ATF_CHECK_MSG(w.refused == cases[i].refused,
		    "%s: %u refused", cases[i].label, w.refused);
		ATF_CHECK_MSG((w.status == DNS_TEMPFAIL) == (*w.text != '\0'),
		    "%s: %s", cases[i].label, w.text);
	}
	arena_free(&a);
}

/* Whatever is cut off, nothing is read that is not there. */
ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	struct arena *a = arena_new(0);
	struct wire_answer w;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t n = 0; n < cases[i].packet.n; n++) {
			char *copy = arena_strn(a, cases[i].packet.p, n);

			wire_answer(a, (struct view){ copy, n },
			    cases[i].type, &w);
			ATF_CHECK_MSG(w.status != DNS_OK, "%s at %zu",
			    cases[i].label, n);
		}
		arena_reset(a);
	}
	arena_free(&a);
}

/* The longest name is taken, one byte more is not. */
ATF_TC_WITHOUT_HEAD(long_names);
ATF_TC_BODY(long_names, tc)
{
	static const struct { int last; enum dns_status want; } rows[] = {
		{ 58, DNS_OK }, { 59, DNS_TEMPFAIL } };
	struct arena *a = arena_new(0);
	struct wire_answer w;
	struct buf b;

	for (size_t i = 0; i < 2; i++) {
		int size = 2 + 3 * 64 + 1 + rows[i].last + 2;
		char label[65];

		memset(label, 'x', sizeof(label));
		label[0] = 63;
		buf_init(&b, 1024);
		buf_xput(&b, HEAD("\x80", "\1") QUESTION, 12 + 10);
		buf_xput(&b, A_EX "\0\17\0\1\0\0\0\5\0", 11);
		buf_xprintf(&b, "%c", size);
		buf_xput(&b, "\0\1", 2);
		for (int k = 0; k < 3; k++)
			buf_xput(&b, label, 64);
		label[0] = (char)rows[i].last;
		buf_xput(&b, label, 1 + (size_t)rows[i].last);
		buf_xput(&b, EX, 2);
		wire_answer(a, buf_view(&b), DNS_MX, &w);
		ATF_CHECK_MSG(w.status == rows[i].want, "row %zu: status %d: "
		    "%s", i, w.status, w.text);
		buf_fini(&b);
	}
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, converts);
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, long_names);
	return (atf_no_error());
}

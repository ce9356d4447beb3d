/* SPDX-License-Identifier: ISC */
/*
 * What a message is taken apart into: a trace of the callbacks, the same
 * whatever the pieces are in which the message comes.
 */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/scan.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static struct buf trace;
static struct buf copy;
static bool in_body;

static int
on_header(void *arg, enum scan_class class, const struct header *h)
{
	(void)arg;
	in_body = false;
	buf_xprintf(&trace, "%c(%.*s)", "PMN"[class], (int)h->text.n,
	    h->text.p);
	buf_xput(&copy, h->text.p, h->text.n);
	buf_xputs(&copy, "\n");
	return (0);
}

static int
on_end(void *arg, enum scan_class class, bool blank)
{
	(void)arg;
	in_body = false;
	buf_xprintf(&trace, "%c%c", "PMN"[class], blank ? '.' : '!');
	if (blank)
		buf_xputs(&copy, "\n");
	return (0);
}

static int
on_body(void *arg, struct view v)
{
	(void)arg;
	buf_xput(&copy, v.p, v.n);
	if (!in_body)
		buf_xputs(&trace, "B:");
	in_body = true;
	buf_xput(&trace, v.p, v.n);
	return (0);
}

static int
on_defect(void *arg, enum scan_defect d, struct view where)
{
	(void)arg;
	(void)where;
	buf_xprintf(&trace, "<%d>", d);
	return (0);
}

static const struct scan_ops ops = { on_header, on_end, on_body, NULL,
    on_defect };

static struct scan_rules rules = { 100, 80, 20, 3, true, false, 0 };

static const char *
run(struct view in, size_t piece, enum encoding *enc)
{
	struct arena *a = arena_new(0);
	struct scan *s = scan_new(a, &rules, &ops, NULL);

	buf_reset(&trace);
	buf_reset(&copy);
	in_body = false;
	while (in.n > 0) {
		ATF_REQUIRE_EQ(0, scan_put(s, view_sub(in, 0, piece)));
		in = view_sub(in, piece, in.n);
	}
	ATF_REQUIRE_EQ(0, scan_end(s));
	if (enc != NULL)
		*enc = scan_encoding(s);
	scan_free(&s);
	arena_free(&a);
	return (buf_str(&trace));
}

#define MULTI	"Content-Type: multipart/mixed; boundary=\"b\"\n"

static const struct {
	const char *label, *in, *want;
} cases[] = {
	{ "nothing", "", "P!" },
	{ "blank", "\n", "P." },
	{ "headers", "A: 1\nB:2\n\nbody\n", "P(A: 1)P(B:2)P.B:body\n" },
	{ "folded", "A: 1\n 2\n\t3\nB: 4\n\n",
	    "P(A: 1\n 2\n\t3)P(B: 4)P." },
	{ "no newline at the end", "A: 1", "P(A: 1)P!" },
	{ "body without newline", "A: 1\n\nx", "P(A: 1)P.B:x" },
	{ "no blank line", "A: 1\nbody: no\nthis is\n",
	    "P(A: 1)P(body: no)P!B:this is\n" },
	{ "starts with a body", "no header\nA: 1\n\n",
	    "P!B:no header\nA: 1\n\n" },
	{ "starts folded", " x\nA: 1\n", "P!B: x\nA: 1\n" },
	{ "blank before colon", "A : 1\n\n", "P(A : 1)P." },
	{ "no name", ": 1\n\n", "P!B:: 1\n\n" },
	{ "8-bit name", "\xc3\xbc: 1\n\n", "P!B:\xc3\xbc: 1\n\n" },
	{ "multipart", MULTI "\npre\n--b\nX: 1\n\none\n--b\n\ntwo\n--b--\nY: "
	    "post\n",
	    "P(Content-Type: multipart/mixed; boundary=\"b\")P.B:pre\n--b\n"
	    "M(X: 1)M.B:one\n--b\nM.B:two\n--b--\nY: post\n" },
	{ "part without body", MULTI "\n--b\nX: 1\n--b\nZ: 2\n\n--b--\n",
	    "P(Content-Type: multipart/mixed; boundary=\"b\")P.B:--b\n"
	    "M(X: 1)B:--b\nM(Z: 2)M.B:--b--\n" },
	{ "boundary is a prefix", MULTI "\n--bcd\nX: 1\n\n-b\n--c\n- -b\n",
	    "P(Content-Type: multipart/mixed; boundary=\"b\")P.B:--bcd\n"
	    "M(X: 1)M.B:-b\n--c\n- -b\n" },
	{ "not a boundary", MULTI "\nx--b\nX: 1\n--b",
	    "P(Content-Type: multipart/mixed; boundary=\"b\")P.B:x--b\n"
	    "X: 1\n--b" },
	{ "message", "Content-Type: message/rfc822\n\nX: 1\n\nb\n",
	    "P(Content-Type: message/rfc822)P.N(X: 1)N.B:b\n" },
	{ "digest", "Content-Type: multipart/digest; boundary=b\n\n--b\n\n"
	    "X: 1\n\none\n--b\nContent-Type: text/plain\n\nY: 1\n--b--\n"
	    "\nZ: 1\n",
	    "P(Content-Type: multipart/digest; boundary=b)P.B:--b\nM.N(X: 1)"
	    "N.B:one\n--b\nM(Content-Type: text/plain)M.B:Y: 1\n--b--\n"
	    "\nZ: 1\n" },
	{ "message without headers",
	    "Content-Type: message/rfc822\nno\n",
	    "P(Content-Type: message/rfc822)P!N!B:no\n" },
	{ "message in multipart", MULTI "\n--b\nContent-Type: "
	    "message/rfc822\n\n" "Content-Type: multipart/x; boundary=c\n\n"
	    "--c\nQ: 1\n\n--b\nR: 2\n\n--c\nS: 3\n",
	    "P(Content-Type: multipart/mixed; boundary=\"b\")P.B:--b\n"
	    "M(Content-Type: message/rfc822)M.N(Content-Type: multipart/x; "
	    "boundary=c)N.B:--c\nM(Q: 1)M.B:--b\nM(R: 2)M.B:--c\nS: 3\n" },
	{ "header is cut at 100",
	    "A: 0123456789012345678901234567890123456789012345678901234567890"
	    "123456789012345678901234567890123456789\nB: 1\n\n",
	    "P(A: 0123456789012345678901234567890123456789012345678901234567890"
	    "123456789012345678901234567890123456)P(B: 1)P." },
	{ "nested too deep", "Content-Type: message/rfc822\n\n"
	    "Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n"
	    "Content-Type: message/rfc822\n\nA: 1\n",
	    "P(Content-Type: message/rfc822)P.N(Content-Type: message/rfc822)"
	    "N.N(Content-Type: message/rfc822)N.N(Content-Type: "
	    "message/rfc822)<0>N.B:A: 1\n" },
	{ "composite and encoded", "Content-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: base64\n\nA: 1\n",
	    "P(Content-Type: message/rfc822)P(Content-Transfer-Encoding: "
	    "base64)<3>P.B:A: 1\n" },
	{ "8-bit header", "A: \xc3\xbc\n\n", "<1>P(A: \xc3\xbc)P." },
};

static void
play(size_t i, const char *want)
{
	struct view in = view_of(cases[i].in);

	for (size_t piece = 1; piece <= in.n + 1; piece++) {
		const char *got = run(in, piece, NULL);

		/* A defect is reported once a block: not for the body. */
		ATF_CHECK_STREQ_MSG(want, got, "%s, pieces of %zu: %s",
		    cases[i].label, piece, got);
	}
}

ATF_TC_WITHOUT_HEAD(pieces);
ATF_TC_BODY(pieces, tc)
{
	buf_init(&trace, 100000);
	buf_init(&copy, 100000);
	rules.defects = 1U << DEFECT_NESTING | 1U << DEFECT_8BIT_HEADER |
	    1U << DEFECT_ENCODING;
	for (int lines = 0; lines < 2; lines++) {
		rules.lines = lines;
		for (size_t i = 0; i < N(cases); i++)
			play(i, cases[i].want);
	}
}

/* Nothing is lost, if the last line has its LF and no header is cut. */
ATF_TC_WITHOUT_HEAD(whole);
ATF_TC_BODY(whole, tc)
{
	buf_init(&trace, 100000);
	buf_init(&copy, 100000);
	for (size_t i = 0; i < N(cases); i++) {
		struct view in = view_of(cases[i].in);

		if (in.n == 0 || in.p[in.n - 1] != '\n' ||
		    strstr(cases[i].label, "cut") != NULL)
			continue;
		(void)run(in, 7, NULL);
		ATF_CHECK_STREQ_MSG(cases[i].in, buf_str(&copy), "%s",
		    cases[i].label);
	}
}

ATF_TC_WITHOUT_HEAD(long_lines);
ATF_TC_BODY(long_lines, tc)
{
	static char in[10000];

	buf_init(&trace, 100000);
	buf_init(&copy, 100000);
	memset(in, 'x', sizeof(in) - 2);
	in[sizeof(in) - 2] = '\n';
	for (int lines = 0; lines < 2; lines++) {
		rules.lines = lines;
		for (size_t piece = 1; piece < sizeof(in); piece += 333) {
			(void)run(view_of(in), piece, NULL);
			ATF_CHECK_STREQ(in, buf_str(&copy));
		}
	}
}

ATF_TC_WITHOUT_HEAD(encodings);
ATF_TC_BODY(encodings, tc)
{
	static const struct {
		const char *in;
		enum encoding want;
	} e[] = {
		{ "A: 1\n\n", ENC_NONE },
		{ "Content-Transfer-Encoding: 7bit\n\n", ENC_7BIT },
		{ "Content-Transfer-Encoding: (c) 8BIT (c)\n\n", ENC_8BIT },
		{ "content-transfer-encoding:binary\n\n", ENC_8BIT },
		{ "Content-Transfer-Encoding: base64\n\n", ENC_7BIT },
		{ MULTI "\n--b\nContent-Transfer-Encoding: 8bit\n\n--b--\n",
		    ENC_8BIT },
		{ "\nContent-Transfer-Encoding: 8bit\n\n", ENC_NONE },
	};
	enum encoding got;

	buf_init(&trace, 100000);
	buf_init(&copy, 100000);
	for (size_t i = 0; i < N(e); i++) {
		(void)run(view_of(e[i].in), 5, &got);
		ATF_CHECK_EQ_MSG(e[i].want, got, "%s: %d", e[i].in, got);
	}
}

ATF_TC_WITHOUT_HEAD(types);
ATF_TC_BODY(types, tc)
{
	static const struct {
		const char *body, *boundary;
		enum ctype want;
	} t[] = {
		{ " text/plain", "", CTYPE_LEAF },
		{ "", "", CTYPE_LEAF },
		{ " Multipart/Mixed; boundary=abc", "abc", CTYPE_MULTIPART },
		{ " multipart / x (c) ; a=b; BOUNDARY = \"a b\\\"c\" ; d=e",
		    "a b\"c", CTYPE_MULTIPART },
		{ " multipart/x;\n\tboundary=\"=_a/b:c\"", "=_a/b:c",
		    CTYPE_MULTIPART },
		{ " multipart/x; boundary==_a/b:c; d", "=_a/b:c",
		    CTYPE_MULTIPART },
		{ " multipart/x; boundary=", "", CTYPE_MULTIPART },
		{ " multipart/x; boundary=\"abc", "abc", CTYPE_MULTIPART },
		{ " multipart/x boundary=abc", "", CTYPE_MULTIPART },
		{ " multipart/x; (boundary=no; ) boundary=abc", "abc",
		    CTYPE_MULTIPART },
		{ " multipart/x; boundary=0123456789012345678901234",
		    "01234567890123456789", CTYPE_MULTIPART },
		{ " message/rfc822", "", CTYPE_RFC822 },
		{ " message/global", "", CTYPE_RFC822 },
		{ " message/partial; id=x", "", CTYPE_MESSAGE },
		{ " ((((((", "", CTYPE_LEAF },
	};
	struct buf b;

	buf_init(&b, 20);
	for (size_t i = 0; i < N(t); i++) {
		ATF_CHECK_EQ_MSG(t[i].want, ctype_parse(view_of(t[i].body),
		    &b), "%s", t[i].body);
		ATF_CHECK_STREQ_MSG(t[i].boundary, buf_str(&b), "%s",
		    t[i].body);
	}
	buf_fini(&b);
}

ATF_TC_WITHOUT_HEAD(eight_bit);
ATF_TC_BODY(eight_bit, tc)
{
	char b[300];

	for (size_t n = 0; n < sizeof(b); n++) {
		memset(b, 'a', sizeof(b));
		ATF_CHECK(!scan_8bit((struct view){ b, n }));
		for (size_t i = 0; i < n; i += 3) {
			b[i] = (char)0x80;
			ATF_CHECK(scan_8bit((struct view){ b, n }));
			b[i] = 'a';
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, pieces);
	ATF_TP_ADD_TC(tp, whole);
	ATF_TP_ADD_TC(tp, long_lines);
	ATF_TP_ADD_TC(tp, encodings);
	ATF_TP_ADD_TC(tp, types);
	ATF_TP_ADD_TC(tp, eight_bit);
	return (atf_no_error());
}

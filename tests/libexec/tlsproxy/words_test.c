/* SPDX-License-Identifier: ISC */
/* Words of main.cf, and the name that a client asks for. */
#include <atf-c.h>
#include <string.h>

#include "tlsproxy.h"

ATF_TC_WITHOUT_HEAD(protocols);
ATF_TC_BODY(protocols, tc)
{
	const uint64_t no10 = SSL_OP_NO_TLSv1, no11 = SSL_OP_NO_TLSv1_1;
	const uint64_t no12 = SSL_OP_NO_TLSv1_2, no13 = SSL_OP_NO_TLSv1_3;
	const struct {
		const char *text;
		int min, max;		/* 0: refused */
		uint64_t off;		/* besides SSLv3 */
	} cases[] = {
		{ ">=TLSv1", TLS1_VERSION, TLS1_3_VERSION, 0 },
		{ ">=TLSv1.2", TLS1_2_VERSION, TLS1_3_VERSION, no10 | no11 },
		{ ">=TLSv1.2, <=TLSv1.2", TLS1_2_VERSION, TLS1_2_VERSION,
		    no10 | no11 | no13 },
		{ ">=0303", 0, 0, 0 },
		{ ">=0x0303", TLS1_2_VERSION, TLS1_3_VERSION, no10 | no11 },
		{ "!SSLv2, !SSLv3", TLS1_VERSION, TLS1_3_VERSION, 0 },
		{ "!SSLv2,!SSLv3,!TLSv1,!TLSv1.1", TLS1_2_VERSION,
		    TLS1_3_VERSION, no10 | no11 },
		{ "TLSv1.3", TLS1_3_VERSION, TLS1_3_VERSION,
		    no10 | no11 | no12 },
		{ "TLSv1:TLSv1.3", TLS1_VERSION, TLS1_3_VERSION, no11 | no12 },
		{ ">=tlsv1.1 !TLSv1.2", TLS1_1_VERSION, TLS1_3_VERSION,
		    no10 | no12 },
		{ ">=TLSv1.4", 0, 0, 0 },
		{ "!TLSv1 nonsense", 0, 0, 0 },
		{ "TLSv1.2 !TLSv1.2", 0, 0, 0 },
	};
	int min, max;
	uint64_t off;
	bool ok;

	(void)tc;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		min = max = 0;
		off = 0;
		ok = words_protocols(cases[i].text, &min, &max, &off);
		ATF_CHECK_EQ_MSG(cases[i].min != 0, ok, "%s", cases[i].text);
		if (!ok)
			continue;
		ATF_CHECK_EQ_MSG(cases[i].min, min, "%s", cases[i].text);
		ATF_CHECK_EQ_MSG(cases[i].max, max, "%s", cases[i].text);
		ATF_CHECK_EQ_MSG(cases[i].off | SSL_OP_NO_SSLv3, off, "%s",
		    cases[i].text);
	}
}

ATF_TC_WITHOUT_HEAD(ciphers);
ATF_TC_BODY(ciphers, tc)
{
	const struct params p = { .tls_high_cipherlist = "HIGH",
		.tls_medium_cipherlist = "HIGH:MEDIUM",
		.tls_null_cipherlist = "eNULL" };
	const char *const some[] = { "aNULL, RC4", "", "kRSA kDHE", NULL };
	const struct {
		const char *grade, *want;
	} cases[] = {
		{ "high", "HIGH:!aNULL:!RC4:!kRSA:!kDHE" },
		{ "Medium", "HIGH:MEDIUM:!aNULL:!RC4:!kRSA:!kDHE" },
		{ "low", "HIGH:MEDIUM:!aNULL:!RC4:!kRSA:!kDHE" },
		{ "null", "eNULL:!aNULL:!RC4:!kRSA:!kDHE" },
		{ "best", NULL },
		{ "", NULL },
	};
	struct buf b;

	(void)tc;
	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		ATF_CHECK_EQ_MSG(cases[i].want != NULL, words_ciphers(&p,
		    cases[i].grade, some, &b), "%s", cases[i].grade);
		if (cases[i].want != NULL)
			ATF_CHECK_STREQ(cases[i].want, buf_str(&b));
	}
	buf_fini(&b);
}

ATF_TC_WITHOUT_HEAD(groups);
ATF_TC_BODY(groups, tc)
{
	struct buf b;

	(void)tc;
	buf_init(&b, 1000);
	words_groups("X25519 no-such-group prime256v1", "ffdhe2048", &b);
	ATF_CHECK_STREQ("X25519:prime256v1:ffdhe2048", buf_str(&b));
	buf_reset(&b);
	words_groups("", "none-at-all", &b);
	ATF_CHECK_EQ(0, b.n);
	buf_fini(&b);
}

ATF_TC_WITHOUT_HEAD(options);
ATF_TC_BODY(options, tc)
{
	(void)tc;
	ATF_CHECK_EQ(SSL_OP_NO_TICKET | SSL_OP_PRIORITIZE_CHACHA,
	    words_options("no_ticket, PRIORITIZE_CHACHA"));
	ATF_CHECK_EQ(0x10 | SSL_OP_NO_TICKET,
	    words_options("0x10 nonsense NO_TICKET"));
	ATF_CHECK_EQ(0, words_options("0x 0xg 0x11111111111111111"));
	ATF_CHECK_EQ(SSL_OP_TLSEXT_PADDING,
	    words_workarounds("TLSEXT_PADDING TLS_D5_BUG"));
}

ATF_TC_WITHOUT_HEAD(server_name);
ATF_TC_BODY(server_name, tc)
{
	const char *const long_name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example";
	const struct {
		struct view name;
		const char *want;	/* NULL: it is none */
	} cases[] = {
		{ VIEW("mx.example.com"), "mx.example.com" },
		{ VIEW("MX.Example.COM."), "mx.example.com" },
		{ VIEW("localhost"), "localhost" },
		{ VIEW(""), NULL },
		{ VIEW("."), NULL },
		{ VIEW("a..b"), NULL },
		{ VIEW("-a.example"), NULL },
		{ VIEW("a b.example"), NULL },
		{ VIEW("a\0b.example"), NULL },
		{ VIEW("a\nb.example"), NULL },
		{ VIEW("192.0.2.1"), NULL },
		{ VIEW("2001:db8::1"), NULL },
		{ VIEW("m\303\274.example"), NULL },
		{ VIEW("../../etc/passwd"), NULL },
		{ { long_name, strlen(long_name) }, NULL },
	};
	struct buf b;

	(void)tc;
	buf_init(&b, TLS_NAME_MAX);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		ATF_CHECK_EQ_MSG(cases[i].want != NULL,
		    words_server_name(cases[i].name, &b), "case %zu", i);
		if (cases[i].want != NULL)
			ATF_CHECK_STREQ(cases[i].want, buf_str(&b));
	}
	buf_fini(&b);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, protocols);
	ATF_TP_ADD_TC(tp, ciphers);
	ATF_TP_ADD_TC(tp, groups);
	ATF_TP_ADD_TC(tp, options);
	ATF_TP_ADD_TC(tp, server_name);
	return (atf_no_error());
}

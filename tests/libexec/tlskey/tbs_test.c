/* SPDX-License-Identifier: ISC */
/* What may be signed, and what may not. */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "proto/tlskey.h"

#include "blob.h"
#include "tbs.h"

static struct buf b;

static const char *
check(enum key_type type, bool client, uint32_t scheme)
{
	return (tbs_check(buf_view(&b), type, client, scheme_find(scheme)));
}

#define OK	NULL

static void
require(const char *label, const char *want, const char *got)
{
	if (want == NULL)
		ATF_CHECK_MSG(got == NULL, "%s: %s", label, got);
	else
		ATF_CHECK_MSG(got != NULL && strstr(got, want) != NULL,
		    "%s: %s", label, got);
}

ATF_TC_WITHOUT_HEAD(schemes);
ATF_TC_BODY(schemes, tc)
{
	static const struct {
		const char	*label;
		enum key_type	 type;
		uint32_t	 scheme;
		bool		 tls13, tls12;
	} cases[] = {
		{ "PKCS #1", KEY_RSA, 0x0401, false, true },
		{ "PSS", KEY_RSA, 0x0804, true, true },
		{ "PSS, SHA-512", KEY_RSA, 0x0806, true, true },
		{ "PSS of a PSS key", KEY_RSA, 0x0809, false, false },
		{ "RSA, SHA-1", KEY_RSA, 0x0201, false, false },
		{ "ECDSA, SHA-1", KEY_P256, 0x0203, false, false },
		{ "RSA for ECDSA", KEY_RSA, 0x0403, false, false },
		{ "ECDSA for PSS", KEY_P256, 0x0804, false, false },
		{ "P-256", KEY_P256, 0x0403, true, true },
		{ "P-256, SHA-384", KEY_P256, 0x0503, false, true },
		{ "P-384", KEY_P384, 0x0503, true, true },
		{ "P-384, SHA-256", KEY_P384, 0x0403, false, true },
		{ "P-521", KEY_P521, 0x0603, true, true },
		{ "Ed25519", KEY_ED25519, 0x0807, true, true },
		{ "Ed448", KEY_ED25519, 0x0808, false, false },
		{ "Ed25519 for ECDSA", KEY_ED25519, 0x0403, false, false },
		{ "RSA for Ed25519", KEY_RSA, 0x0807, false, false },
		{ "none", KEY_RSA, 0, false, false },
		{ "DSA", KEY_RSA, 0x0402, false, false },
	};

	(void)tc;
	buf_init(&b, 100000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		blob_tls13(&b, false, 32);
		require(cases[i].label, cases[i].tls13 ? OK : "scheme",
		    check(cases[i].type, false, cases[i].scheme));
		buf_reset(&b);
		blob_tls12(&b, 29, 32, 0x77);
		require(cases[i].label, cases[i].tls12 ? OK : "scheme",
		    check(cases[i].type, false, cases[i].scheme));
	}
}

ATF_TC_WITHOUT_HEAD(tls13);
ATF_TC_BODY(tls13, tc)
{
	static const size_t hashes[] = { 0, 20, 31, 32, 33, 47, 48, 49, 64,
		200 };
	struct buf whole;

	(void)tc;
	buf_init(&b, 100000);
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		buf_reset(&b);
		blob_tls13(&b, false, hashes[i]);
		require("hash", hashes[i] == 32 || hashes[i] == 48 ? OK :
		    "hash", check(KEY_RSA, false, 0x0804));
	}
	for (int client = 0; client < 2; client++) {
		buf_reset(&b);
		blob_tls13(&b, client, 32);
		require("its side", OK, check(KEY_RSA, client, 0x0804));
		require("the other side", "context string",
		    check(KEY_RSA, !client, 0x0804));
	}
	/* Each byte in front of the hash is looked at. */
	buf_init(&whole, 100000);
	blob_tls13(&whole, false, 48);
	for (size_t i = 0; i < 64 + 34; i++) {
		buf_reset(&b);
		buf_xput(&b, whole.p, whole.n);
		b.p[i] ^= 1;
		ATF_CHECK_MSG(check(KEY_RSA, false, 0x0804) != NULL,
		    "byte %zu", i);
	}
	for (size_t n = 0; n < whole.n; n++) {
		buf_reset(&b);
		buf_xput(&b, whole.p, n);
		ATF_CHECK_MSG((check(KEY_RSA, false, 0x0804) == NULL) ==
		    (n == 64 + 34 + 32), "%zu bytes", n);
	}
	buf_fini(&whole);
}

ATF_TC_WITHOUT_HEAD(tls12_server);
ATF_TC_BODY(tls12_server, tc)
{
	static const struct {
		int		 group;
		size_t		 point;
		int		 first;
		const char	*want;
	} cases[] = {
		{ 29, 32, 0, OK }, { 30, 56, 0, OK }, { 23, 65, 4, OK },
		{ 24, 97, 4, OK }, { 25, 133, 4, OK },
		{ 23, 65, 2, "uncompressed" }, { 23, 33, 2, "length" },
		{ 29, 31, 0, "length" }, { 29, 33, 0, "length" },
		{ 24, 65, 4, "length" }, { 22, 65, 4, "group" },
		{ 0, 32, 0, "group" }, { 256, 32, 0, "group" },
		{ 0x1d00, 32, 0, "group" },
	};

	(void)tc;
	buf_init(&b, 100000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		blob_tls12(&b, cases[i].group, cases[i].point,
		    cases[i].first);
		require("point", cases[i].want, check(KEY_RSA, false, 0x0401));
		require("a client", "transcript", check(KEY_RSA, true,
		    0x0401));
		blob_fill(&b, 0, 1);
		ATF_CHECK(check(KEY_RSA, false, 0x0401) != NULL);
	}
	buf_reset(&b);
	blob_tls12(&b, 29, 32, 0);
	for (int type = 0; type < 256; type++) {
		b.p[64] = (char)type;
		require("type of curve", type == 3 ? OK : "named group",
		    check(KEY_RSA, false, 0x0401));
	}
	b.p[64] = 3;
	while (b.n > 0) {
		buf_cut(&b, b.n - 1);
		ATF_CHECK_MSG(check(KEY_RSA, false, 0x0401) != NULL,
		    "cut to %zu", b.n);
	}
	/* Finite fields: a prime, a generator, a value. */
	blob_fill(&b, 0x11, 64);
	for (int i = 0; i < 3; i++) {
		blob_fill(&b, 1, 1);
		blob_fill(&b, 0, 1);
		blob_fill(&b, 0x44, 256);
	}
	ATF_CHECK(check(KEY_RSA, false, 0x0401) != NULL);
	/* What other protocols sign, and a hash. */
	for (size_t n = 0; n <= 512; n++) {
		buf_reset(&b);
		blob_fill(&b, 0x30, n);
		ATF_CHECK_MSG(check(KEY_RSA, false, 0x0401) != NULL, "%zu", n);
	}
}

ATF_TC_WITHOUT_HEAD(tls12_client);
ATF_TC_BODY(tls12_client, tc)
{
	static const struct {
		int		 without;
		const char	*want;
	} cases[] = {
		{ 0, OK }, { 12, OK }, { 1, "order" }, { 2, "order" },
		{ 11, "order" }, { 13, "order" }, { 14, "order" },
		{ 16, "not complete" },
	};
	size_t whole;

	(void)tc;
	buf_init(&b, 1000000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		blob_transcript(&b, cases[i].without, 0);
		require("without a message", cases[i].want,
		    check(KEY_P256, true, 0x0403));
	}
	buf_reset(&b);
	blob_transcript(&b, 0, 0);
	ATF_CHECK_MSG(check(KEY_P256, false, 0x0403) != NULL,
	    "a server signs no transcript");
	b.p[4] = 2;
	require("another version", "version", check(KEY_P256, true, 0x0403));
	buf_reset(&b);
	blob_transcript(&b, 0, 0);
	blob_message(&b, 16, 33, "");
	require("one more", "order", check(KEY_P256, true, 0x0403));
	buf_reset(&b);
	blob_transcript(&b, 0, 0);
	whole = b.n;
	for (size_t n = 0; n < whole; n += 7) {
		buf_reset(&b);
		blob_transcript(&b, 0, 0);
		buf_cut(&b, n);
		ATF_CHECK_MSG(check(KEY_P256, true, 0x0403) != NULL, "%zu", n);
	}
	buf_reset(&b);
	blob_transcript(&b, 0, 40000);
	require("many authorities", OK, check(KEY_P256, true, 0x0403));
	buf_reset(&b);
	blob_transcript(&b, 0, 60000);
	require("too many", "too long", check(KEY_P256, true, 0x0403));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, schemes);
	ATF_TP_ADD_TC(tp, tls13);
	ATF_TP_ADD_TC(tp, tls12_server);
	ATF_TP_ADD_TC(tp, tls12_client);
	return (atf_no_error());
}

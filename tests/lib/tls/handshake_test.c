/* SPDX-License-Identifier: ISC */
/*
 * Handshakes of libssl whose keys are in a tlskey(8), under its own filter.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <stdio.h>
#include <bsd/string.h>
#include <string.h>

#include "role_run.h"
#include "tls/tls_key.h"
#include "tls_pairs.h"

static struct role_run run;

static void
start(const char *maincf, const char *type)
{
	const struct run_file files[] = { { "/a.key", "a.key" },
		{ "/a.crt", "a.crt" } };

	make_pair(type, "a");
	run_start(&run, ROLE_TLSKEY, OBJTOP, maincf, files, 2);
	tls_key_prepare();
	tls_key_timeout(span_s(20));
}

static SSL_CTX *
context(const SSL_METHOD *method, int version, const char *schemes)
{
	SSL_CTX *ctx = SSL_CTX_new(method);
	char list[128];		/* OpenSSL's macro takes no const */

	ATF_REQUIRE(ctx != NULL);
	ATF_REQUIRE(SSL_CTX_set_min_proto_version(ctx, version) == 1);
	ATF_REQUIRE(SSL_CTX_set_max_proto_version(ctx, version) == 1);
	if (schemes != NULL) {
		(void)strlcpy(list, schemes, sizeof(list));
		ATF_REQUIRE(SSL_CTX_set1_sigalgs_list(ctx, list) == 1);
	}
	return (ctx);
}

static void
use_keys(SSL_CTX *ctx, const struct tls_keys *keys)
{
	ATF_REQUIRE(keys->n > 0);
	for (size_t i = 0; i < keys->n; i++)
		ATF_REQUIRE_MSG(SSL_CTX_use_cert_and_key(ctx,
		    keys->keys[i].leaf, keys->keys[i].key,
		    keys->keys[i].others, 1) == 1, "%s",
		    ERR_reason_error_string(ERR_peek_last_error()));
}

/* True when both have finished. */
static bool
shake(SSL *server, SSL *client)
{
	BIO *a, *b;
	int s = 0, c = 0;

	ATF_REQUIRE(BIO_new_bio_pair(&a, 0, &b, 0) == 1);
	SSL_set_bio(server, a, a);
	SSL_set_bio(client, b, b);
	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	for (int i = 0; i < 20 && (s != 1 || c != 1); i++) {
		if (c != 1 && (c = SSL_do_handshake(client)) != 1 &&
		    SSL_get_error(client, c) != SSL_ERROR_WANT_READ)
			break;
		if (s != 1 && (s = SSL_do_handshake(server)) != 1 &&
		    SSL_get_error(server, s) != SSL_ERROR_WANT_READ)
			break;
	}
	if (s != 1 || c != 1)
		(void)printf("handshake: %s\n",
		    ERR_error_string(ERR_peek_last_error(), NULL));
	ERR_clear_error();
	return (s == 1 && c == 1);
}

static const struct {
	const char	*type;
	int		 version;
	const char	*schemes;	/* that the other side has */
	bool		 want;
} cases[] = {
	{ "rsa", TLS1_2_VERSION, NULL, true },
	{ "rsa", TLS1_3_VERSION, NULL, true },
	{ "rsa", TLS1_2_VERSION, "RSA+SHA256", true },
	{ "rsa", TLS1_2_VERSION, "RSA+SHA512", true },
	{ "rsa", TLS1_2_VERSION, "rsa_pss_rsae_sha384", true },
	{ "rsa", TLS1_3_VERSION, "rsa_pss_rsae_sha512", true },
	{ "rsa", TLS1_2_VERSION, "ed25519", false },
	{ "p256", TLS1_2_VERSION, NULL, true },
	{ "p256", TLS1_3_VERSION, NULL, true },
	{ "p256", TLS1_2_VERSION, "ECDSA+SHA512", true },
	{ "p256", TLS1_3_VERSION, "ECDSA+SHA512", false },
	{ "p384", TLS1_2_VERSION, NULL, true },
	{ "p384", TLS1_3_VERSION, NULL, true },
	{ "p521", TLS1_2_VERSION, NULL, true },
	{ "p521", TLS1_3_VERSION, NULL, true },
	{ "ed25519", TLS1_2_VERSION, NULL, true },
	{ "ed25519", TLS1_3_VERSION, NULL, true },
};

static struct chan *
channel(enum tlskey_purpose purpose, struct tls_keys **keys)
{
	struct chan *ch = run_dial(&run, ROLE_TLSPROXY);

	*keys = tls_keys_get(ch, "smtp/inet", purpose, SOON);
	ATF_REQUIRE_MSG(*keys != NULL, "%s", strerror(errno));
	ATF_REQUIRE_EQ(1, tls_key_use(ch, "smtp/inet", purpose, *keys, SOON));
	return (ch);
}

static bool
try(SSL_CTX *server, SSL_CTX *client)
{
	SSL *s = SSL_new(server), *c = SSL_new(client);
	bool ok;

	ATF_REQUIRE(s != NULL && c != NULL);
	ok = shake(s, c);
	if (ok)
		(void)printf("%s %s\n", SSL_get_version(s),
		    SSL_get_cipher(s));
	SSL_free(s);
	SSL_free(c);
	return (ok);
}

static void
compare(SSL_CTX *s, SSL_CTX *c, size_t i)
{
	ATF_CHECK_EQ_MSG(cases[i].want, try(s, c), "%s %x %s", cases[i].type,
	    cases[i].version, cases[i].schemes);
	SSL_CTX_free(s);
	SSL_CTX_free(c);
}

static void
stop(struct tls_keys **keys, struct chan **ch)
{
	tls_keys_free(keys);
	chan_free(ch);
	ATF_CHECK_EQ(0, run_drain(&run));
}

static void
as_server(const char *type)
{
	struct tls_keys *keys;
	struct chan *ch;
	SSL_CTX *s, *c;

	start("smtpd_tls_cert_file = /a.crt\nsmtpd_tls_key_file = /a.key\n"
	    "tlskey_channel_limit = 100\n", type);
	ch = channel(TLSKEY_SERVER, &keys);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(cases[i].type, type) != 0)
			continue;
		s = context(TLS_server_method(), cases[i].version, NULL);
		use_keys(s, keys);
		c = context(TLS_client_method(), cases[i].version,
		    cases[i].schemes);
		compare(s, c, i);
	}
	stop(&keys, &ch);
}

static int
accept_any(int ok, X509_STORE_CTX *ctx)
{
	(void)ok;
	(void)ctx;
	return (1);
}

static void
as_client(const char *type, enum tlskey_purpose purpose, const char *maincf)
{
	struct tls_keys *keys;
	struct chan *ch;
	SSL_CTX *s, *c;
	char list[128];

	start(maincf, type);
	make_pair("p256", "server");
	ch = channel(purpose, &keys);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(cases[i].type, type) != 0)
			continue;
		s = context(TLS_server_method(), cases[i].version, NULL);
		if (cases[i].schemes != NULL) {
			(void)strlcpy(list, cases[i].schemes, sizeof(list));
			ATF_REQUIRE(SSL_CTX_set1_client_sigalgs_list(s,
			    list) == 1);
		}
		ATF_REQUIRE(SSL_CTX_use_certificate_file(s, "server.crt",
		    SSL_FILETYPE_PEM) == 1 && SSL_CTX_use_PrivateKey_file(s,
		    "server.key", SSL_FILETYPE_PEM) == 1);
		SSL_CTX_set_verify(s, SSL_VERIFY_PEER |
		    SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
		c = context(TLS_client_method(), cases[i].version, NULL);
		use_keys(c, keys);
		compare(s, c, i);
	}
	stop(&keys, &ch);
}

#define SMTP_CLIENT	"smtp_tls_cert_file = /a.crt\n"			\
			"smtp_tls_key_file = /a.key\n"			\
			"tlskey_channel_limit = 100\n"
#define LMTP_CLIENT	"lmtp_tls_cert_file = /a.crt\n"			\
			"lmtp_tls_key_file = /a.key\n"			\
			"tlskey_channel_limit = 100\n"

#define HANDSHAKES(type)						\
	ATF_TC(server_##type);						\
	ATF_TC_HEAD(server_##type, t)					\
	{								\
		atf_tc_set_md_var(t, "require.user", "root");		\
	}								\
	ATF_TC_BODY(server_##type, t)					\
	{								\
		(void)t;						\
		as_server(#type);					\
	}								\
	ATF_TC(client_##type);						\
	ATF_TC_HEAD(client_##type, t)					\
	{								\
		atf_tc_set_md_var(t, "require.user", "root");		\
	}								\
	ATF_TC_BODY(client_##type, t)					\
	{								\
		(void)t;						\
		as_client(#type, TLSKEY_SMTP_CLIENT, SMTP_CLIENT);	\
	}

HANDSHAKES(rsa)
HANDSHAKES(p256)
HANDSHAKES(p384)
HANDSHAKES(p521)
HANDSHAKES(ed25519)

ATF_TC(client_lmtp);
ATF_TC_HEAD(client_lmtp, t)
{
	atf_tc_set_md_var(t, "require.user", "root");
}
ATF_TC_BODY(client_lmtp, t)
{
	(void)t;
	as_client("p256", TLSKEY_LMTP_CLIENT, LMTP_CLIENT);
}

ATF_TC(no_private_part);
ATF_TC_HEAD(no_private_part, t)
{
	atf_tc_set_md_var(t, "descr", "what a key here cannot do");
	atf_tc_set_md_var(t, "require.user", "root");
}
ATF_TC_BODY(no_private_part, t)
{
	struct tls_keys *keys;
	struct chan *ch;
	unsigned char text[64] = "", out[512];
	size_t n = sizeof(out);
	EVP_PKEY_CTX *ctx;
	BIGNUM *d = NULL;
	EVP_PKEY *key;

	(void)t;
	start("smtpd_tls_cert_file = /a.crt\nsmtpd_tls_key_file = /a.key\n",
	    "rsa");
	ch = channel(TLSKEY_SERVER, &keys);
	key = keys->keys[0].key;
	ATF_CHECK_EQ(1, X509_check_private_key(keys->keys[0].leaf, key));
	ATF_CHECK(EVP_PKEY_get_bn_param(key, "d", &d) != 1 && d == NULL);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	ATF_REQUIRE(ctx != NULL);
	ATF_CHECK_MSG(EVP_PKEY_decrypt_init(ctx) != 1 ||
	    EVP_PKEY_decrypt(ctx, out, &n, text, sizeof(text)) != 1,
	    "it decrypts");
	n = sizeof(out);
	ATF_CHECK_MSG(EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_sign(ctx, out, &n, text, 32) != 1,
	    "it signs a bare digest");
	EVP_PKEY_CTX_free(ctx);
	tls_keys_free(&keys);
	chan_free(&ch);
	ATF_CHECK_EQ(0, run_drain(&run));
}

ATF_TC(changed);
ATF_TC_HEAD(changed, t)
{
	atf_tc_set_md_var(t, "descr", "other certificates are noticed");
	atf_tc_set_md_var(t, "require.user", "root");
}
ATF_TC_BODY(changed, t)
{
	const struct run_file files[] = { { "/a.key", "a.key" },
		{ "/a.crt", "a.crt" } };
	struct tls_keys *old, *new;
	struct chan *ch;

	(void)t;
	start("smtpd_tls_cert_file = /a.crt\nsmtpd_tls_key_file = /a.key\n",
	    "p256");
	ch = channel(TLSKEY_SERVER, &old);
	ATF_CHECK_EQ(0, tls_key_use(ch, "smtp/inet", TLSKEY_SERVER, NULL,
	    SOON));
	chan_free(&ch);
	ATF_CHECK_EQ(0, run_drain(&run));
	make_pair("p256", "a");
	run_start(&run, ROLE_TLSKEY, OBJTOP, "smtpd_tls_cert_file = /a.crt\n"
	    "smtpd_tls_key_file = /a.key\n", files, 2);
	ch = run_dial(&run, ROLE_TLSPROXY);
	ATF_CHECK_EQ(0, tls_key_use(ch, "smtp/inet", TLSKEY_SERVER, old,
	    SOON));
	new = tls_keys_get(ch, "smtp/inet", TLSKEY_SERVER, SOON);
	ATF_REQUIRE(new != NULL);
	ATF_CHECK_EQ(1, tls_key_use(ch, "smtp/inet", TLSKEY_SERVER, new,
	    SOON));
	tls_keys_free(&old);
	tls_keys_free(&new);
	chan_free(&ch);
	ATF_CHECK_EQ(0, run_drain(&run));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, server_rsa);
	ATF_TP_ADD_TC(tp, client_rsa);
	ATF_TP_ADD_TC(tp, server_p256);
	ATF_TP_ADD_TC(tp, client_p256);
	ATF_TP_ADD_TC(tp, server_p384);
	ATF_TP_ADD_TC(tp, client_p384);
	ATF_TP_ADD_TC(tp, server_p521);
	ATF_TP_ADD_TC(tp, client_p521);
	ATF_TP_ADD_TC(tp, server_ed25519);
	ATF_TP_ADD_TC(tp, client_ed25519);
	ATF_TP_ADD_TC(tp, client_lmtp);
	ATF_TP_ADD_TC(tp, no_private_part);
	ATF_TP_ADD_TC(tp, changed);
	return (atf_no_error());
}

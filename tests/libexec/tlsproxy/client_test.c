/* SPDX-License-Identifier: ISC */
/* What a server's certificate is judged by, where we are the client. */
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "tlsproxy.h"

static struct params params = { .tls_medium_cipherlist = "HIGH",
	.tls_eecdh_auto_curves = "X25519", .tls_ffdhe_auto_groups = "",
	.tls_ssl_options = "", .tls_disable_workarounds = "",
	.tls_wildcard_matches_multiple_labels = true };
static struct service service = { .key = "smtp:smtp/unix", .p = &params,
	.purpose = TLSKEY_SMTP_CLIENT, .ca_file = "", .digest = "sha256",
	.depth = 9, .anonymous = true };
static EVP_PKEY *key;
static X509 *cert;

static void
make_cert(const char *names)
{
	X509_NAME *name;
	X509_EXTENSION *ext;

	key = EVP_EC_gen("P-256");
	cert = X509_new();
	ATF_REQUIRE(key != NULL && cert != NULL);
	(void)X509_set_version(cert, 2);
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), -100);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert), 1000);
	name = X509_get_subject_name(cert);
	ATF_REQUIRE(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"mx\n.example", -1, -1, 0) == 1);
	ATF_REQUIRE(X509_set_issuer_name(cert, name) == 1);
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
	ATF_REQUIRE(ext != NULL && X509_add_ext(cert, ext, -1) == 1);
	X509_EXTENSION_free(ext);
	ATF_REQUIRE(X509_set_pubkey(cert, key) == 1 &&
	    X509_sign(cert, key, EVP_sha256()) > 0);
}

static _Noreturn void
serve(int fd)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl;

	if (SSL_CTX_use_certificate(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, key) != 1 ||
	    (ssl = SSL_new(ctx)) == NULL || SSL_set_fd(ssl, fd) != 1)
		_exit(1);
	_exit(SSL_accept(ssl) == 1 ? 0 : 2);
}

static struct arena *memory;	/* of all sessions of a case */

enum dane { NO_DANE, DANE_RIGHT, DANE_WRONG };

static void
add_record(struct session_tls *t, enum dane dane)
{
	unsigned char digest[32];
	unsigned n = sizeof(digest);

	if (dane == NO_DANE)
		return;
	ATF_REQUIRE(SSL_dane_enable(t->ssl, "mx.example") == 1);
	ATF_REQUIRE(X509_digest(cert, EVP_sha256(), digest, &n) == 1);
	digest[0] = (unsigned char)(digest[0] ^ (dane == DANE_WRONG));
	ATF_REQUIRE(SSL_dane_tlsa_add(t->ssl, 3, 0, 1, digest, n) == 1);
	t->dane = true;
}

static void
connect_with(enum tls_level level, const char *match, bool trusted,
    enum dane dane, struct msg_tls_done *out)
{
	const struct msg_tls_client want = { .protocols = ">=TLSv1.2",
		.grade = "medium", .exclude = "aNULL", .level = level };
	const char *matches[] = { match, NULL }, *why, *problem;
	struct session_tls t = { .arena = memory, .service = &service,
		.client = true, .timeout = span_s(20), .level = level,
		.matches = matches, .nmatches = match != NULL };
	int sv[2], status;
	pid_t pid;

	cf = &params;
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0);
	ATF_REQUIRE((pid = fork()) >= 0);
	if (pid == 0)
		serve(sv[1]);
	fd_close(&sv[1]);
	t.fd = sv[0];
	ATF_REQUIRE((t.ctx = context_client(&service, &want)) != NULL);
	if (trusted)
		ATF_REQUIRE(X509_STORE_add_cert(SSL_CTX_get_cert_store(t.ctx),
		    cert) == 1);
	ATF_REQUIRE((t.ssl = SSL_new(t.ctx)) != NULL);
	add_record(&t, dane);
	ATF_REQUIRE_MSG(handshake(&t, &why, &problem), "%s: %s", why,
	    problem);
	describe(&t, out);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_EQ(0, status);
	SSL_free(t.ssl);
	SSL_CTX_free(t.ctx);
	fd_close(&t.fd);
}

/* Fingerprints of the certificate, as the caller has them. */
static const char *
fingerprint(void)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	const char *text;

	ATF_REQUIRE(n > 0);
	text = describe_digest(memory, "sha256",
	    (struct view){ (const char *)der, (size_t)n });
	OPENSSL_free(der);
	return (text);
}

ATF_TC_WITHOUT_HEAD(matched);
ATF_TC_BODY(matched, tc)
{
	const uint32_t sent = TLS_F_CERT | TLS_F_ASKED;
	const uint32_t trusted = sent | TLS_F_TRUSTED;
	const uint32_t fits = TLS_F_MATCHED;
	const struct {
		enum tls_level level;
		const char *match;
		bool trusted;
		enum dane dane;
		uint32_t want;
	} cases[] = {
		{ TLS_ENCRYPT, NULL, false, NO_DANE, sent },
		{ TLS_ENCRYPT, "mx.example", true, NO_DANE, trusted },
		{ TLS_VERIFY, "mx.example", true, NO_DANE, trusted | fits },
		{ TLS_VERIFY, "MX.example", true, NO_DANE, trusted | fits },
		{ TLS_VERIFY, "mx.example", false, NO_DANE, sent },
		{ TLS_VERIFY, "wrong.example", true, NO_DANE, trusted },
		{ TLS_VERIFY, NULL, true, NO_DANE, trusted },
		{ TLS_SECURE, ".example", true, NO_DANE, trusted | fits },
		{ TLS_SECURE, ".other", true, NO_DANE, trusted },
		{ TLS_SECURE, "a.b.wild.example", true, NO_DANE,
		    trusted | fits },
		{ TLS_FINGERPRINT, "AB:CD", true, NO_DANE, trusted },
		{ TLS_DANE, NULL, false, DANE_RIGHT, trusted | fits },
		{ TLS_DANE, NULL, true, DANE_WRONG, sent },
		{ TLS_DANE_ONLY, NULL, true, NO_DANE, trusted },
	};
	struct msg_tls_done done;

	(void)tc;
	memory = arena_new(0);
	make_cert("DNS:mx.example,DNS:*.wild.example");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		connect_with(cases[i].level, cases[i].match,
		    cases[i].trusted, cases[i].dane, &done);
		ATF_CHECK_EQ_MSG(cases[i].want, done.flags,
		    "case %zu: flags %x, want %x", i, done.flags,
		    cases[i].want);
	}
	connect_with(TLS_FINGERPRINT, fingerprint(), false, NO_DANE, &done);
	ATF_CHECK_EQ(sent | fits, done.flags);
	ATF_CHECK_STREQ(fingerprint(), done.cert_fp);
	ATF_CHECK(strlen(done.pkey_fp) == 95);
	ATF_CHECK(strcmp(done.pkey_fp, done.cert_fp) != 0);
	arena_free(&memory);
}

/* What goes to the caller has been made harmless, and fits its limits. */
ATF_TC_WITHOUT_HEAD(described);
ATF_TC_BODY(described, tc)
{
	struct msg_tls_done done;
	struct buf b;

	(void)tc;
	memory = arena_new(0);
	make_cert("DNS:mx.example");
	connect_with(TLS_ENCRYPT, NULL, false, NO_DANE, &done);
	ATF_CHECK_STREQ("TLSv1.3", done.protocol);
	ATF_CHECK_STREQ("TLS_AES_256_GCM_SHA384", done.cipher);
	ATF_CHECK_EQ(256, done.bits);
	ATF_CHECK_STREQ("X25519", done.kex);
	ATF_CHECK_STREQ("ECDSA (prime256v1)", done.server_sig);
	ATF_CHECK_STREQ("SHA256", done.server_digest);
	ATF_CHECK(done.client_sig == NULL);	/* sent as "" */
	ATF_CHECK_STREQ("mx?.example", done.subject);
	ATF_CHECK_STREQ("mx?.example", done.issuer);
	ATF_CHECK(done.verify[0] != '\0');
	buf_init(&b, 64 * 1024);
	ATF_CHECK_EQ(0, msg_put(&b, V_tls_done, &done));
	buf_fini(&b);
	arena_free(&memory);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, matched);
	ATF_TP_ADD_TC(tp, described);
	return (atf_no_error());
}

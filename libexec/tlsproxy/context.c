/* SPDX-License-Identifier: ISC */
/*
 * context - an SSL_CTX out of the parameters of one service.
 *
 * No stateless tickets and no cache: a ticket's key in a process that talks
 * to strangers opens what was recorded. No renegotiation, no compression, no
 * key exchange that wants more of a key than a signature.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/role.h"

#include "tlsproxy.h"

#define CIPHERS_MAX	(16 * 1024)
#define CA_FILE_MAX	(8 * 1024 * 1024)

static void
log_problem(const char *doing)
{
	struct arena *a = arena_new(0);
	const char *text = problem_text(a);

	if (text[0] != '\0')
		log_warn("%s: TLS library problem: %s", doing, text);
	arena_free(&a);
}

/* Every certificate of the PEM text. */
static int
add_authorities(SSL_CTX *ctx, BIO *in)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	X509 *cert;
	int n = 0;

	while ((cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		if (X509_STORE_add_cert(store, cert) == 1 &&
		    SSL_CTX_add_client_CA(ctx, cert) == 1)
			n++;
		X509_free(cert);
	}
	ERR_clear_error();		/* the end of the text is one */
	return (n);
}

static bool
trust(SSL_CTX *ctx, const char *file)
{
	int n = 0, fd = role_file_fd(file);
	ssize_t size;
	char *bytes;
	BIO *in;

	if (fd < 0) {
		log_warn("cannot load certificate authorities from %s", file);
		return (false);
	}
	bytes = OPENSSL_malloc(CA_FILE_MAX);
	size = bytes != NULL ? fd_pread_all(fd, bytes, CA_FILE_MAX, 0) : -1;
	if (size >= 0 &&
	    (in = BIO_new_mem_buf(bytes, (int)size)) != NULL) {
		n = add_authorities(ctx, in);
		BIO_free(in);
	}
	OPENSSL_free(bytes);
	if (n == 0)
		log_warn("cannot load certificate authorities from %s: there "
		    "are none", file);
	return (n > 0);
}

/* The chain is judged, the handshake goes on: who asks is told the result. */
static int
judge_later(int ok, X509_STORE_CTX *ctx)
{
	(void)ok;
	(void)ctx;
	return (1);
}

static bool
set_protocols(SSL_CTX *ctx, const char *text)
{
	uint64_t off;
	int min, max;

	if (!words_protocols(text, &min, &max, &off))
		return (false);
	SSL_CTX_set_options(ctx, off);
	return (SSL_CTX_set_min_proto_version(ctx, min) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, max) == 1);
}

static bool
set_ciphers(SSL_CTX *ctx, const struct params *p, const char *grade,
    const char *const *exclude)
{
	struct buf list;
	bool ok;

	buf_init(&list, CIPHERS_MAX);
	ok = words_ciphers(p, grade, exclude, &list) &&
	    SSL_CTX_set_cipher_list(ctx, buf_str(&list)) == 1;
	buf_fini(&list);
	return (ok);
}

static void
set_groups(SSL_CTX *ctx, const struct params *p, const char *grade)
{
	const char *curves = p->tls_eecdh_auto_curves;
	struct buf list;

	if (strcmp(grade, "strong") == 0)
		curves = p->tls_eecdh_strong_curve;
	else if (strcmp(grade, "ultra") == 0)
		curves = p->tls_eecdh_ultra_curve;
	else if (strcmp(grade, "none") == 0)
		curves = "";
	buf_init(&list, 1024);
	words_groups(curves, p->tls_ffdhe_auto_groups, &list);
	/* None that is known: OpenSSL's own choice. */
	if (list.n > 0)
		(void)SSL_CTX_set1_groups_list(ctx, list.p);
	buf_fini(&list);
}

static void
set_common(SSL_CTX *ctx, const struct params *p)
{
	SSL_CTX_set_options(ctx, SSL_OP_ALL);
	SSL_CTX_clear_options(ctx,
	    words_workarounds(p->tls_disable_workarounds));
	SSL_CTX_set_options(ctx, words_options(p->tls_ssl_options));
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_quiet_shutdown(ctx, 0);
}

static bool
ask_for_certificates(SSL_CTX *ctx, const struct service *s)
{
	const struct params *p = s->p;

	if (p->smtpd_tls_CApath[0] != '\0')
		log_warn("smtpd_tls_CApath is not used: no directory is open "
		    "here; put the certificates into smtpd_tls_CAfile");
	if (s->ca_file[0] != '\0' && !trust(ctx, s->ca_file))
		return (false);
	if (!s->asks)
		return (true);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE,
	    judge_later);
	SSL_CTX_set_verify_depth(ctx, s->depth);
	if (p->tls_trust_server_ccerts)
		(void)SSL_CTX_set_purpose(ctx, X509_PURPOSE_ANY);
	return (true);
}

static bool
set_server(SSL_CTX *ctx, const struct service *s)
{
	const struct params *p = s->p;
	const char *exclude[] = { p->smtpd_tls_exclude_ciphers,
		s->mandatory ? p->smtpd_tls_mandatory_exclude_ciphers : "",
		/* tlskey(8) neither decrypts nor signs finite-field groups. */
		"kRSA kDHE", strcmp(p->smtpd_tls_eecdh_grade, "none") == 0 ?
		"kEECDH" : "", s->asks ? "aNULL" : "", NULL };

	set_common(ctx, p);
	(void)SSL_CTX_set_tlsext_servername_callback(ctx, keys_for_name);
	set_groups(ctx, p, p->smtpd_tls_eecdh_grade);
	if (p->tls_preempt_cipherlist)
		SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
	/* Ciphers without a certificate are of no security level. */
	if (s->anonymous)
		SSL_CTX_set_security_level(ctx, 0);
	return (set_protocols(ctx, s->mandatory ?
	    p->smtpd_tls_mandatory_protocols : p->smtpd_tls_protocols) &&
	    set_ciphers(ctx, p, s->mandatory ? p->smtpd_tls_mandatory_ciphers :
	    p->smtpd_tls_ciphers, exclude) && ask_for_certificates(ctx, s));
}

SSL_CTX *
context_server(struct service *s)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx != NULL && set_server(ctx, s) &&
	    (s->anonymous || keys_install(ctx, s) > 0))
		return (ctx);
	log_problem(s->key);
	log_warn("%s: TLS is not available", s->key);
	SSL_CTX_free(ctx);
	return (NULL);
}

static bool
set_client(SSL_CTX *ctx, struct service *s, const struct msg_tls_client *want)
{
	const char *exclude[] = { want->exclude, NULL };

	set_common(ctx, s->p);
	set_groups(ctx, s->p, "auto");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, judge_later);
	SSL_CTX_set_verify_depth(ctx, s->depth);
	if (SSL_CTX_dane_enable(ctx) != 1 ||
	    !set_protocols(ctx, want->protocols) ||
	    !set_ciphers(ctx, s->p, want->grade, exclude))
		return (false);
	if (s->ca_file[0] != '\0' && !trust(ctx, s->ca_file))
		return (false);
	return (s->anonymous || keys_install(ctx, s) > 0);
}

SSL_CTX *
context_client(struct service *s, const struct msg_tls_client *want)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx != NULL && set_client(ctx, s, want))
		return (ctx);
	log_problem(s->key);
	SSL_CTX_free(ctx);
	return (NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * tlsproxy - one TLS session of somebody else's TCP connection.
 *
 *	tls_server | tls_client tls_match* tls_record* tls_anchor*  -> tls_ready
 *	tls_start + descriptor                                      -> tls_done
 *
 * tls_ready says whether there is a certificate and all else; so a server
 * knows before it answers STARTTLS. tls_done carries a descriptor, the end of
 * a stream of plaintext, and says what was agreed on; or why nothing was.
 * After that the channel is silent; the session ends with its descriptors.
 */
#ifndef POSTERN_PROTO_TLSPROXY_H
#define POSTERN_PROTO_TLSPROXY_H

#define TLS_SERVICE_MAX	300		/* "name/type" of master.cf */
#define TLS_NAME_MAX	255
#define TLS_TEXT_MAX	600
#define TLS_FP_MAX	200		/* a fingerprint as text */
#define TLS_RECORD_MAX	4096		/* bytes of one TLSA record */
#define TLS_ANCHOR_MAX	(16 * 1024)	/* bytes of one certificate */
#define TLS_MATCHES_MAX	100
#define TLS_RECORDS_MAX	100
#define TLS_ANCHORS_MAX	20

enum tls_level {
	TLS_NONE, TLS_MAY, TLS_ENCRYPT, TLS_DANE, TLS_DANE_ONLY,
	TLS_FINGERPRINT, TLS_VERIFY, TLS_SECURE,
	TLS_LEVEL_MAX = TLS_SECURE
};

enum tls_status {
	TLS_OK,
	TLS_UNAVAILABLE,		/* on our side; the log says why */
	TLS_FAILED,			/* the handshake; "why" */
	TLS_STATUS_MAX = TLS_FAILED
};

/* The server's side: all but the time comes from the service's parameters. */
#define MSG_tls_server(F, M)					\
	F(M, str, service, TLS_SERVICE_MAX)	/* the caller's */	\
	F(M, u32, timeout_ms, 3600000)	/* a step of the handshake */

/*
 * The client's side. "names" is about the tls_match that follow: names that
 * the certificate must be for, or fingerprints at that level.
 */
#define MSG_tls_client(F, M)					\
	F(M, str, service, TLS_SERVICE_MAX)				\
	F(M, u32, timeout_ms, 3600000)				\
	F(M, u32, level, TLS_LEVEL_MAX)				\
	F(M, str, sni, TLS_NAME_MAX)	/* or "" */			\
	F(M, str, protocols, 200)	/* as in main.cf */		\
	F(M, str, grade, 16)						\
	F(M, str, exclude, 1000)	/* ciphers */			\
	F(M, u32, matches, TLS_MATCHES_MAX)				\
	F(M, u32, records, TLS_RECORDS_MAX)				\
	F(M, u32, anchors, TLS_ANCHORS_MAX)

#define MSG_tls_match(F, M)						\
	F(M, str, text, TLS_NAME_MAX)

#define MSG_tls_record(F, M)	/* TLSA: RFC 6698 2.1 */		\
	F(M, u32, usage, 255)						\
	F(M, u32, selector, 255)					\
	F(M, u32, mtype, 255)						\
	F(M, blob, data, TLS_RECORD_MAX)

#define MSG_tls_anchor(F, M)	/* a certificate that is trusted */	\
	F(M, blob, der, TLS_ANCHOR_MAX)

#define MSG_tls_start(F, M)

#define MSG_tls_ready(F, M)						\
	F(M, u32, status, TLS_STATUS_MAX)

#define TLS_F_CERT	0x01	/* the peer has sent a certificate */
#define TLS_F_ASKED	0x02	/* it was asked for one */
#define TLS_F_TRUSTED	0x04	/* from an authority of ours, in time */
#define TLS_F_MATCHED	0x08	/* client: for a name, or by TLSA */
#define TLS_F_REUSED	0x10	/* an earlier session went on */
#define TLS_F_ALL	0x1f

/* Texts are printable, without CR and LF; "" where there is none. */
#define MSG_tls_done(F, M)						\
	F(M, u32, status, TLS_STATUS_MAX)				\
	F(M, u32, flags, TLS_F_ALL)					\
	F(M, str, why, TLS_TEXT_MAX)	/* "-1", "lost connection", ... */\
	F(M, str, problem, TLS_TEXT_MAX) /* what OpenSSL says to it */	\
	F(M, str, protocol, 20)		/* "TLSv1.3" */			\
	F(M, str, cipher, 100)						\
	F(M, u32, bits, 0)						\
	F(M, u32, alg_bits, 0)						\
	F(M, str, kex, 100)		/* "X25519", "ECDHE (P-256)" */	\
	F(M, str, server_sig, 100)	/* "RSA-PSS (2048 bits)" */	\
	F(M, str, server_digest, 40)	/* "SHA256" */			\
	F(M, str, client_sig, 100)					\
	F(M, str, client_digest, 40)					\
	F(M, str, sni, TLS_NAME_MAX)					\
	F(M, str, subject, TLS_NAME_MAX)	/* the peer's CN */		\
	F(M, str, issuer, TLS_NAME_MAX)					\
	F(M, str, cert_fp, TLS_FP_MAX)	/* AB:CD:... */			\
	F(M, str, pkey_fp, TLS_FP_MAX)					\
	F(M, str, verify, TLS_TEXT_MAX)	/* why it is not trusted */

#endif

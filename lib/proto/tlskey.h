/* SPDX-License-Identifier: ISC */
/*
 * tlskey - certificates of a service, and signatures with their keys.
 *
 * A channel is for one service of master.cf and one purpose: tlskey_open
 * comes first, once, and what is asked later must belong to it.
 */
#ifndef POSTERN_PROTO_TLSKEY_H
#define POSTERN_PROTO_TLSKEY_H

enum tlskey_purpose {
	TLSKEY_SERVER,			/* smtpd_tls_... */
	TLSKEY_SMTP_CLIENT,		/* smtp_tls_... */
	TLSKEY_LMTP_CLIENT,		/* lmtp_tls_... */
	TLSKEY_PURPOSE_MAX = TLSKEY_LMTP_CLIENT
};

#define TLSKEY_ID_LEN		32	/* SHA-256 of SubjectPublicKeyInfo */
#define TLSKEY_CHAINS_MAX	16	/* of one service, or of one name */
#define TLSKEY_CERTS_MAX	49152	/* bytes of one chain */
#define TLSKEY_TBS_MAX		512	/* bytes to be signed, but for */
#define TLSKEY_TRANSCRIPT_MAX	49152	/* a client of TLS 1.2 */
#define TLSKEY_SIGNATURE_MAX	2048

/* Name and type as in master.cf: "smtp/inet". */
#define MSG_tlskey_open(F, M)						\
	F(M, str, service, 320)						\
	F(M, u32, purpose, TLSKEY_PURPOSE_MAX)

/* Use the chains that tls_server_sni_maps has for that name. */
#define MSG_tlskey_name(F, M)						\
	F(M, str, name, 255)

/* How many chains; "serial" differs if any of their bytes do. */
#define MSG_tlskey_opened(F, M)						\
	F(M, u32, chains, TLSKEY_CHAINS_MAX)				\
	F(M, blob, serial, TLSKEY_ID_LEN)

/* From 0; of the name that was last asked for, if there was one. */
#define MSG_tlskey_chain(F, M)						\
	F(M, u32, number, TLSKEY_CHAINS_MAX)

/* DER, the leaf first, one behind the other. */
#define MSG_tlskey_certs(F, M)						\
	F(M, blob, certs, TLSKEY_CERTS_MAX)

/* "scheme" is the SignatureScheme of RFC 8446, 4.2.3, in TLS 1.2 too. */
#define MSG_tlskey_sign(F, M)						\
	F(M, blob, key, TLSKEY_ID_LEN)					\
	F(M, u32, scheme, 0xffff)					\
	F(M, blob, tbs, TLSKEY_TRANSCRIPT_MAX)

#define MSG_tlskey_signed(F, M)						\
	F(M, blob, signature, TLSKEY_SIGNATURE_MAX)

#endif

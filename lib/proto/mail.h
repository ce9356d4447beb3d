/* SPDX-License-Identifier: ISC */
/*
 * mail - how a message enters: smtpd(8), pickup(8), bounce(8) to cleanup(8).
 *
 *	mail_open mail_attr* -> mail_opened
 *	mail_rcpt* mail_data* mail_end -> mail_status
 *	mail_abort                        (at any time; no answer)
 *
 * A message that cannot be begun is answered with mail_status in place of
 * mail_opened; what comes until the next mail_open is swallowed.
 *
 * A channel serves many messages, one after another. The content is bytes
 * with LF line ends; whoever sends it has added Received: in front. After an
 * error cleanup(8) swallows what still comes and answers it at mail_end.
 */
#ifndef POSTERN_PROTO_MAIL_H
#define POSTERN_PROTO_MAIL_H

#define MAIL_ADDR_MAX	1500		/* an address, quoted form, with slack */
#define MAIL_CHUNK_MAX	(48 * 1024)	/* content bytes in one mail_data */

#define MSG_mail_open(F, M)					\
	F(M, u32, flags, MAIL_FLAG_ALL)	/* MAIL_FLAG_* */		\
	F(M, u32, sendopts, SENDOPT_ALL)	/* SENDOPT_* */			\
	F(M, u64, arrival_us, 0)		/* wall clock, microseconds */	\
	F(M, str, sender, MAIL_ADDR_MAX)	/* internal form; "" is <> */	\
	F(M, str, rewrite_context, 16)	/* local, remote */		\
	F(M, str, envid, 400)		/* RFC 3461 ENVID, decoded */	\
	F(M, u32, ret, 2)			/* 0 none, 1 FULL, 2 HDRS */	\
	F(M, u32, trace, TRACE_ALL)	/* TRACE_* */

/*
 * Postfix's attribute names: client_name, client_address, client_port,
 * reverse_client_name, helo_name, protocol_name, sasl_method, sasl_username,
 * sasl_sender, log_client_name, log_client_address, log_client_port,
 * log_helo_name, log_protocol_name, log_ident, encoding (7bit, 8bit),
 * server_address, server_port, message_origin, verp_delimiters (two
 * characters). At any time before mail_end:
 * filter (transport:nexthop), redirect (an address in external form), hold
 * and discard (any value).
 */
#define MSG_mail_attr(F, M)					\
	F(M, str, name, 64)						\
	F(M, str, value, 4096)

#define MSG_mail_rcpt(F, M)					\
	F(M, str, addr, MAIL_ADDR_MAX)	/* internal form */		\
	F(M, str, orig, MAIL_ADDR_MAX)	/* as first given, or "" */	\
	F(M, str, dsn_orcpt, 1000)		/* "type;address" or "" */	\
	F(M, u32, notify, 15)		/* DSN_NOTIFY_* bits; 0 none given */

#define MSG_mail_data(F, M)					\
	F(M, blob, bytes, MAIL_CHUNK_MAX)

#define MSG_mail_end(F, M)
#define MSG_mail_abort(F, M)

#define MSG_mail_opened(F, M)					\
	F(M, str, queue_id, 64)

#define MSG_mail_status(F, M)					\
	F(M, u32, status, 0)		/* MAIL_STAT_* bits; 0 is success */\
	F(M, str, queue_id, 64)						\
	F(M, u64, size, 0)			/* content bytes in the queue file */\
	F(M, str, reason, 1000)		/* "5.7.1 text", or "" */

#define MAIL_FLAG_BOUNCE	0x01	/* bounce bad recipients, no reject */
#define MAIL_FLAG_FILTER	0x02	/* header and body checks */
#define MAIL_FLAG_HOLD		0x04	/* to the hold queue */
#define MAIL_FLAG_DISCARD	0x08	/* take it and throw it away */
#define MAIL_FLAG_BCC_OK	0x10	/* automatic bcc recipients */
#define MAIL_FLAG_MAP_OK	0x20	/* address mappings */
#define MAIL_FLAG_MILTER	0x40	/* milters */
#define MAIL_FLAG_INTERNAL	0x80	/* Postern made it (notification) */
#define MAIL_FLAG_ALL		0xff

#define SENDOPT_SMTPUTF8	0x01	/* RFC 6531 was asked for */
#define SENDOPT_REQUIRETLS	0x02
#define SENDOPT_ALL		0x03

/* What is to be reported of the recipients; kept with the message. */
#define TRACE_PROBE		0x1	/* to verify(8); nothing is delivered */
#define TRACE_REPORT		0x2	/* to the sender; nothing is delivered */
#define TRACE_RECORD		0x4	/* to the sender; it is delivered */
#define TRACE_NO_DELIVERY	(TRACE_PROBE | TRACE_REPORT)
#define TRACE_ALL		0x7

#define MAIL_STAT_BAD		0x01	/* internal protocol error */
#define MAIL_STAT_WRITE		0x02	/* queue file could not be written */
#define MAIL_STAT_SIZE		0x04	/* message_size_limit */
#define MAIL_STAT_CONT		0x08	/* content refused */
#define MAIL_STAT_HOPS		0x10	/* hopcount_limit */
#define MAIL_STAT_RCPT		0x20	/* no recipients */
#define MAIL_STAT_DEFER		0x40	/* try again later */
#define MAIL_STAT_NOSPC		0x80	/* no space: 452 4.3.1 */

#endif

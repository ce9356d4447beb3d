/* SPDX-License-Identifier: ISC */
/*
 * bounce - per-message logs and notifications.
 *
 * The service a client reaches (bounce, defer, trace) is the log that is
 * meant. bounce_send makes and posts a notification from that log, carries
 * the message as deliver does, and removes the log where Postfix does.
 */
#ifndef POSTERN_PROTO_BOUNCE_H
#define POSTERN_PROTO_BOUNCE_H

#include "mail.h"

#define MSG_bounce_append(F, M)					\
	F(M, str, queue_id, 64)						\
	F(M, str, addr, MAIL_ADDR_MAX)					\
	F(M, str, orig, MAIL_ADDR_MAX)					\
	F(M, str, dsn_orcpt, 1000)						\
	F(M, u32, notify, 15)						\
	F(M, u32, index, 0)						\
	F(M, str, dsn, 16)							\
	F(M, str, action, 16)						\
	F(M, str, mta_type, 16)						\
	F(M, str, mta_name, 255)						\
	F(M, str, diag_type, 16)						\
	F(M, str, diag_text, 1000)						\
	F(M, str, reason, 2000)

enum bounce_kind {
	BOUNCE_FAILURE,			/* to the sender: undeliverable */
	BOUNCE_DELAY,			/* to the sender: still trying */
	BOUNCE_SUCCESS,			/* trace: delivered, relayed */
	BOUNCE_REPORT,			/* trace: sendmail -bv and -v */
	BOUNCE_KIND_MAX = BOUNCE_REPORT
};

#define MSG_bounce_send(F, M)					\
	F(M, u32, kind, BOUNCE_KIND_MAX)					\
	F(M, u32, sendopts, SENDOPT_ALL)					\
	F(M, str, queue_id, 64)						\
	F(M, str, encoding, 16)						\
	F(M, str, sender, MAIL_ADDR_MAX)					\
	F(M, str, envid, 400)						\
	F(M, u32, ret, 2)							\
	F(M, str, verp, 2)		/* delimiters, or "" */		\
	F(M, u64, arrival_us, 0)						\
	F(M, u64, content_offset, 0)					\
	F(M, u64, content_length, 0)					\
	F(M, blob, digest, 64)

#define MSG_bounce_remove(F, M)					\
	F(M, str, queue_id, 64)

#define MSG_bounce_status(F, M)					\
	F(M, u32, status, 1)		/* 0 done, 1 try later */

#endif

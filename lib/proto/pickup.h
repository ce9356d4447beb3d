/* SPDX-License-Identifier: ISC */
/*
 * pickup - mail of the users of this host, to pickup(8).
 *
 *	submit_open -> submit_status      (is 0: go on)
 *	submit_rcpt* submit_data* submit_end -> submit_status
 *	pickup_scan                       (no answer)
 *	pickup_file -> pickup_done        (from pickup itself)
 *	pickup_flush -> submit_status
 *
 * Who the user is, the kernel says; whether he may submit at all, the first
 * answer. Any other error is answered at submit_end; what comes before it is
 * swallowed. A file in maildrop/ holds the first four of
 * these as its records (queue-layout/drop.def).
 */
#ifndef POSTERN_PROTO_PICKUP_H
#define POSTERN_PROTO_PICKUP_H

#include "flush.h"
#include "mail.h"

#define SUBMIT_NAME_MAX	1000

#define SUBMIT_FLAG_GATEWAY	0x1	/* headers are another system's (sendmail -G) */
#define SUBMIT_FLAG_REPORT	0x2	/* do not deliver, report (-bv) */
#define SUBMIT_FLAG_RECORD	0x4	/* deliver and report (-v) */
#define SUBMIT_FLAG_VERP	0x8	/* a sender for each recipient (-XV) */
#define SUBMIT_VERP_SHIFT	8	/* two bits of 8: the delimiters, or 0: */
#define SUBMIT_VERP_MASK	0xffff00 /* default_verp_delimiters */
#define SUBMIT_FLAG_ALL		0xffff0f

#define MSG_submit_open(F, M)					\
	F(M, u32, flags, SUBMIT_FLAG_ALL)				\
	F(M, u32, sendopts, SENDOPT_ALL)				\
	F(M, str, sender, MAIL_ADDR_MAX)	/* internal form; "" is <> */	\
	F(M, str, fullname, SUBMIT_NAME_MAX)				\
	F(M, str, encoding, 16)		/* 7bit, 8bit or "" */		\
	F(M, str, envid, 400)		/* RFC 3461 ENVID, decoded */	\
	F(M, u32, ret, 2)		/* 0 none, 1 FULL, 2 HDRS */

#define MSG_submit_rcpt(F, M)					\
	F(M, str, addr, MAIL_ADDR_MAX)	/* internal form */		\
	F(M, u32, notify, 15)		/* DSN_NOTIFY_* bits; 0 none given */

/* Content with LF line ends, as in mail_data, without Received:. */
#define MSG_submit_data(F, M)					\
	F(M, blob, bytes, MAIL_CHUNK_MAX)

#define MSG_submit_end(F, M)

/*
 * What postsuper -r takes out of the queue comes as a file of pickup's own
 * uid, which no user can make. There requeue_from stands first, and
 * requeue_rcpt in place of submit_rcpt.
 */
#define MSG_requeue_from(F, M)					\
	F(M, str, queue_id, 64)						\
	F(M, u64, arrival_us, 0)					\
	F(M, str, rewrite_context, 16)	/* local, remote */

#define MSG_requeue_rcpt(F, M)					\
	F(M, str, addr, MAIL_ADDR_MAX)					\
	F(M, str, orig, MAIL_ADDR_MAX)					\
	F(M, str, dsn_orcpt, 1000)					\
	F(M, u32, notify, 15)

/* Look into maildrop/ for what is complete. */
#define MSG_pickup_scan(F, M)

/* One file of maildrop/, by its name. */
#define MSG_pickup_file(F, M)					\
	F(M, str, name, 64)

/* Have the queue tried: all of it, one message, or what waits for a site. */
#define MSG_pickup_flush(F, M)					\
	F(M, str, queue_id, 64)		/* "": all, or the site */	\
	F(M, str, site, FLUSH_SITE_MAX)	/* "": not a site */

#define SUBMIT_STAT_DENIED	0x10000	/* this user may not */
#define SUBMIT_STAT_UNKNOWN	0x20000	/* no such message to flush */
#define SUBMIT_STAT_NO_SITE	0x40000	/* not in fast_flush_domains */
#define SUBMIT_STAT_SYNTAX	0x80000	/* not the name of a site */

#define MSG_submit_status(F, M)					\
	F(M, u32, status, 0)		/* MAIL_STAT_*, SUBMIT_STAT_* */\
	F(M, str, queue_id, 64)						\
	F(M, str, reason, 1000)		/* "5.7.1 text", or "" */

#define MSG_pickup_done(F, M)					\
	F(M, u32, status, 1)		/* 1: the file is still there */

#endif

/* SPDX-License-Identifier: ISC */
/*
 * deliver - qmgr(8) to a delivery agent.
 *
 *	deliver (with the message, read only) deliver_rcpt*
 *	    -> deliver_status* deliver_done
 *
 * The content is content_length bytes at content_offset of the descriptor,
 * whose file offset is shared with others: pread(2) only. The agent must not
 * finish a delivery whose content does not match "digest".
 *
 * An agent that keeps a server session open says so in deliver_done (kept)
 * and may then be given another message for the same nexthop on the same
 * channel; when qmgr closes the channel the agent ends the session.
 *
 * A worker that has read bytes from one server does not talk to another
 * (I4): recipients to be tried at the next host come back as OUTCOME_NEXT,
 * with deliver_done.cursor; qmgr hands them to a fresh worker with that
 * cursor, which means something to the agent alone.
 */
#ifndef POSTERN_PROTO_DELIVER_H
#define POSTERN_PROTO_DELIVER_H

#include "mail.h"

#define MSG_deliver(F, M)						\
	F(M, u32, flags, DELIVER_FLAG_ALL)					\
	F(M, u32, sendopts, SENDOPT_ALL)					\
	F(M, u32, rcpt_count, 10000)	/* deliver_rcpt that follow */	\
	F(M, u32, cursor, 0)		/* where to go on, see above */	\
	F(M, str, queue_id, 64)						\
	F(M, str, nexthop, 2048)						\
	F(M, str, encoding, 16)		/* "", 7bit, 8bit */		\
	F(M, str, sender, MAIL_ADDR_MAX)					\
	F(M, str, envid, 400)						\
	F(M, u32, ret, 2)							\
	F(M, u64, content_offset, 0)					\
	F(M, u64, content_length, 0)					\
	F(M, blob, digest, 64)		/* of the content */		\
	F(M, u64, arrival_us, 0)		/* wall clock, for delay= */	\
	F(M, u64, active_us, 0)		/* entered active, for delays= */\
	F(M, str, client_name, 255)	/* log_client_name, ... XFORWARD */\
	F(M, str, client_address, 64)					\
	F(M, str, client_port, 8)						\
	F(M, str, protocol_name, 32)					\
	F(M, str, helo_name, 255)						\
	F(M, str, ident, 64)						\
	F(M, str, rewrite_context, 16)					\
	F(M, str, sasl_method, 64)						\
	F(M, str, sasl_username, 255)					\
	F(M, str, sasl_sender, MAIL_ADDR_MAX)

#define DELIVER_FLAG_KEEP	0x1	/* more mail for this nexthop waits */
#define DELIVER_FLAG_PROBE	0x2	/* address verification: no data */
#define DELIVER_FLAG_ALL	0x3

#define MSG_deliver_rcpt(F, M)					\
	F(M, u32, index, 0)		/* of the recipient in the file */\
	F(M, str, addr, MAIL_ADDR_MAX)					\
	F(M, str, orig, MAIL_ADDR_MAX)					\
	F(M, str, dsn_orcpt, 1000)						\
	F(M, u32, notify, 15)

enum outcome {
	OUTCOME_SENT,			/* delivered or relayed */
	OUTCOME_DEFERRED,
	OUTCOME_BOUNCED,
	OUTCOME_NEXT,			/* the next host should try */
	OUTCOME_MAX = OUTCOME_NEXT
};

/* What a notification needs to know of one recipient's fate (RFC 3464). */
#define MSG_deliver_status(F, M)					\
	F(M, u32, index, 0)						\
	F(M, u32, outcome, OUTCOME_MAX)					\
	F(M, u32, part, 1)		/* a failure; there is one more */	\
	F(M, str, addr, MAIL_ADDR_MAX)	/* what the recipient has become, if\
					   another address */		\
	F(M, str, dsn, 16)			/* 2.0.0 */			\
	F(M, str, action, 16)		/* delivered relayed failed delayed,
					   or "" for one that was sent: the
					   next hop notifies the sender */\
	F(M, str, mta_type, 16)		/* dns or "" */			\
	F(M, str, mta_name, 255)		/* Remote-MTA or "" */		\
	F(M, str, diag_type, 16)		/* smtp, x-unix or "" */	\
	F(M, str, diag_text, 1000)						\
	F(M, str, reason, 2000)		/* the text in parentheses */

#define MSG_deliver_done(F, M)					\
	F(M, u32, hop_failed, 1)		/* could not even talk to the hop */\
	F(M, u32, kept, 1)			/* server session is open */	\
	F(M, u32, damaged, 1)		/* the content fails its digest */\
	F(M, u32, cursor, 0)						\
	F(M, str, hop_dsn, 16)						\
	F(M, str, hop_reason, 2000)

/* Bits of "notify" (RFC 3461). */
#define DSN_NOTIFY_NEVER	0x1
#define DSN_NOTIFY_SUCCESS	0x2
#define DSN_NOTIFY_FAILURE	0x4
#define DSN_NOTIFY_DELAY	0x8

#endif

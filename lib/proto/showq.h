/* SPDX-License-Identifier: ISC */
/* showq - the mail queue, for postqueue(1). */
#ifndef POSTERN_PROTO_SHOWQ_H
#define POSTERN_PROTO_SHOWQ_H

#include "mail.h"

#define MSG_showq_list(F, M)					\
	F(M, u32, flags, 0)

#define MSG_showq_message(F, M)					\
	F(M, str, queue_name, 32)						\
	F(M, str, queue_id, 64)						\
	F(M, u64, arrival, 0)		/* seconds */			\
	F(M, u64, size, 0)							\
	F(M, u32, forced_expire, 1)					\
	F(M, str, sender, MAIL_ADDR_MAX)

#define MSG_showq_rcpt(F, M)					\
	F(M, str, orig, MAIL_ADDR_MAX)					\
	F(M, str, addr, MAIL_ADDR_MAX)					\
	F(M, str, log_class, 16)		/* bounce, defer or "" */	\
	F(M, str, reason, 2000)

#define MSG_showq_end(F, M)					\
	F(M, u32, status, 2)		/* 1: not complete; 2: not allowed */

#endif

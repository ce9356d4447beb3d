/* SPDX-License-Identifier: ISC */
/*
 * verify - what verify(8) knows of addresses.
 *
 *	verify_query -> verify_answer
 *	verify_update                     (from qmgr(8); no answer)
 *
 * What is not known is found out by a message that is not delivered; the
 * answer then waits for as long as the question allows, and is VERIFY_PENDING
 * if that was too short. Answers come in any order, with the question's id.
 */
#ifndef POSTERN_PROTO_VERIFY_H
#define POSTERN_PROTO_VERIFY_H

#include "mail.h"

#define VERIFY_TEXT_MAX	1000

enum verify_status {
	VERIFY_OK,			/* deliverable */
	VERIFY_DEFER,			/* not to be found out for now */
	VERIFY_BOUNCE,			/* undeliverable */
	VERIFY_PENDING,			/* being found out */
	VERIFY_STATUS_MAX = VERIFY_PENDING
};

#define MSG_verify_query(F, M)					\
	F(M, u32, id, 0)							\
	F(M, u32, wait_ms, 3600000)					\
	F(M, str, addr, MAIL_ADDR_MAX)	/* internal form */

#define MSG_verify_update(F, M)					\
	F(M, u32, status, VERIFY_BOUNCE)					\
	F(M, str, addr, MAIL_ADDR_MAX)	/* as it was asked for */	\
	F(M, str, text, VERIFY_TEXT_MAX)

#define MSG_verify_answer(F, M)					\
	F(M, u32, id, 0)							\
	F(M, u32, status, VERIFY_STATUS_MAX)				\
	F(M, str, text, VERIFY_TEXT_MAX)

#endif

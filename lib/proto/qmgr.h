/* SPDX-License-Identifier: ISC */
/*
 * qmgr - what the queue manager is told.
 *
 * queue_new hands over a finished message: its id and its descriptor (read
 * and write). There is no answer; queue_flow comes only when qmgr wants its
 * clients to slow down (in_flow_delay) or no longer does.
 */
#ifndef POSTERN_PROTO_QMGR_H
#define POSTERN_PROTO_QMGR_H

#define MSG_queue_new(F, M)					\
	F(M, str, queue_id, 64)						\
	F(M, u64, size, 0)			/* of the file: a check, no truth */

#define QUEUE_SCAN_INCOMING	0x1	/* Postfix's trigger I */
#define QUEUE_SCAN_DEFERRED	0x2	/* D */
#define QUEUE_SCAN_ALL		0x4	/* A: also what is not yet due */
#define QUEUE_FORGET_DEAD	0x8	/* F: forget dead destinations */

#define MSG_queue_flush(F, M)					\
	F(M, u32, what, 15)

#define MSG_queue_flush_one(F, M)					\
	F(M, str, queue_id, 64)

#define MSG_queue_flow(F, M)					\
	F(M, u32, slow, 1)

enum queue_status {
	QUEUE_DONE,
	QUEUE_NO_SUCH_MESSAGE,
	QUEUE_ERROR,
	QUEUE_UNDER_WAY,		/* it is being delivered already */
	QUEUE_STATUS_MAX = QUEUE_UNDER_WAY
};

#define MSG_queue_done(F, M)					\
	F(M, u32, status, QUEUE_STATUS_MAX)

#endif

/* SPDX-License-Identifier: ISC */
/* list - the queue as messages of lib/proto. */
#ifndef POSTERN_SHOWQ_LIST_H
#define POSTERN_SHOWQ_LIST_H

#include "base/mono.h"
#include "broker/chan.h"
#include "queue-layout/queue.h"

/*
 * Send every message in the queue, with those recipients that wait or have
 * failed, and showq_end. -1: the client is gone. What vanishes meanwhile, is
 * being written or is damaged is left out.
 */
int	list_queue(struct chan *ch, int rootfd, const struct q_hash *h,
	    struct span wait) __attribute__((warn_unused_result));

#endif

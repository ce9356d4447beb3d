/* SPDX-License-Identifier: ISC */
/* postqueue - what the files of postqueue(1) share. */
#ifndef POSTERN_POSTQUEUE_H
#define POSTERN_POSTQUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdnoreturn.h>

#include "conf/conf.h"
#include "proto/proto.h"

/* How a listing is printed. */
struct report {
	FILE		*out;
	bool		 json;
	bool		 wide;		/* for long queue ids */
	uint64_t	 messages;
	uint64_t	 bytes;
	uint64_t	 rcpts;		/* of the current message */
	char		 reason[2048];	/* the last one of it */
};

/* The messages of a listing, in the order in which showq(8) sends them. */
void	report_message(struct report *r, const struct msg_showq_message *m);
void	report_rcpt(struct report *r, const struct msg_showq_rcpt *m);
void	report_end(struct report *r);

/* End the program: the mail system has said that this user may not. */
noreturn void access_refused(const char *act);

#endif

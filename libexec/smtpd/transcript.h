/* SPDX-License-Identifier: ISC */
/*
 * transcript - what was said in a session, for the postmaster: of those in
 * which something happened that notify_classes names.
 */
#ifndef POSTERN_SMTPD_TRANSCRIPT_H
#define POSTERN_SMTPD_TRANSCRIPT_H

#include <stdint.h>

#include "base/view.h"
#include "verdict.h"

struct smtpd;

#define NOTICE_POLICY		0x01	/* refused by a restriction */
#define NOTICE_PROTOCOL		0x02	/* the client's mistake */
#define NOTICE_RESOURCE		0x04	/* our lack of space */
#define NOTICE_SOFTWARE		0x08	/* our mistake */
#define NOTICE_DATA		0x10	/* a table could not be read */

/* notify_classes as bits; others than these are bounce(8)'s. */
uint32_t transcript_classes(const char *list);

/* A line of the client; a reply to it, which may be of a class. */
void	transcript_in(struct smtpd *s, struct view line);
void	transcript_out(struct smtpd *s, struct verdict v, const char *text);
/* A restriction has refused with this enhanced code. */
void	transcript_refused(struct smtpd *s, const char *dsn);

/* The session is over: mail the transcript, if that is wanted. */
void	transcript_end(struct smtpd *s);

#endif

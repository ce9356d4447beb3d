/* SPDX-License-Identifier: ISC */
/* log - the lines about a session that log parsers know. */
#ifndef POSTERN_SMTPD_LOG_H
#define POSTERN_SMTPD_LOG_H

#include "verdict.h"

struct smtpd;

/*
 * "ID: what: PHASE from name[addr]: text; from=<> to=<> proto= helo=<>".
 * "rcpt" is the recipient that this is about, in external form, or NULL.
 */
void		log_action(struct smtpd *s, const char *what,
		    const char *rcpt, const char *text);

/* A refusal; the text is that of the reply, or "text". Returns v. */
struct verdict	log_refused(struct smtpd *s, struct verdict v,
		    const char *text);

/* "disconnect from name[addr] ehlo=1 ... commands=n". */
void		log_disconnect(const struct smtpd *s);

/* How an address looks in the log and in replies: its external form. */
const char	*log_address(struct smtpd *s, const char *internal);

#endif

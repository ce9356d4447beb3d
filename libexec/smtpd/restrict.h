/* SPDX-License-Identifier: ISC */
/*
 * restrict - who may do what: the restriction lists of main.cf, evaluated.
 *
 * A verdict with code 0 means that nothing is said against it. Refusals have
 * been logged when they come back.
 */
#ifndef POSTERN_SMTPD_RESTRICT_H
#define POSTERN_SMTPD_RESTRICT_H

#include <stdbool.h>

#include "verdict.h"

struct smtpd;
struct rlist;

#define STAGES	9			/* enum stage of session.h */

struct verdict	restrict_connect(struct smtpd *s);
struct verdict	restrict_helo(struct smtpd *s);
struct verdict	restrict_mail(struct smtpd *s);
/* "rcpt" is in internal form; also for VRFY. */
struct verdict	restrict_rcpt(struct smtpd *s, const char *rcpt);
struct verdict	restrict_data(struct smtpd *s);
struct verdict	restrict_eod(struct smtpd *s);
struct verdict	restrict_etrn(struct smtpd *s, const char *domain);
/* Is the client one whose headers are completed with our own domain? */
bool		restrict_rewrite(struct smtpd *s);

/* Parse all lists into setup.lists; fatal() for what cannot be. */
void		restrict_setup(void);

#endif

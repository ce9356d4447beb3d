/* SPDX-License-Identifier: ISC */
/* xclient - XCLIENT and XFORWARD: what trusted hosts say of their clients. */
#ifndef POSTERN_SMTPD_XCLIENT_H
#define POSTERN_SMTPD_XCLIENT_H

struct smtpd;

#define XCLIENT_ATTRIBUTES						\
	"NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT"
#define XFORWARD_ATTRIBUTES "NAME ADDR PROTO HELO SOURCE PORT IDENT"

/* May this client use them? Sets s->may_xclient and s->may_xforward. */
void	xclient_rights(struct smtpd *s);

/* Forget what XFORWARD said: it is for one transaction. */
void	xforward_drop(struct smtpd *s);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * login - AUTH (RFC 4954): who the client is, by the word of the SASL server
 * that smtpd_sasl_path names. We see passwords pass and keep none.
 */
#ifndef POSTERN_SMTPD_LOGIN_H
#define POSTERN_SMTPD_LOGIN_H

#include "base/buf.h"
#include "base/view.h"
#include "sasl/sasl.h"
#include "verdict.h"

struct smtpd;

struct login {
	struct sasl	 sasl;		/* the server */
	const char	*method, *user;	/* NULL: nobody has logged in */
};

/* login_setup.c: options, filters; fatal() for what cannot be. */
void		login_setup(void);

void		login_init(struct smtpd *s);
void		login_close(struct smtpd *s);
/*
 * Forget who it is and what was offered: another client (XCLIENT, with a name
 * or NULL), another channel (STARTTLS).
 */
void		login_as(struct smtpd *s, const char *user);

/* Is there a login for this client at all? */
bool		login_enabled(struct smtpd *s);
/* What EHLO says of it: "AUTH PLAIN LOGIN"; NULL: nothing. */
const char	*login_keywords(struct smtpd *s);

/* AUTH= of MAIL, decoded; code 0 if it is good. */
struct verdict	login_mail_option(struct smtpd *s, struct view value,
		    const char **sender);

/* "sasl_method=, sasl_username=, sasl_sender=", each with "sep" in front. */
const char	*login_logged(struct smtpd *s, const char *sep);
/* The name as it may stand in a comment of a header. */
const char	*login_comment(struct smtpd *s);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * verb - the SMTP commands as a table: a row each.
 *
 * The phase of a session is computed from it, never stored. Which command is
 * refused in which phase, and how, is a table too.
 */
#ifndef POSTERN_SMTPD_VERB_H
#define POSTERN_SMTPD_VERB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"
#include "verdict.h"

/* The order is that of the counts in the disconnect line. */
enum verb_id {
	VERB_HELO, VERB_EHLO, VERB_XCLIENT, VERB_XFORWARD, VERB_STARTTLS,
	VERB_AUTH, VERB_MAIL, VERB_RCPT, VERB_DATA, VERB_BDAT, VERB_RSET,
	VERB_NOOP, VERB_VRFY, VERB_ETRN, VERB_QUIT, VERB_HELP, VERB_UNKNOWN,
	VERB_COUNT
};

enum phase {
	PHASE_CONNECT	= 0x01,		/* no HELO yet */
	PHASE_HELO	= 0x02,		/* no MAIL */
	PHASE_MAIL	= 0x04,		/* no recipient was accepted */
	PHASE_RCPT	= 0x08,
	PHASE_BDAT	= 0x10,		/* content has begun */
};

enum verb_flag {
	VERB_LAST	= 0x01,		/* RFC 2920: ends a group */
	VERB_JUNK	= 0x02,		/* of no use by itself: counted */
	VERB_DENIED	= 0x04,		/* for clients refused at connect too */
	VERB_CLEAR	= 0x08,		/* without TLS where it is required */
};

struct verb_row {
	const char	*name;
	unsigned	 flags;
	/* What follows the verb, without white space around it. */
	struct verdict	(*run)(struct smtpd *s, struct view arg);
	const char	*syntax;	/* for smtpd(8) and for messages */
};

extern const struct verb_row verb_table[VERB_COUNT];

/* The number of a verb, any case; VERB_UNKNOWN. */
enum verb_id	verb_find(struct view name);

enum phase	smtpd_phase(const struct smtpd *s);

/*
 * What is said to a command that is out of order; code 0 if it is not.
 * Tables are sorted by what is said first.
 */
struct verdict	verb_refused(struct smtpd *s, enum verb_id id);

/* ehlo.c */
struct verdict	cmd_helo(struct smtpd *s, struct view arg);
struct verdict	cmd_ehlo(struct smtpd *s, struct view arg);
/* tls.c */
struct verdict	cmd_starttls(struct smtpd *s, struct view arg);
/* xclient.c */
struct verdict	cmd_xclient(struct smtpd *s, struct view arg);
struct verdict	cmd_xforward(struct smtpd *s, struct view arg);
/* login.c */
struct verdict	cmd_auth(struct smtpd *s, struct view arg);
/* mail.c, rcpt.c, data.c, bdat.c */
struct verdict	cmd_mail(struct smtpd *s, struct view arg);
struct verdict	cmd_rcpt(struct smtpd *s, struct view arg);
struct verdict	cmd_data(struct smtpd *s, struct view arg);
struct verdict	cmd_bdat(struct smtpd *s, struct view arg);
/* vrfy.c */
struct verdict	cmd_vrfy(struct smtpd *s, struct view arg);
struct verdict	cmd_etrn(struct smtpd *s, struct view arg);

#endif

/* SPDX-License-Identifier: ISC */
/* anvil - how often and how much one client may (anvil(8)). */
#ifndef POSTERN_SMTPD_ANVIL_H
#define POSTERN_SMTPD_ANVIL_H

#include <stdbool.h>

#include "verdict.h"

struct smtpd;

/*
 * Count this connection; true if it is one too many: *v is what to say. It is
 * over for anvil(8) when its channel is closed.
 */
bool	anvil_connect(struct smtpd *s, struct verdict *v);

/* The same for AUTH, MAIL and RCPT. */
bool	anvil_auth(struct smtpd *s, struct verdict *v);
bool	anvil_mail(struct smtpd *s, struct verdict *v);
bool	anvil_rcpt(struct smtpd *s, struct verdict *v);

/* Has this client made too many new TLS sessions? One more was made. */
bool	anvil_newtls_refused(struct smtpd *s, struct verdict *v);
void	anvil_newtls(struct smtpd *s);

#endif

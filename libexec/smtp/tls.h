/* SPDX-License-Identifier: ISC */
/* tls - what configuration demands of TLS, as long as there is no engine. */
#ifndef POSTERN_SMTP_TLS_H
#define POSTERN_SMTP_TLS_H

#include "smtp_in.h"

/* Once, at start: say what cannot be had. */
void	tls_warn(void);

/*
 * Must the session with this site be encrypted, as far as configuration
 * says? 1, 0, or -1 if a table failed.
 */
int	tls_required(const struct site *site, const struct agent_request *r);

#endif

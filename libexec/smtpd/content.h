/* SPDX-License-Identifier: ISC */
/* content - what DATA and BDAT have in common. */
#ifndef POSTERN_SMTPD_CONTENT_H
#define POSTERN_SMTPD_CONTENT_H

#include <stdbool.h>

#include "setup.h"
#include "smtp/data.h"
#include "verdict.h"

struct smtpd;

/*
 * The content is complete: the last restrictions, then cleanup(8)'s word.
 * "good" comes before "queued as ID". The transaction is over.
 */
struct verdict	content_end(struct smtpd *s, const char *good);

/* Not (yet) over message_size_limit: worth sending on. */
bool		content_within_limit(struct smtpd *s,
		    const struct smtp_data *d);

/* Bare newlines were in it, and this client may not send them? */
struct verdict	content_bare_lf(struct smtpd *s);

#endif

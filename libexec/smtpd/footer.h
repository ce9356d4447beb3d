/* SPDX-License-Identifier: ISC */
/* footer - what the administrator adds to refusals (smtpd_reject_footer). */
#ifndef POSTERN_SMTPD_FOOTER_H
#define POSTERN_SMTPD_FOOTER_H

#include <stddef.h>

#include "verdict.h"

struct smtpd;

/* The text of the reply with the footer; lives in s->line. */
const char	*footer_add(struct smtpd *s, struct verdict v,
		    const char *text);

/*
 * Replace $name, ${name}, ${name?text}, ${name:text} by what the session
 * knows ("client_address" and so on), made harmless, or what "more" knows.
 */
struct expand_name {
	const char	*name, *value;
};
const char	*expand_text(struct smtpd *s, const char *text,
		    const struct expand_name *more, size_t nmore);

#endif

/* SPDX-License-Identifier: ISC */
/* path - the address of MAIL, RCPT and VRFY as the session's rules have it. */
#ifndef POSTERN_SMTPD_PATH_H
#define POSTERN_SMTPD_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "address/address.h"

struct smtpd;

/* "FROM:" or "TO:" and what must follow; *arg moves behind it. */
bool	path_command(struct view *arg, const char *keyword);

/*
 * Take the path off *arg; false if it is not one (logged with the verb).
 * Strings live in s->line. "null" allows <>.
 */
bool	path_take(struct smtpd *s, struct view *arg, bool null,
	    struct addr_path *out);

/* The line in the log for an address that is none. */
void	path_warn(struct smtpd *s, struct view text);

/* Is it beyond ASCII though SMTPUTF8 was not asked for, and does it matter? */
bool	path_needs_utf8(struct smtpd *s, const struct addr_path *p,
	    uint32_t sendopts);

/* No control characters: fit for a header or a log. */
bool	is_printable_text(struct view v);

#endif

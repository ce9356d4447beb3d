/* SPDX-License-Identifier: ISC */
/* option - NAME=value behind the address of MAIL and RCPT. */
#ifndef POSTERN_SMTPD_OPTION_H
#define POSTERN_SMTPD_OPTION_H

#include <stdbool.h>

#include "base/buf.h"

struct option {
	struct view	all;		/* as it stands, for messages */
	struct view	name;
	struct view	value;
	bool		has_value;
};

/* Take the next one off *rest; false when there is none. */
bool	option_next(struct view *rest, struct option *out);

/*
 * Decode xtext, "=" by itself allowed, as it is found in ENVID. False if it is
 * malformed, has control characters, or does not fit.
 */
bool	option_xtext(struct view v, struct buf *out);

#endif

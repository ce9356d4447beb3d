/* SPDX-License-Identifier: ISC */
/*
 * verp - variable envelope return paths: a sender for each recipient, so that
 * a bounce says by its own recipient whom it is about.
 *
 *	list@here, user@there, "+=": list+user=there@here
 */
#ifndef POSTERN_VERP_H
#define POSTERN_VERP_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"

/* Two printable characters, as "allowed" has them (NULL: any). */
bool	verp_delimiters_valid(struct view v, const char *allowed);

/*
 * The sender for this recipient (all in internal form) into "out", set anew.
 * One that has no domain gets none. -1: it does not fit; "out" is empty.
 */
int	verp_sender(const char *delimiters, const char *sender,
	    const char *rcpt, struct buf *out)
	    __attribute__((warn_unused_result));

#endif

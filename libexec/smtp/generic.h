/* SPDX-License-Identifier: ISC */
/* generic - smtp_generic_maps: addresses that the world may see. */
#ifndef POSTERN_SMTP_GENERIC_H
#define POSTERN_SMTP_GENERIC_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"

/* Are there any such tables? */
bool	generic_wanted(void);

/*
 * The address (internal form) that stands for "addr"; in the arena, or "addr"
 * itself. NULL: a table failed, which is logged.
 */
const char *generic_address(struct arena *a, const char *addr);

/* Is this header (its name) one whose addresses are rewritten? */
bool	generic_header_name(struct view name);

/*
 * Append the body of such a header, its addresses replaced. -1: a table
 * failed, or it does not fit.
 */
int	generic_header(struct view body, struct buf *out)
	    __attribute__((warn_unused_result));

#endif

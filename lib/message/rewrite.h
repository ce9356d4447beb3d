/* SPDX-License-Identifier: ISC */
/*
 * rewrite - addresses in standard form: user@host.domain.
 *
 * The one place for the rule, which trivial-rewrite(8) answers with and
 * cleanup(8) applies itself. It looks at nothing but the address and the
 * configuration. The address is a stranger's.
 */
#ifndef POSTERN_MESSAGE_REWRITE_H
#define POSTERN_MESSAGE_REWRITE_H

#include <stdbool.h>

#include "base/view.h"

struct buf;

struct rewrite_rules {
	const char	*origin;	/* put behind "user"; NULL: nothing */
	const char	*domain;	/* put behind "user@host"; NULL */
	bool		 swap_bangpath;	/* site!user */
	bool		 percent_hack;	/* user%site */
};

/* The rules "local" and "remote" as the parameters say. */
void	rewrite_rules_local(struct rewrite_rules *r);
void	rewrite_rules_remote(struct rewrite_rules *r);

/*
 * Append the standard form of an address, both in external form: without
 * source route and final dot, the local part quoted where it must be. The
 * empty address stays empty. -1 if it does not fit.
 */
int	rewrite_addr(const struct rewrite_rules *r, struct view external,
	    struct buf *out) __attribute__((warn_unused_result));

#endif

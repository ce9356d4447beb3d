/* SPDX-License-Identifier: ISC */
/* landlock - the third layer: paths, TCP ports, signals. Private. */
#ifndef POSTERN_LANDLOCK_H
#define POSTERN_LANDLOCK_H

#include "confine.h"

/*
 * Restrict this process to the paths and ports of the policy, everything
 * else that the running kernel's Landlock knows being refused. Paths are
 * looked up from the current root. The ABI in force; 0 if there is none.
 */
int	landlock_enter(const struct policy *p);

/* The same to these rights; a kernel without Landlock does nothing. */
void	landlock_below(const struct confine_right *r, size_t n);

#endif

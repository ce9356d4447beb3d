/* SPDX-License-Identifier: ISC */
/* caps - capability sets by the bare system calls; private to lib/confine. */
#ifndef POSTERN_CAPS_H
#define POSTERN_CAPS_H

#include <stdint.h>

#define CAP_BIT(c)	(UINT64_C(1) << (c))

/* Permitted and effective := "permitted", inheritable; fatal() if refused. */
void	caps_set(uint64_t permitted, uint64_t inheritable);
/* Every capability but those in "keep" leaves the bounding set. */
void	caps_drop_bounding(uint64_t keep);

#endif

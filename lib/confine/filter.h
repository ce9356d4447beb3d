/* SPDX-License-Identifier: ISC */
/* filter - load an embedded seccomp program. Private to lib/confine. */
#ifndef POSTERN_FILTER_H
#define POSTERN_FILTER_H

#include "policy/policy.h"

/* From here on the filter decides; fatal() if the kernel refuses it. */
void	filter_load(const struct policy_filter *f);

#endif

/* SPDX-License-Identifier: ISC */
/* writer - a process that acts as a user writes one mailbox, and no more. */
#include <sys/prctl.h>

#include "base/log.h"

#include "confine.h"
#include "filter.h"
#include "landlock.h"

void
confine_writer(const struct confine_right *r, size_t n,
    const struct policy_filter *f)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		fatal("prctl: %m");
	landlock_below(r, n);
	filter_load(f);
}

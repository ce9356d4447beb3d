/* SPDX-License-Identifier: ISC */
/*
 * privileged - master and warden keep only what their policy names.
 *
 * libcap-ng does the sets; a child that becomes a role starts from these.
 */
#include <sys/prctl.h>

#include <linux/securebits.h>

#include <cap-ng.h>
#include <unistd.h>

#include "base/log.h"

#include "caps.h"
#include "confine.h"
#include "filter.h"

void
confine_privileged(const struct policy *p, const struct policy_filter *f)
{
	must(p->kind == POLICY_PRIVILEGED);
	capng_clear(CAPNG_SELECT_ALL);
	for (unsigned c = 0; c < 64; c++)
		if ((p->caps & CAP_BIT(c)) && capng_update(CAPNG_ADD,
		    CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
		    c) < 0)
			fatal("capability %u: refused", c);
	if (capng_apply(CAPNG_SELECT_ALL) < 0)
		fatal("cannot reduce the capabilities of %s", p->name);
	if (capng_have_capability(CAPNG_EFFECTIVE, 21 /* SYS_ADMIN */) &&
	    !(p->caps & CAP_BIT(21)))
		fatal("%s still has CAP_SYS_ADMIN", p->name);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fatal("prctl: %m");
	filter_load(f);
}

/* SPDX-License-Identifier: ISC */
/* caps - what a role needs of capabilities, without a library in its way. */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <errno.h>
#include <unistd.h>

#include "base/log.h"

#include "caps.h"

void
caps_set(uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	for (int i = 0; i < 2; i++) {
		d[i].permitted = (uint32_t)(permitted >> (32 * i));
		d[i].effective = d[i].permitted;
		d[i].inheritable = (uint32_t)(inheritable >> (32 * i));
	}
	if (syscall(SYS_capset, &h, d) < 0)
		fatal("capset: %m");
}

void
caps_drop_bounding(uint64_t keep)
{
	for (int c = 0; c < 64; c++) {
		if (keep & CAP_BIT(c))
			continue;
		if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0) {
			if (errno == EINVAL)	/* past the last one */
				return;
			fatal("bounding set: %m");
		}
	}
}

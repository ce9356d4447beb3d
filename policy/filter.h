/* SPDX-License-Identifier: ISC */
/* filter - a role's rules as a program for the kernel, by libseccomp. */
#ifndef POSTERN_POLICY_FILTER_H
#define POSTERN_POLICY_FILTER_H

#include <linux/filter.h>

#include "model.h"

#define FILTER_MAX	4096	/* instructions; the kernel's BPF_MAXINSNS */

/*
 * Compile the rules of "r". Default and foreign architectures: the process is
 * killed. 0, or -1 with m->error.
 */
int	filter_compile(struct model *m, const struct mrole *r,
	    struct sock_filter *code, size_t *n);

#endif

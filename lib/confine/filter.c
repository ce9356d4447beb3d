/* SPDX-License-Identifier: ISC */
/* filter - seccomp(2) with a program that was compiled with the build. */
#include <sys/syscall.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <unistd.h>

#include "base/log.h"

#include "filter.h"

void
filter_load(const struct policy_filter *f)
{
	struct sock_fprog prog;

	must(f->n > 0 && f->n <= BPF_MAXINSNS);
	prog.len = (unsigned short)f->n;
	/* The kernel copies the program; it does not write to it. */
	prog.filter = (struct sock_filter *)(uintptr_t)f->code;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		fatal("seccomp: %m");
}

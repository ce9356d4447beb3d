/* SPDX-License-Identifier: ISC */
/* bpf - run a seccomp filter as the kernel would, without a kernel. */
#ifndef POSTERN_POLICY_BPF_H
#define POSTERN_POLICY_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The action for this call. False: the kernel would not have accepted the
 * program (an instruction, a jump or a load that is not allowed to filters).
 */
bool	bpf_run(const struct sock_filter *code, size_t n,
	    const struct seccomp_data *data, uint32_t *action);

#endif

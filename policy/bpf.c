/* SPDX-License-Identifier: ISC */
/*
 * bpf - run a seccomp filter as the kernel would, without a kernel.
 *
 * Knows what classic BPF may do in a filter and nothing else; anything
 * unknown is an error, never a guess.
 */
#include <string.h>

#include "bpf.h"

static bool
jump_taken(uint16_t op, uint32_t a, uint32_t k)
{
	switch (op) {
	case BPF_JEQ:
		return (a == k);
	case BPF_JGT:
		return (a > k);
	case BPF_JGE:
		return (a >= k);
	default:		/* BPF_JSET; the caller has looked */
		return ((a & k) != 0);
	}
}

bool
bpf_run(const struct sock_filter *code, size_t n,
    const struct seccomp_data *data, uint32_t *action)
{
	uint32_t acc = 0;
	size_t pc;

	for (pc = 0; pc < n; pc++) {
		const struct sock_filter *i = &code[pc];

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (i->k % 4 != 0 || i->k > sizeof(*data) - 4)
				return (false);
			memcpy(&acc, (const char *)data + i->k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			acc &= i->k;
			break;
		case BPF_JMP | BPF_JA:
			if (i->k >= n)
				return (false);
			pc += i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += jump_taken(BPF_OP(i->code), acc, i->k) ?
			    i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			*action = i->k;
			return (true);
		default:
			return (false);
		}
	}
	return (false);			/* ran off the end */
}

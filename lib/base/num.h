/* SPDX-License-Identifier: ISC */
/* num - the one way from text to a number, and checked sums of sizes. */
#ifndef POSTERN_NUM_H
#define POSTERN_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view.h"

/* All of "v" as decimal digits (a leading '-' if lo < 0) within [lo, hi]. */
bool	num_parse(struct view v, int64_t lo, int64_t hi, int64_t *out)
	    __attribute__((warn_unused_result));
bool	num_unsigned(struct view v, uint64_t hi, uint64_t *out)
	    __attribute__((warn_unused_result));

/* Sum and product; panic() on overflow (the operands are ours). */
size_t	size_add(size_t a, size_t b);
size_t	size_mul(size_t a, size_t b);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * num - strict decimal numbers: no sign but a wanted one, no blanks, no
 * base prefixes, nothing behind the digits, nothing out of range.
 */
#include "log.h"
#include "num.h"

bool
num_unsigned(struct view v, uint64_t hi, uint64_t *out)
{
	uint64_t sum = 0;
	size_t i;

	if (v.n == 0)
		return (false);
	for (i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return (false);
		if (__builtin_mul_overflow(sum, (uint64_t)10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(v.p[i] - '0'),
			&sum) || sum > hi)
			return (false);
	}
	*out = sum;
	return (true);
}

bool
num_parse(struct view v, int64_t lo, int64_t hi, int64_t *out)
{
	bool minus = v.n > 0 && v.p[0] == '-' && lo < 0;
	uint64_t sum;
	int64_t value;

	if (minus)
		v = view_sub(v, 1, v.n);
	/* The magnitude of the smallest number is one above the largest. */
	if (!num_unsigned(v, (uint64_t)INT64_MAX + (minus ? 1 : 0), &sum))
		return (false);
	value = minus ? (int64_t)(0 - sum) : (int64_t)sum;
	if (value < lo || value > hi)
		return (false);
	*out = value;
	return (true);
}

size_t
size_add(size_t a, size_t b)
{
	size_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		panic("size_add: %zu + %zu overflows", a, b);
	return (sum);
}

size_t
size_mul(size_t a, size_t b)
{
	size_t product;

	if (__builtin_mul_overflow(a, b, &product))
		panic("size_mul: %zu * %zu overflows", a, b);
	return (product);
}

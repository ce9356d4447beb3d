/* SPDX-License-Identifier: ISC */
/*
 * pattern - what regexp and pcre tables have in common: /pattern/flags, and
 * values with $1 in them.
 */
#ifndef POSTERN_TABLE_PATTERN_H
#define POSTERN_TABLE_PATTERN_H

#include "rules.h"

#define PATTERN_GROUPS_MAX	100	/* $1 ... $99 and the whole */

/* Flag letters and what they switch; an unknown one is a wrong rule. */
struct pattern_flag {
	char	letter;
	int	bit;
};

/* Compile: NULL if it is no pattern, which is logged. */
typedef void *(*pattern_compile_fn)(struct table *t, unsigned line,
    const char *pattern, int flags, size_t *groups);

/* Parse "[!]/pattern/flags value" by a flag table that ends with letter 0. */
bool	pattern_parse(struct table *t, unsigned line, char *text,
	    struct rule *r, const struct pattern_flag *flags, int defaults,
	    pattern_compile_fn compile);

/* Append the value; "group" gives the text of group 1, 2, ... in "key". */
int	pattern_value(struct table *t, const struct rule *r, const char *key,
	    struct view (*group)(const char *key, size_t n));

#endif

/* SPDX-License-Identifier: ISC */
/*
 * entry - "key value" and "name: value": one line of a table's source.
 */
#ifndef POSTERN_TABLE_ENTRY_H
#define POSTERN_TABLE_ENTRY_H

#include <stdbool.h>

struct text;
struct buf;

/*
 * Split the line that "t" has (and change it): the key, which may hold
 * "quoted white space", and the value without white space around it. False if
 * it is no entry, which is logged.
 */
bool	entry_split(struct text *t, bool utf8, const char **key,
	    const char **value);

/*
 * The same for aliases(5): "name: value, value". The name is given quoted
 * where RFC 5322 demands it; the values are joined by ", ". Both are put into
 * the buffers.
 */
bool	entry_split_alias(struct text *t, bool utf8, struct buf *key,
	    struct buf *value);

#endif

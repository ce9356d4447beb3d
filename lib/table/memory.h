/* SPDX-License-Identifier: ISC */
/* memory - keys and values in an arena, in the order of the keys. */
#ifndef POSTERN_TABLE_MEMORY_H
#define POSTERN_TABLE_MEMORY_H

#include <stdbool.h>

struct arena;
struct memory;

struct memory	*memory_new(struct arena *a);

/* Copies both. False if the key was there; then it is changed if "replace". */
bool		 memory_put(struct memory *m, const char *key,
		    const char *value, bool replace);

/* The value, or NULL. */
const char	*memory_get(const struct memory *m, const char *key);

/* Take the key out; false if it was not there. */
bool		 memory_drop(struct memory *m, const char *key);

/* Call "fn" in the order of keys until it returns other than 0. */
int		 memory_each(const struct memory *m, int (*fn)(void *arg,
		    const char *key, const char *value), void *arg);

#endif

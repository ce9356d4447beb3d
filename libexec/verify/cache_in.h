/* SPDX-License-Identifier: ISC */
/* cache_in - the two kinds of cache; as verify.h says of cache_*(). */
#ifndef POSTERN_VERIFY_CACHE_IN_H
#define POSTERN_VERIFY_CACHE_IN_H

#include "verify.h"

/* memory.c */
void	memory_open(size_t max);
void	memory_close(void);
bool	memory_get(const char *key, struct buf *out);
void	memory_put(const char *key, struct view record);
void	memory_drop(const char *key);
bool	memory_sweep(size_t n, bool (*over)(struct view), uint64_t *kept,
	    uint64_t *dropped);

#endif

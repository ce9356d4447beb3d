/* SPDX-License-Identifier: ISC */
/* xalloc - heap for the few things that are not in an arena; never NULL. */
#ifndef POSTERN_XALLOC_H
#define POSTERN_XALLOC_H

#include <stddef.h>

void	*xcalloc(size_t n, size_t size);
void	*xrealloc(void *p, size_t n, size_t size);
char	*xstrdup(const char *s);
char	*xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Free *p and set it to NULL: x_free(&thing). */
void	 xfree_(void **p);
#define xfree(pp)	xfree_((void **)(pp))

#endif

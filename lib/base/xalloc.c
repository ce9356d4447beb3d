/* SPDX-License-Identifier: ISC */
/*
 * xalloc - the heap behind everything that is not in an arena.
 *
 * Together with arena.c and buf.c the only place that calls malloc(3) and
 * free(3). Nobody above has to think about a NULL.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "xalloc.h"

void *
xcalloc(size_t n, size_t size)
{
	void *p;

	must(n > 0 && size > 0);
	if ((p = calloc(n, size)) == NULL)
		fatal("out of memory: %zu times %zu bytes", n, size);
	return (p);
}

void *
xrealloc(void *p, size_t n, size_t size)
{
	must(n > 0 && size > 0);
	if ((p = reallocarray(p, n, size)) == NULL)
		fatal("out of memory: %zu times %zu bytes", n, size);
	return (p);
}

char *
xstrdup(const char *s)
{
	char *p;

	if ((p = strdup(s)) == NULL)
		fatal("out of memory: %zu bytes", strlen(s) + 1);
	return (p);
}

char *
xprintf(const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&p, fmt, ap);
	va_end(ap);
	if (n < 0)
		fatal("out of memory: cannot print \"%s\"", fmt);
	return (p);
}

void
xfree_(void **p)
{
	free(*p);
	*p = NULL;
}

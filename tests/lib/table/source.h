/* SPDX-License-Identifier: ISC */
/* source - for tests: files in the working directory as a table source. */
#ifndef POSTERN_TESTS_SOURCE_H
#define POSTERN_TESTS_SOURCE_H

#include "table/table.h"

/* A source that opens files; what was logged is in source_log. */
extern struct table_source source;
extern char source_log[];

/* Begin: log to source_log. */
void	source_init(void);

/* Write a file, and make an index of lines "key value". */
void	source_file(const char *name, const char *text);
void	source_index(const char *name, const char *text);

#endif

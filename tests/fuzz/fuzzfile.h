/* SPDX-License-Identifier: ISC */
/* fuzzfile - one file in memory as the only one of a table source. */
#ifndef POSTERN_TESTS_FUZZFILE_H
#define POSTERN_TESTS_FUZZFILE_H

#include <sys/mman.h>

#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "table/table.h"

static void
fuzzfile_quiet(enum log_level level, const char *line, size_t n)
{
	(void)level;
	(void)line;
	(void)n;
}

static int
fuzzfile_fd(void *arg, const char *id)
{
	(void)id;
	return (*(int *)arg);
}

static void
fuzzfile_open(int *fd, struct table_source *src, const void *p, size_t n)
{
	log_open("fuzz", fuzzfile_quiet);
	*fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (*fd == -1 || fd_write_all(*fd, p, n) == -1)
		fatal("memfd: %m");
	*src = (struct table_source){ .fd = fuzzfile_fd, .arg = fd };
}

static void
fuzzfile_close(int *fd, struct table_source *src)
{
	tables_close(src);
	fd_close(fd);
}

#endif

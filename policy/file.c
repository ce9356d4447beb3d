/* SPDX-License-Identifier: ISC */
/*
 * file - whole files for the two policy tools.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "file.h"

int
file_read(struct arena *a, const char *path, struct view *out,
    struct token_error *e)
{
	ssize_t n;
	char *p;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return (token_fail(e, path, 0, "%s", strerror(errno)));
	p = arena_get(a, TOKEN_FILE_MAX + 1);
	n = fd_pread_all(fd, p, TOKEN_FILE_MAX + 1, 0);
	if (n == -1)
		(void)token_fail(e, path, 0, "%s", strerror(errno));
	fd_close(&fd);
	*out = (struct view){ p, n < 0 ? 0 : (size_t)n };
	return (n == -1 ? -1 : 0);
}

int
file_complain(const char *tool, const struct token_error *e)
{
	if (e->line == 0)
		fprintf(stderr, "%s: %s: %s\n", tool, e->file, e->text);
	else
		fprintf(stderr, "%s: %s:%u: %s\n", tool, e->file, e->line,
		    e->text);
	return (1);
}

/* SPDX-License-Identifier: ISC */
/*
 * stdin - standard input as a file.
 *
 * It may be a pipe, which has no position that pread(2) could use: a copy has.
 */
#include <sys/mman.h>

#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "mapcmd.h"

int
mapcmd_stdin(void)
{
	char chunk[65536];
	ssize_t n;
	int fd = memfd_create("stdin", MFD_CLOEXEC);

	if (fd == -1)
		fatal("memfd_create: %m");
	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		if (fd_write_all(fd, chunk, (size_t)n) == -1)
			fatal("copy of standard input: %m");
	if (n == -1)
		fatal("read standard input: %m");
	return (fd);
}

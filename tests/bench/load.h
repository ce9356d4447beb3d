/* SPDX-License-Identifier: ISC */
/* load - a few functions that both ends of the benchmark's SMTP share. */
#ifndef POSTERN_BENCH_LOAD_H
#define POSTERN_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lines come in pieces; this is the piece that has no end yet. */
struct lines {
	char	buf[4096];
	size_t	n;
};

/*
 * Read what there is on "fd". Then lines_next() gives each whole line without
 * its end until it returns false. Return 0 at the end of the connection.
 */
int	lines_read(struct lines *l, int fd);
bool	lines_next(struct lines *l, char *line, size_t size);

/* All of it, or exit: what a benchmark measures does not get stuck. */
void	put_all(int fd, const char *p, size_t n);
_Noreturn void	stop(const char *what);
uint64_t	number(const char *text, uint64_t max);

/* The two programs in one: both return an exit status. */
int	load_send(int argc, char *argv[]);
int	load_sink(int argc, char *argv[]);

#endif

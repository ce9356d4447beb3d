/* SPDX-License-Identifier: ISC */
/*
 * replay - a fuzz target as an ordinary test.
 *
 * The program NAME_fuzz runs through all files of corpus/NAME, and through
 * mutations of them that are the same in every run: cut at each length, each
 * byte changed in some ways. The target judges; here nothing may crash.
 */
#include <sys/stat.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"

#define SEED_MAX	(1024 * 1024)
#define RUNS_MAX	20000		/* mutations of one file, about */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A copy of the right size on the heap, so that ASan sees each over-read. */
static void
run(const char *p, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	ATF_REQUIRE(copy != NULL);
	memcpy(copy, p, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void
as_it_is(struct buf *b)
{
	run(b->p, b->n);
}

static void
mutated(struct buf *b)
{
	static const unsigned char change[] = { 0x01, 0x20, 0x80, 0xff };
	size_t i, k, step = 1 + b->n * (1 + sizeof(change)) / RUNS_MAX;

	for (i = 0; i < b->n; i += step) {
		run(b->p, i);
		for (k = 0; k < sizeof(change); k++) {
			b->p[i] = (char)(b->p[i] ^ change[k]);
			run(b->p, b->n);
			b->p[i] = (char)(b->p[i] ^ change[k]);
		}
	}
}

static void
read_seed(int dir, const char *name, struct buf *b)
{
	struct stat st;
	ssize_t got;
	char *room;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ATF_REQUIRE_MSG(fd != -1, "%s: %s", name, strerror(errno));
	ATF_REQUIRE(fstat(fd, &st) == 0);
	buf_reset(b);
	room = buf_room(b, (size_t)st.st_size);
	ATF_REQUIRE_MSG(room != NULL, "%s: more than %d bytes", name, SEED_MAX);
	got = fd_pread_all(fd, room, (size_t)st.st_size, 0);
	ATF_REQUIRE_EQ(got, st.st_size);
	buf_add(b, (size_t)got);
	fd_close(&fd);
}

/* Call "with" for each file of the corpus; there must be one. */
static void
each_seed(void (*with)(struct buf *))
{
	const char *suffix, *name = program_invocation_short_name;
	char path[PATH_MAX];
	struct dirent *e;
	struct buf b;
	int seeds = 0;
	DIR *d;

	suffix = strrchr(name, '_');
	ATF_REQUIRE(suffix != NULL);
	snprintf(path, sizeof(path), "%s/%.*s", FUZZ_CORPUS,
	    (int)(suffix - name), name);
	d = opendir(path);
	ATF_REQUIRE_MSG(d != NULL, "%s: %s", path, strerror(errno));
	buf_init(&b, SEED_MAX);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		read_seed(dirfd(d), e->d_name, &b);
		printf("%s: %zu bytes\n", e->d_name, b.n);
		with(&b);
		seeds++;
	}
	closedir(d);
	buf_fini(&b);
	ATF_REQUIRE_MSG(seeds > 0, "%s: no seeds", path);
}

ATF_TC_WITHOUT_HEAD(corpus);
ATF_TC_BODY(corpus, tc)
{
	each_seed(as_it_is);
}

ATF_TC_WITHOUT_HEAD(mutations);
ATF_TC_BODY(mutations, tc)
{
	each_seed(mutated);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, corpus);
	ATF_TP_ADD_TC(tp, mutations);
	return (atf_no_error());
}

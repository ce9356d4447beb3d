/* SPDX-License-Identifier: ISC */
/*
 * damage_test - a damaged index is an error, or is right by chance, but it
 * never ends the process and never reads outside of the file.
 */
#include <sys/stat.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "source.h"

static unsigned char good[65536];
static size_t good_n;

static void
load_good(void)
{
	int fd;
	ssize_t n;

	source_index("good", "a 1\nb two\nc three three\nlonger-key x y z\n");
	fd = open("good.cdb", O_RDONLY);
	n = fd_pread_all(fd, good, sizeof(good), 0);
	ATF_REQUIRE(n > 2048 && n < (ssize_t)sizeof(good));
	good_n = (size_t)n;
	fd_close(&fd);
}

static int
ignore(void *arg, const char *key, const char *value)
{
	size_t *n = arg;

	*n += strlen(key) + strlen(value);
	return (0);
}

/* Ask the damaged file for everything; the number of errors. */
static int
try(const unsigned char *p, size_t n)
{
	static const char *const keys[] = { "a", "b", "c", "longer-key", "d" };
	struct arena *a = arena_new(0);
	struct table *t;
	const char *err, *value;
	size_t i, sum = 0;
	int fd, errors = 0;

	(void)unlink("bad.cdb");
	fd = open("bad.cdb", O_WRONLY | O_CREAT | O_EXCL, 0600);
	ATF_REQUIRE(fd != -1 && fd_write_all(fd, p, n) == 0);
	fd_close(&fd);
	if ((t = table_open(a, "cdb:bad", 0, &source, &err)) == NULL)
		errors = 1;
	for (i = 0; t != NULL && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (table_lookup(t, keys[i], &value) == -1)
			errors++;
	if (t != NULL && table_each(t, ignore, &sum) == -1)
		errors++;
	tables_close(&source);
	arena_free(&a);
	source_log[0] = '\0';
	return (errors);
}

ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	size_t n;

	source_init();
	load_good();
	ATF_CHECK_EQ(0, try(good, good_n));
	for (n = 0; n < good_n; n += n > 2040 ? 1 : 97)
		ATF_CHECK_MSG(try(good, n) > 0, "%zu bytes of %zu", n,
		    good_n);
}

ATF_TC_WITHOUT_HEAD(offsets_beyond_the_end);
ATF_TC_BODY(offsets_beyond_the_end, tc)
{
	static const unsigned char wild[][4] = {
		{ 0xff, 0xff, 0xff, 0xff }, { 0, 0, 0, 0x80 },
		{ 0xfc, 0xff, 0xff, 0xff }, { 0, 0xff, 0, 0 },
	};
	unsigned char *bad = malloc(good_n = sizeof(good));
	size_t i, at;

	source_init();
	load_good();
	for (i = 0; i < sizeof(wild) / sizeof(wild[0]); i++)
		for (at = 2048; at + 4 <= good_n; at += 4) {
			memcpy(bad, good, good_n);
			memcpy(bad + at, wild[i], 4);
			(void)try(bad, good_n);
		}
	/* All 256 tables of the header at once: nothing is found. */
	memcpy(bad, good, good_n);
	memset(bad, 0xff, 2048);
	ATF_CHECK(try(bad, good_n) > 0);
	free(bad);
}

ATF_TC_WITHOUT_HEAD(random_bytes);
ATF_TC_BODY(random_bytes, tc)
{
	unsigned char *bad = malloc(sizeof(good));
	unsigned seed = 1;
	size_t i, k;

	source_init();
	load_good();
	for (i = 0; i < 400; i++) {
		memcpy(bad, good, good_n);
		for (k = 0; k < 1 + i % 40; k++) {
			seed = seed * 1103515245 + 12345;
			bad[(i % 2 ? 2048 : 0) + (seed >> 8) %
			    (good_n - (i % 2 ? 2048 : 0))] =
			    (unsigned char)(seed >> 16);
		}
		(void)try(bad, good_n);
	}
	for (k = 0; k < good_n; k++) {
		seed = seed * 1103515245 + 12345;
		bad[k] = (unsigned char)(seed >> 16);
	}
	ATF_CHECK(try(bad, good_n) > 0);
	free(bad);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, offsets_beyond_the_end);
	ATF_TP_ADD_TC(tp, random_bytes);
	return (atf_no_error());
}

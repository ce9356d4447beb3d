/* SPDX-License-Identifier: ISC */
/* source - for tests: files in the working directory as a table source. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "source.h"
#include "table/entry.h"
#include "table/index.h"
#include "table/spec.h"
#include "table/text.h"

#define LOG_MAX	65536

char source_log[LOG_MAX];

static void
to_memory(enum log_level level, const char *line, size_t n)
{
	size_t used = strlen(source_log);

	(void)level;
	if (used + n + 2 < LOG_MAX)
		snprintf(source_log + used, LOG_MAX - used, "%.*s\n", (int)n,
		    line);
}

static int
open_spec(void *arg, const char *id)
{
	struct arena *a = arena_new(0);
	struct spec s;
	int fd;

	(void)arg;
	if (id[0] == '/')
		fd = open(id, O_RDONLY);
	else if (spec_parse(a, view_of(id), &s) && s.path != NULL)
		fd = open(s.path, O_RDONLY);
	else {
		fd = -1;
		errno = EINVAL;
	}
	arena_free(&a);
	return (fd);
}

struct table_source source = { .fd = open_spec };

void
source_init(void)
{
	log_open("test", to_memory);
	source_log[0] = '\0';
}

void
source_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	must(f != NULL && fputs(text, f) != EOF && fclose(f) == 0);
}

void
source_index(const char *name, const char *text)
{
	struct arena *a = arena_new(0);
	struct index_file *x;
	struct text in;
	struct buf folded;
	const char *key, *value;
	int fd;

	source_file(name, text);
	fd = open(name, O_RDONLY);
	must(fd != -1);
	x = index_begin(a, name, 0644, false);
	buf_init(&folded, TABLE_KEY_MAX);
	text_open(&in, fd, name);
	while (text_next(&in) == 1)
		if (entry_split(&in, true, &key, &value) &&
		    table_fold(key, true, &folded) == 0)
			(void)index_put(x, buf_str(&folded), value, false);
	buf_fini(&folded);
	text_close(&in);
	close(fd);
	index_commit(x);
	arena_free(&a);
}

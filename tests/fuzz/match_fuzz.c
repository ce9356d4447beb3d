/* SPDX-License-Identifier: ISC */
/*
 * match_fuzz - match lists from arbitrary bytes: the first line is what is
 * matched, the rest is the list, and the content of each file it names.
 */
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/view.h"
#include "fuzzfile.h"
#include "table/match.h"
#include "table/spec.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
nothing(void *arg, const struct spec *s)
{
	(void)arg;
	must(s->id != NULL && s->type != NULL && s->name != NULL);
	must((s->kind == SPEC_FILE) <= (s->path != NULL));
	return (0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct view all = { (const char *)p, n }, what;
	struct arena *a;
	struct table_source src;
	struct match *m;
	const char *err = NULL, *list, *name;
	int fd, rc;

	/* A file that names itself often grows as a power of its names. */
	if (n > 200 || !view_field(&all, '\n', &what))
		return (0);
	a = arena_new(0);
	list = view_str(a, all);
	name = view_str(a, what);
	if (list != NULL && name != NULL && memchr(list, '/', all.n) ==
	    memrchr(list, '/', all.n)) {
		fuzzfile_open(&fd, &src, all.p, all.n);
		(void)spec_scan(a, list, true, NULL, nothing, NULL);
		m = match_open(a, "fuzz", list, n % 2 ? MATCH_PARENT : 0, 0,
		    &src, &err);
		must(m != NULL || err != NULL);
		rc = match_host(m, name, name);
		must(rc >= -1 && rc <= 1);
		must(m == NULL || match_domain(m, name) != 1 || rc != 0);
		fuzzfile_close(&fd, &src);
	}
	arena_free(&a);
	return (0);
}

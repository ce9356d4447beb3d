/* SPDX-License-Identifier: ISC */
/*
 * flush(8): what may be in a list, and names of lists made of names of sites.
 *
 * An id that comes out is an id and comes out once; a name is a file name,
 * whatever it was made of, and two sites never have the same.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "libexec/flush/sitelog.h"
#include "queue-layout/id.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
list(struct view text)
{
	struct arena *a = arena_new(64 * 1024 * 1024);
	struct site_ids ids;
	struct qid q;

	sitelog_parse(text, a, &ids);
	must(ids.since >= 0);
	for (size_t i = 0; i < ids.n; i++) {
		must(qid_parse(view_of(ids.ids[i]), &q));
		must(i == 0 || strcmp(ids.ids[i - 1], ids.ids[i]) < 0);
	}
	arena_free(&a);
}

/* Back from the name to the site, in lower case. */
static void
back(const char *name, char *out)
{
	unsigned v;

	for (; *name != '\0'; name++) {
		v = (unsigned char)*name;
		if (v == '=') {
			v = 0;
			for (int i = 0; i < 2; i++) {
				name++;
				v = v * 16 + (unsigned)(*name <= '9' ?
				    *name - '0' : *name - 'A' + 10);
			}
		}
		*out++ = (char)v;
	}
	*out = '\0';
}

static void
name(struct view site)
{
	char out[SITELOG_NAME], again[SITELOG_NAME];
	struct arena *a = arena_new(64 * 1024 * 1024);
	char *low = view_lower(a, site);

	if (low != NULL && sitelog_name(low, out)) {
		must(*out != '\0' && *out != '.');
		must(strlen(out) < SITELOG_NAME - 1);
		must(strspn(out, "abcdefghijklmnopqrstuvwxyz0123456789-_.="
		    "ABCDEF") == strlen(out));
		back(out, again);
		must(strcmp(again, low) == 0);
	}
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct view all = { (const char *)data, n };
	struct view rest = all, line;

	list(all);
	while (view_field(&rest, '\n', &line))
		name(line);
	return (0);
}

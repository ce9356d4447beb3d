/* SPDX-License-Identifier: ISC */
/*
 * entry_fuzz - lists of recipients from arbitrary bytes, as an alias and as a
 * file: entries that are strings, not empty, of one kind, no more than asked.
 */
#include <stdint.h>
#include <string.h>

#include "agent/entry.h"
#include "base/log.h"

#define MAX	50

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(struct view text, bool lines)
{
	struct arena *a = arena_new(0);
	struct entry *e;
	const char *why = NULL;
	size_t n;
	int rc = entry_list(a, text, lines, MAX, &e, &n, &why);

	must(n <= MAX);
	must((rc == 0) == (why == NULL));
	for (size_t i = 0; i < n; i++) {
		must(e[i].text[0] != '\0');
		must(strlen(e[i].text) <= text.n);
		must((e[i].type == MDA_FILE) <= (e[i].text[0] == '/'));
	}
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct view text = { (const char *)p, n };

	check(text, false);
	check(text, true);
	return (0);
}

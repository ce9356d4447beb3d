/* SPDX-License-Identifier: ISC */
/*
 * tabletext_fuzz - the text of tables from arbitrary bytes. The first byte
 * says which type; keys are asked that patterns and networks know.
 */
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/view.h"
#include "fuzzfile.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
each(void *arg, const char *key, const char *value)
{
	size_t *n = arg;

	*n += strlen(key) + strlen(value);
	return (0);
}

static void
use(struct table *t)
{
	static const char *const keys[] = { "a", "abcabc", "1.2.3.4",
		"2001:db8::1", "\303\244", "user+ext@example.com" };
	const char *value;
	size_t i, sum = 0;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		value = NULL;
		if (table_lookup(t, keys[i], &value) == 1)
			must(value != NULL);
	}
	(void)table_each(t, each, &sum);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const specs[] = { "texthash:f", "regexp:f",
		"pcre:f", "cidr:f", "cdb:f" };
	static const char *const inlines[] = { "inline", "regexp", "pcre",
		"cidr", "unionmap", "pipemap", "randmap", "static" };
	struct arena *a;
	struct table_source src;
	struct table *t;
	const char *err = NULL, *spec;
	char *text;
	int fd;

	if (n == 0 || n > 2000)
		return (0);
	a = arena_new(0);
	fuzzfile_open(&fd, &src, p + 1, n - 1);
	text = view_str(a, (struct view){ (const char *)p + 1, n - 1 });
	if (p[0] < '5' || text == NULL)
		spec = specs[p[0] % 5];
	else
		spec = arena_printf(a, "%s:{%s}", inlines[p[0] % 8], text);
	t = table_open(a, spec, p[0] & 0x40 ? TABLE_UTF8 : 0, &src, &err);
	if (t != NULL)
		use(t);
	else
		must(err != NULL);
	fuzzfile_close(&fd, &src);
	arena_free(&a);
	return (0);
}

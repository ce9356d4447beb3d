/* SPDX-License-Identifier: ISC */
/*
 * environment - what export_environment stands for: its own name=value, and
 * names, whose values master(8) was started with (import_environment).
 */
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "warrant.h"

#define ENVIRONMENT_MAX	(256 * 1024)

static struct view
all(void)
{
	static char text[ENVIRONMENT_MAX];
	static struct view v;
	ssize_t n;

	if (v.p != NULL)
		return (v);
	n = fd_pread_all(role_file_fd("environment"), text, sizeof(text), 0);
	if (n < 0)
		fatal("environment: %m");
	v = (struct view){ text, (size_t)n };
	return (v);
}

/* The string "name=value"; n is 0 if there is none. */
static struct view
find(struct view name)
{
	struct view rest = all(), f;

	while (view_field(&rest, '\0', &f))
		if (f.n > name.n && f.p[name.n] == '=' &&
		    memcmp(f.p, name.p, name.n) == 0)
			return (f);
	return ((struct view){ "", 0 });
}

struct view
environment_of(struct arena *a, const char *export)
{
	struct view rest = view_of(export), word;
	struct buf b;
	char *text;
	size_t n;

	buf_init(&b, 60000);
	while ((word = view_group(&rest, ", \t\r\n")).n > 0) {
		if (word.p[0] == '{' && word.p[word.n - 1] == '}')
			word = view_trim(view_sub(word, 1, word.n - 2));
		if (view_chr(word, '=') < 0)
			word = find(word);
		if (word.n > 0 && (buf_put(&b, word.p, word.n) < 0 ||
		    buf_put(&b, "", 1) < 0)) {
			log_warn("export_environment: too long");
			break;
		}
	}
	n = b.n;
	text = arena_strn(a, b.p, n);
	buf_fini(&b);
	return ((struct view){ text, n });
}

/* SPDX-License-Identifier: ISC */
/*
 * The reader of bounce templates: what it accepts is printed as a file again
 * and must be read back the same; its text is expanded and folded.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "dsn/dsn.h"
#include "dsn/template.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
quiet(enum log_level level, const char *line, size_t n)
{
	(void)level;
	(void)line;
	(void)n;
}

static const char *
value(void *arg, const char *name)
{
	(void)arg;
	return (*name == 'x' ? NULL : name);
}

static bool
holds_mark(const char *body)
{
	return (strncmp(body, "EOF\n", 4) == 0 ||
	    strncmp(body, "EOF\r\n", 5) == 0 ||
	    strstr(body, "\nEOF\n") != NULL ||
	    strstr(body, "\nEOF\r\n") != NULL);
}

static void
again(enum template_kind kind, const struct template *t, struct arena *a)
{
	struct template all[TEMPLATE_KINDS], *back = &all[kind];
	char why[160];
	struct buf b;

	buf_init(&b, 2 * TEMPLATE_FILE_MAX);
	memcpy(all, template_builtin, sizeof(all));
	must(template_print(kind, t, t->body, &b) == 0);
	if (!holds_mark(t->body) && b.n <= TEMPLATE_FILE_MAX) {
		must(template_parse(buf_view(&b), a, all, why) == 0);
		must(strcmp(t->charset, back->charset) == 0);
		must(strcmp(t->from, back->from) == 0);
		must(strcmp(t->subject, back->subject) == 0);
		must(strcmp(t->body, back->body) == 0);
	}
	buf_fini(&b);
}

static void
use(const struct template *t, struct arena *a)
{
	struct buf text, lines;
	size_t column = 0, i;

	buf_init(&text, 4 * TEMPLATE_FILE_MAX);
	buf_init(&lines, 64 * TEMPLATE_FILE_MAX);
	must(template_expand(t->body, a, value, NULL, &text) == 0);
	must(dsn_fold(&lines, buf_str(&text), 10) == 0);
	for (i = 0; i < lines.n; i++) {
		column = lines.p[i] == '\n' ? 0 : column + 1;
		must(column < 900);
	}
	buf_fini(&lines);
	buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct template all[TEMPLATE_KINDS];
	struct arena *a = arena_new(0);
	char why[160] = "";
	int i;

	log_open("fuzz", quiet);
	memcpy(all, template_builtin, sizeof(all));
	if (template_parse((struct view){ (const char *)data, n }, a, all,
	    why) == -1)
		must(why[0] != '\0' && memcmp(all, template_builtin,
		    sizeof(all)) == 0);
	else
		for (i = 0; i < TEMPLATE_KINDS; i++) {
			again((enum template_kind)i, &all[i], a);
			use(&all[i], a);
		}
	arena_free(&a);
	return (0);
}

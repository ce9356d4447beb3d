/* SPDX-License-Identifier: ISC */
/* show - print parameters of main.cf, and what is odd about them. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "postconf.h"

#define WIDTH	80
#define INDENT	4

static void
print_json(const char *name, const char *value)
{
	json_t *o = json_pack("{s:s%}", name, value, strlen(value));

	/* Bytes that are no UTF-8 have no form in JSON. */
	if (o == NULL) {
		log_warn("%s: value is not UTF-8", name);
		return;
	}
	if (json_dumpf(o, stdout, JSON_SORT_KEYS) == -1)
		fatal("write: %m");
	(void)putchar('\n');
	json_decref(o);
}

void
show_words(const struct postconf *pc, const char *prefix, const char *value)
{
	struct view rest = view_of(value), word;
	size_t at = strlen(prefix);
	bool first = at == 0;

	(void)fputs(prefix, stdout);
	if (!pc->fold) {
		if (*value != '\0')
			(void)printf("%s%s", at == 0 ? "" : " ", value);
		(void)putchar('\n');
		return;
	}
	while ((word = view_word(&rest, " \t\r\n")).n > 0) {
		if (!first && at + 1 + word.n > WIDTH) {
			(void)printf("\n%*s", INDENT, "");
			at = INDENT;
		} else if (!first) {
			(void)putchar(' ');
			at++;
		}
		first = false;
		(void)printf("%.*s", (int)word.n, word.p);
		at += word.n;
	}
	(void)putchar('\n');
}

void
show_pair(const struct postconf *pc, const char *name, const char *value)
{
	if (pc->json)
		print_json(name, value);
	else if (pc->no_value)
		(void)puts(name);
	else if (pc->no_name)
		show_words(pc, "", value);
	else
		show_words(pc, arena_printf(pc->arena, "%s =", name), value);
}

static const char *
value_of(struct postconf *pc, const char *name)
{
	const char *out;
	struct conf_error e;

	if (!pc->expand)
		return (conf_raw(pc->conf, name));
	if ((out = conf_eval(pc->conf, name, &e)) == NULL)
		fatal("%s", e.text);
	return (view_str(pc->arena, view_trim(view_of(out))));
}

static bool
wanted(const struct postconf *pc, const char *name)
{
	enum name_class class = names_class(name);

	if (pc->only_set && !conf_is_set(pc->conf, name))
		return (false);
	if (strcmp(pc->class, "builtin") == 0)
		return (class == NAME_BUILTIN);
	if (strcmp(pc->class, "service") == 0)
		return (class == NAME_SERVICE);
	if (strcmp(pc->class, "user") == 0)
		return (class == NAME_USER);
	return (true);
}

/* The directory is set by where we read from; that is no setting. */
static bool
is_dir_default(const struct postconf *pc, const char *name)
{
	return (strcmp(name, "config_directory") == 0 &&
	    strcmp(pc->dir, param_find(name)->dflt) == 0);
}

void
show_main(struct postconf *pc, char **names, int n)
{
	const char **all;
	size_t i, count;
	int k;

	for (k = 0; k < n; k++) {
		if (names_class(names[k]) == NAME_UNKNOWN) {
			log_warn("%s: unknown parameter", names[k]);
			continue;
		}
		if (wanted(pc, names[k]))
			show_pair(pc, names[k], value_of(pc, names[k]));
	}
	if (n > 0)
		return;
	count = names_all(pc, &all);
	for (i = 0; i < count; i++)
		if (wanted(pc, all[i]) &&
		    !(pc->only_set && (is_dir_default(pc, all[i]) ||
		    strcmp(all[i], "process_name") == 0)))
			show_pair(pc, all[i], value_of(pc, all[i]));
}

static void
warn_undefined(struct postconf *pc, const char *name)
{
	if (names_class(name) == NAME_UNKNOWN && !names_legacy(name))
		log_warn("%s: undefined parameter: %s", conf_file(pc->conf),
		    name);
}

static void
warn_value(void *arg, const char *name, const char *value, int line)
{
	struct postconf *pc = arg;

	(void)line;
	if (names_class(name) != NAME_UNKNOWN)
		names_in(pc, value, warn_undefined);
	else if (pc->warn_unused)
		log_warn("%s: unused parameter: %s=%s", conf_file(pc->conf),
		    name, value);
}

void
show_warnings(struct postconf *pc)
{
	struct service *s;
	struct override *o;
	size_t i;

	conf_each(pc->conf, warn_value, pc);
	for (s = pc->master.services; s < pc->master.services + pc->master.n;
	    s++)
		for (i = 0; i < s->noverrides; i++) {
			o = &s->overrides[i];
			if (names_class(o->name) == NAME_UNKNOWN &&
			    !names_used(o->name) && !names_legacy(o->name))
				log_warn("%s: unused parameter: %s=%s",
				    pc->masterfile, o->name, o->value);
		}
}

/* SPDX-License-Identifier: ISC */
/*
 * names - which parameters there are, and which names of main.cf are used.
 *
 * A name means something if it is built in, if a service of master.cf makes
 * it one (smtp_recipient_limit), or if a value refers to it ($name, or as a
 * restriction class).
 */
#include <bsd/sys/tree.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "postconf.h"

#define SEPS	", \t\r\n"

struct known {
	RB_ENTRY(known)	 link;
	const char	*name;
	enum name_class	 class;
};

static int
known_cmp(const struct known *a, const struct known *b)
{
	return (strcmp(a->name, b->name));
}

RB_HEAD(known_tree, known);
RB_PROTOTYPE(known_tree, known, link, known_cmp)
RB_GENERATE(known_tree, known, link, known_cmp)

static struct known_tree known = RB_INITIALIZER(&known);
static struct known_tree used = RB_INITIALIZER(&used);

static bool
has(struct known_tree *t, const char *name)
{
	struct known key = { .name = name };

	return (RB_FIND(known_tree, t, &key) != NULL);
}

static void
add(struct postconf *pc, struct known_tree *t, const char *name,
    enum name_class class)
{
	struct known *k;

	if (has(t, name))
		return;
	k = arena_get(pc->arena, sizeof(*k));
	k->name = arena_str(pc->arena, name);
	k->class = class;
	(void)RB_INSERT(known_tree, t, k);
}

void
names_in(struct postconf *pc, const char *text,
    void (*fn)(struct postconf *pc, const char *name))
{
	struct view v;
	size_t n;

	for (; *text != '\0'; text++) {
		if (*text != '$')
			continue;
		if (*++text == '$')
			continue;
		if (*text == '{' || *text == '(')
			text++;
		while (*text == ' ' || *text == '\t')
			text++;
		for (n = 0; isalnum((unsigned char)text[n]) || text[n] == '_';)
			n++;
		v = (struct view){ text, n };
		/* A function is no parameter. */
		if (n > 0 && text[n] != '{')
			fn(pc, view_str(pc->arena, v));
		text--;
	}
}

static void
use(struct postconf *pc, const char *name)
{
	add(pc, &used, name, NAME_USER);
}

bool
names_used(const char *name)
{
	return (has(&used, name));
}

static void
use_value(void *arg, const char *name, const char *value, int line)
{
	(void)name;
	(void)line;
	names_in(arg, value, use);
}

static void
use_classes(struct postconf *pc, const char *list)
{
	struct view rest = view_of(list), word;

	while ((word = view_word(&rest, SEPS)).n > 0)
		use(pc, view_str(pc->arena, word));
}

bool
names_legacy(const char *name)
{
	size_t i;

	for (i = 0; i < param_legacy_count; i++)
		if (strcmp(param_legacy[i].name, name) == 0)
			return (true);
	return (false);
}

/* Programs that deliver mail: their services have parameters. */
static bool
delivers(const char *command)
{
	static const char *const agents[] = { "error", "lmtp", "local", "pipe",
		"smtp", "virtual" };
	size_t i;

	for (i = 0; i < sizeof(agents) / sizeof(agents[0]); i++)
		if (strcmp(agents[i], command) == 0)
			return (true);
	return (false);
}

static void
add_service(struct postconf *pc, const char *name, const char *command)
{
	size_t i;

	if (delivers(command))
		for (i = 0; i < param_service_count; i++)
			add(pc, &known, arena_printf(pc->arena, "%s%s", name,
			    param_service[i].name), NAME_SERVICE);
	if (strcmp(command, "pipe") == 0 || strcmp(command, "spawn") == 0)
		add(pc, &known, arena_printf(pc->arena, "%s_time_limit", name),
		    NAME_SERVICE);
}

static void
user_value(void *arg, const char *name, const char *value, int line)
{
	(void)value;
	(void)line;
	if (names_used(name) || names_legacy(name))
		add(arg, &known, name, NAME_USER);
}

void
names_init(struct postconf *pc)
{
	/* Without a master.cf: the services of the one that is installed. */
	static const char *const usual[] = { "error", "lmtp", "local", "relay",
		"retry", "smtp", "virtual" };
	struct conf_error e;
	struct service *s;
	const char *classes;
	size_t i;

	for (i = 0; i < param_count; i++)
		add(pc, &known, param_table[i].name, NAME_BUILTIN);
	for (i = 0; !pc->has_master && i < sizeof(usual) / sizeof(usual[0]);
	    i++)
		add_service(pc, usual[i], "smtp");
	for (s = pc->master.services; s < pc->master.services + pc->master.n;
	    s++) {
		if (s->type == SERVICE_UNIX)
			add_service(pc, s->name, s->command);
		if (service_args(pc->arena, s) != NULL)
			continue;
		for (i = 0; i < s->noverrides; i++)
			names_in(pc, s->overrides[i].value, use);
	}
	conf_each(pc->conf, use_value, pc);
	classes = conf_eval(pc->conf, "smtpd_restriction_classes", &e);
	if (classes != NULL)
		use_classes(pc, classes);
	conf_each(pc->conf, user_value, pc);
}

enum name_class
names_class(const char *name)
{
	struct known key = { .name = name }, *k;

	k = RB_FIND(known_tree, &known, &key);
	return (k == NULL ? NAME_UNKNOWN : k->class);
}

size_t
names_all(struct postconf *pc, const char ***out)
{
	struct known *k;
	size_t n = 0;

	RB_FOREACH(k, known_tree, &known)
		n++;
	*out = arena_array(pc->arena, n + 1, sizeof(**out));
	n = 0;
	RB_FOREACH(k, known_tree, &known)
		(*out)[n++] = k->name;
	return (n);
}

/* SPDX-License-Identifier: ISC */
/*
 * conf - the configuration of one instance: what is set, what it means.
 *
 * Runs in the privileged master. Trusts the administrator's intention and
 * none of his typing: every error names the file, the line and the parameter.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf_in.h"
#include "maincf.h"

#define LOAD_MAX	(64 * 1024 * 1024)	/* for one look at a main.cf */

int
conf_entry_cmp(const struct conf_entry *a, const struct conf_entry *b)
{
	return (strcmp(a->name, b->name));
}

RB_GENERATE(conf_tree, conf_entry, link, conf_entry_cmp)

const char *
conf_dir_default(const char *opt)
{
	const char *env;

	if (opt != NULL)
		return (opt);
	if ((env = getenv("MAIL_CONFIG")) != NULL && *env != '\0')
		return (env);
	return (param_find("config_directory")->dflt);
}

bool
conf_dir_allowed(const char *dir)
{
	static const char *const lists[] = { "alternate_config_directories",
		"multi_instance_directories" };
	const char *home = param_find("config_directory")->dflt, *list;
	struct arena *a;
	struct conf_error e;
	struct conf *c;
	struct view rest, word;
	bool ok = false;
	size_t i;

	if (strcmp(dir, home) == 0)
		return (true);
	a = arena_new(LOAD_MAX);
	if ((c = conf_load(a, home, &e)) != NULL)
		for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
			if ((list = conf_eval(c, lists[i], &e)) == NULL)
				continue;
			rest = view_of(list);
			while ((word = view_word(&rest, ", \t")).n > 0)
				ok = ok || view_eq(word, dir);
		}
	arena_free(&a);
	return (ok);
}

struct conf *
conf_new(struct arena *a, const char *dir)
{
	struct conf *c = arena_get(a, sizeof(*c));

	c->arena = a;
	c->dir = arena_str(a, dir);
	c->file = arena_printf(a, "%s/main.cf", dir);
	RB_INIT(&c->tree);
	return (c);
}

struct conf *
conf_load(struct arena *a, const char *dir, struct conf_error *e)
{
	struct conf *c = conf_new(a, dir);
	struct view text;

	if (conf_read(a, c->file, &text, e) == -1 ||
	    maincf_parse(c, text, e) == -1)
		return (NULL);
	/* Where it was read from is where it is, whatever it says. */
	conf_set(c, "config_directory", dir);
	return (c);
}

struct conf *
conf_overlay(struct arena *a, const struct conf *below, const char *file)
{
	struct conf *c = arena_get(a, sizeof(*c));

	c->arena = a;
	c->below = below;
	c->dir = below->dir;
	c->file = arena_str(a, file);
	RB_INIT(&c->tree);
	return (c);
}

void
conf_put(struct conf *c, const char *name, const char *value, int line)
{
	struct conf_entry *new, *old;

	new = arena_get(c->arena, sizeof(*new));
	new->name = name;
	new->value = value;
	new->line = line;
	if ((old = RB_INSERT(conf_tree, &c->tree, new)) == NULL)
		return;
	if (line != 0)
		log_warn("%s, line %d: overriding earlier entry: %s=%s",
		    c->file, line, name, old->value);
	old->value = value;
	old->line = line;
}

void
conf_set(struct conf *c, const char *name, const char *value)
{
	conf_put(c, arena_str(c->arena, name), arena_str(c->arena, value), 0);
}

const struct conf_entry *
conf_find(const struct conf *c, const char *name, const struct conf **where)
{
	struct conf_entry key = { .name = name }, *found;

	for (; c != NULL; c = c->below) {
		/* The tree is not changed; its macros do not say const. */
		found = RB_FIND(conf_tree,
		    (struct conf_tree *)(uintptr_t)&c->tree, &key);
		if (found != NULL) {
			*where = c;
			return (found);
		}
	}
	return (NULL);
}

const char *
conf_file(const struct conf *c)
{
	return (c->file);
}

const char *
conf_dir(const struct conf *c)
{
	return (c->dir);
}

bool
conf_is_set(const struct conf *c, const char *name)
{
	const struct conf *where;

	return (conf_find(c, name, &where) != NULL);
}

void
conf_each(const struct conf *c, void (*fn)(void *arg, const char *name,
    const char *value, int line), void *arg)
{
	struct conf_entry *x;

	RB_FOREACH(x, conf_tree, (struct conf_tree *)(uintptr_t)&c->tree)
		fn(arg, x->name, x->value, x->line);
}

const char *
conf_raw(struct conf *c, const char *name)
{
	static const char limit[] = "_time_limit";
	const struct conf_entry *x;
	const struct conf *where;
	const struct param *p;
	const char *value;
	size_t n = strlen(name), prefix;

	if ((x = conf_find(c, name, &where)) != NULL)
		return (x->value);
	if ((value = conf_computed(c, name)) != NULL)
		return (value);
	if ((p = param_find(name)) != NULL)
		return (p->dflt);
	if ((p = param_service_find(name, &prefix)) != NULL)
		return (param_service_default(p, name, prefix));
	if (n >= sizeof(limit) && strcmp(name + n + 1 - sizeof(limit),
	    limit) == 0)
		return ("$command_time_limit");
	return (NULL);
}

/* "text" without a change, but for a raw parameter that is "$another". */
static const char *
raw_text(struct conf *c, const char *text)
{
	const struct param *p;

	if (*text == '$' && (p = param_find(text + 1)) != NULL &&
	    p->type == PARAM_raw)
		return (conf_raw(c, text + 1));
	return (text);
}

const char *
conf_eval(struct conf *c, const char *name, struct conf_error *e)
{
	const struct param *p = param_find(name);
	const char *text = conf_raw(c, name), *out;
	const struct conf_entry *x;
	const struct conf *where;
	struct conf_error why;

	if (text == NULL)
		return ("");
	if (p != NULL && p->type == PARAM_raw)
		return (raw_text(c, text));
	if (strchr(text, '$') == NULL)
		return (text);
	if ((out = conf_expand(c, text, &why)) != NULL)
		return (out);
	if ((x = conf_find(c, name, &where)) == NULL)
		(void)conf_fail(e, "%s: default of %s: %s", c->file, name,
		    why.text);
	else if (x->line == 0)
		(void)conf_fail(e, "%s: %s = %s: %s", where->file, name,
		    text, why.text);
	else
		(void)conf_fail(e, "%s, line %d: %s = %s: %s", where->file,
		    x->line, name, text, why.text);
	return (NULL);
}

/* A value was refused: say where it comes from and what it was. */
static int
refuse(const struct conf *c, const char *name, const char *text,
    const char *why, struct conf_error *e)
{
	const struct conf *where;
	const struct conf_entry *x = conf_find(c, name, &where);

	if (x == NULL)
		return (conf_fail(e, "%s: default of %s is \"%s\": %s",
		    c->file, name, text, why));
	if (x->line == 0)
		return (conf_fail(e, "%s: %s = %s: %s", where->file, name,
		    text, why));
	return (conf_fail(e, "%s, line %d: %s = %s: %s", where->file, x->line,
	    name, text, why));
}

static int
set_one(struct conf *c, const struct param *p, const char *name, void *out,
    struct conf_error *e)
{
	const char *text = conf_eval(c, name, e);
	struct conf_error why;

	if (text == NULL)
		return (-1);
	if (param_parse(p, text, out, &why) == -1)
		return (refuse(c, name, text, why.text, e));
	return (0);
}

int
conf_params(struct conf *c, uint64_t roles, struct params *out,
    struct conf_error *e)
{
	const struct param *p;

	memset(out, 0, sizeof(*out));
	for (p = param_table; p < param_table + param_count; p++)
		if ((roles == CONF_EVERYTHING || (p->roles & roles) != 0) &&
		    set_one(c, p, p->name, out, e) == -1)
			return (-1);
	return (0);
}

int
conf_transport_params(struct conf *c, const char *transport,
    struct transport_params *out, struct conf_error *e)
{
	const struct param *p;

	memset(out, 0, sizeof(*out));
	for (p = param_service; p < param_service + param_service_count; p++)
		if (set_one(c, p, arena_printf(c->arena, "%s%s", transport,
		    p->name), out, e) == -1)
			return (-1);
	return (0);
}

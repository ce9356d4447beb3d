/* SPDX-License-Identifier: ISC */
/*
 * restrict_parse - restriction lists from the text of main.cf, and from the
 * values of access tables.
 *
 * The first are the administrator's word at start: what is wrong there is
 * fatal. The second are read while a client waits: what is wrong there
 * refuses the client for now.
 */
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"

#include "judge.h"
#include "policy.h"
#include "setup.h"

#define SEPS		", \t\r\n"
#define NEST_MAX	20		/* classes in classes */

struct class {
	struct class	*next;
	const char	*name;
	struct rlist	*list;
};
static struct class *classes;

static const char *const removed[] = { "permit_naked_ip_address",
	"reject_maps_rbl", "check_relay_domains" };

static const struct restriction *
find(struct view name)
{
	const struct restriction *r;

	for (r = restriction_table; r < restriction_table + restriction_count;
	    r++) {
		if (view_ieq(name, r->name) ||
		    (r->alias != NULL && view_ieq(name, r->alias)))
			return (r);
	}
	return (NULL);
}

static struct class *
find_class(struct view name)
{
	struct class *c;

	for (c = classes; c != NULL; c = c->next) {
		if (view_eq(name, c->name))
			return (c);
	}
	return (NULL);
}

/* type:name without a verb means the access table of that list. */
static bool
is_table(struct view word)
{
	ptrdiff_t colon = view_chr(word, ':');
	ptrdiff_t brace = view_chr(word, '{');

	return (colon > 0 && (brace < 0 || colon < brace));
}

static const char *
default_access(enum stage stage)
{
	switch (stage) {
	case STAGE_CLIENT:
		return ("check_client_access");
	case STAGE_HELO:
		return ("check_helo_access");
	case STAGE_SENDER:
		return ("check_sender_access");
	case STAGE_RELAY:
	case STAGE_RECIPIENT:
		return ("check_recipient_access");
	case STAGE_ETRN:
		return ("check_etrn_access");
	case STAGE_DATA:
	case STAGE_EOD:
	case STAGE_REWRITE:
	case STAGE_COUNT:
		break;
	}
	return (NULL);
}

static bool
takes_table(const struct restriction *r)
{
	return (r->arg == RARG_TABLE || r->arg == RARG_CCERT);
}

static void
open_table(struct ritem *it, const char *title)
{
	const char *err = NULL;

	it->maps = maps_open(setup.arena, title, it->word, NULL, 0,
	    &setup.source, &err);
	if (it->maps == NULL)
		log_error("%s: %s is unavailable: %s", title, it->word,
		    err != NULL ? err : "?");
}

static void
take_arg(struct ritem *it, const char *title, struct view *rest)
{
	struct view arg;

	if (it->r->arg == RARG_NONE)
		return;
	arg = view_group(rest, SEPS);
	/* "type:{ ... }", "type: { ... }" are one argument. */
	if (arg.n == 0)
		fatal("%s: %s: expected an argument", title, it->r->name);
	if (it->r->arg == RARG_CCERT)
		arg = ccert_table(it, title, arg);
	it->word = arena_strn(setup.arena, arg.p, arg.n);
	if (it->r->arg == RARG_POLICY)
		it->policy = policy_open(title, it->word);
	if (it->r->arg == RARG_NUMBER &&
	    !num_parse(arg, 0, 86400, &it->number))
		fatal("%s: %s %s: expected a number of seconds", title,
		    it->r->name, it->word);
	if (takes_table(it->r)) {
		if (!is_table(arg))
			fatal("%s: %s %s: expected type:table", title,
			    it->r->name, it->word);
		open_table(it, title);
	}
}

static struct rlist *parse(const char *title, const char *text,
    enum stage stage, int depth);

static const struct rlist *
class_list(struct class *c, int depth)
{
	const char *text;

	if (depth > NEST_MAX)
		fatal("smtpd_restriction_classes: %s: classes are nested too "
		    "deep, or in a circle", c->name);
	if (c->list == NULL) {
		text = cf_extra(c->name);
		c->list = parse(c->name, text != NULL ? text : "",
		    STAGE_COUNT, depth + 1);
	}
	return (c->list);
}

static void
take_item(struct ritem *it, const char *title, struct view word,
    struct view *rest, enum stage stage, int depth)
{
	struct class *c = find_class(word);
	const char *name;
	size_t i;

	if (c != NULL) {
		it->list = class_list(c, depth);
		it->word = c->name;
		return;
	}
	for (i = 0; i < sizeof(removed) / sizeof(removed[0]); i++) {
		if (view_ieq(word, removed[i]))
			fatal("%s: %s: support for this was removed from "
			    "Postfix 3.9", title, removed[i]);
	}
	if (is_table(word)) {
		if ((name = default_access(stage)) == NULL)
			fatal("%s: %.*s: expected the name of a restriction",
			    title, (int)word.n, word.p);
		it->r = find(view_of(name));
		it->word = arena_strn(setup.arena, word.p, word.n);
		open_table(it, title);
		return;
	}
	if ((it->r = find(word)) == NULL)
		fatal("%s: unknown smtpd restriction: \"%.*s\"", title,
		    (int)word.n, word.p);
	if (it->r->run == NULL)
		fatal("%s: restriction %s is not supported yet", title,
		    it->r->name);
	take_arg(it, title, rest);
}

static size_t
count_words(struct view rest)
{
	size_t n = 0;

	while (view_group(&rest, SEPS).n > 0)
		n++;
	return (n);
}

static struct rlist *
parse(const char *title, const char *text, enum stage stage, int depth)
{
	struct rlist *list = arena_get(setup.arena, sizeof(*list));
	struct view rest = view_of(text), word;

	list->title = title;
	list->items = arena_array(setup.arena, count_words(rest) + 1,
	    sizeof(*list->items));
	while ((word = view_group(&rest, SEPS)).n > 0)
		take_item(&list->items[list->n++], title, word, &rest, stage,
		    depth);
	return (list);
}

static void
name_classes(void)
{
	struct view rest = view_of(cf->smtpd_restriction_classes), word;
	struct class *c;

	classes = NULL;
	while ((word = view_word(&rest, SEPS)).n > 0) {
		c = arena_get(setup.arena, sizeof(*c));
		c->name = arena_strn(setup.arena, word.p, word.n);
		if (find(word) != NULL)
			fatal("smtpd_restriction_classes: %s is the name of "
			    "a restriction", c->name);
		c->next = classes;
		classes = c;
	}
	for (c = classes; c != NULL; c = c->next)
		(void)class_list(c, 0);
}

/*
 * Without one of these a mistake elsewhere makes an open relay. Counted as
 * Postfix does: what stands in the two lists themselves.
 */
static bool
guards(const struct rlist *list)
{
	static const char *const good[] = { "reject", "defer",
		"defer_if_permit", "reject_unauth_destination",
		"defer_unauth_destination" };
	size_t i, k;
	bool warned = false;

	for (i = 0; i < list->n; i++) {
		if (list->items[i].r == NULL)
			continue;
		if (list->items[i].r->run == check_warn_next) {
			warned = true;
			continue;
		}
		for (k = 0; k < sizeof(good) / sizeof(good[0]); k++) {
			if (!warned && strcmp(list->items[i].r->name,
			    good[k]) == 0)
				return (true);
		}
		warned = false;
	}
	return (false);
}

void
restrict_setup(void)
{
	const struct {
		enum stage stage;
		const char *title, *text;
	} lists[] = {
		{ STAGE_CLIENT, "smtpd_client_restrictions",
		    cf->smtpd_client_restrictions },
		{ STAGE_HELO, "smtpd_helo_restrictions",
		    cf->smtpd_helo_restrictions },
		{ STAGE_SENDER, "smtpd_sender_restrictions",
		    cf->smtpd_sender_restrictions },
		{ STAGE_RELAY, "smtpd_relay_restrictions",
		    cf->smtpd_relay_restrictions },
		{ STAGE_RECIPIENT, "smtpd_recipient_restrictions",
		    cf->smtpd_recipient_restrictions },
		{ STAGE_DATA, "smtpd_data_restrictions",
		    cf->smtpd_data_restrictions },
		{ STAGE_EOD, "smtpd_end_of_data_restrictions",
		    cf->smtpd_end_of_data_restrictions },
		{ STAGE_ETRN, "smtpd_etrn_restrictions",
		    cf->smtpd_etrn_restrictions },
		{ STAGE_REWRITE, "local_header_rewrite_clients",
		    cf->local_header_rewrite_clients },
	};
	size_t i;

	name_classes();
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		setup.lists[lists[i].stage] = parse(lists[i].title,
		    lists[i].text, lists[i].stage, 0);
	if (!guards(setup.lists[STAGE_RELAY]) &&
	    !guards(setup.lists[STAGE_RECIPIENT]))
		fatal("in parameter smtpd_relay_restrictions or "
		    "smtpd_recipient_restrictions, specify at least one "
		    "working instance of: reject_unauth_destination, "
		    "defer_unauth_destination, reject, defer or "
		    "defer_if_permit");
}

/* One word of a table's value; false: it cannot be. */
static bool
take_word(struct judge *j, struct ritem *it, struct view word,
    struct view *rest, const char *table, const char *text)
{
	struct class *c = find_class(word);
	struct view arg;

	if (c != NULL) {
		it->list = c->list;
		it->word = c->name;
		return (it->list != NULL);
	}
	if (is_table(word) || ((it->r = find(word)) != NULL &&
	    (takes_table(it->r) || it->r->arg == RARG_POLICY))) {
		log_warn("access table %s has entry with lookup table: %s",
		    table, text);
		log_warn("do not specify lookup tables inside SMTPD access "
		    "maps");
		log_warn("define a restriction class and specify its name "
		    "instead.");
		return (false);
	}
	if (it->r == NULL || it->r->run == NULL) {
		log_warn("unknown smtpd restriction: \"%.*s\"",
		    (int)word.n, word.p);
		return (false);
	}
	if (it->r->arg == RARG_NONE)
		return (true);
	arg = view_word(rest, SEPS);
	it->word = arena_strn(j->s->line, arg.p, arg.n);
	return (arg.n > 0 && (it->r->arg != RARG_NUMBER ||
	    num_parse(arg, 0, 86400, &it->number)));
}

const struct rlist *
judge_words(struct judge *j, const char *text, const char *table)
{
	struct rlist *list = arena_get(j->s->line, sizeof(*list));
	struct view rest = view_of(text), word;

	list->title = table;
	list->items = arena_array(j->s->line, count_words(rest) + 1,
	    sizeof(*list->items));
	while ((word = view_word(&rest, SEPS)).n > 0) {
		if (!take_word(j, &list->items[list->n++], word, &rest,
		    table, text))
			return (NULL);
	}
	return (list);
}

/* SPDX-License-Identifier: ISC */
/*
 * rules - cidr, regexp and pcre tables: rules in order, if ... endif.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "rules.h"
#include "text.h"

#define IF_NEST_MAX	100

struct load {
	struct table		*table;
	struct rules		*rules;
	const struct rule_ops	*ops;
	unsigned		 depth;
	struct {
		size_t		 rule;
		unsigned	 line;
	} open[IF_NEST_MAX];		/* IFs without their ENDIF */
};

void
rule_warn(const struct table *t, unsigned line, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(t->arena, fmt, ap);
	va_end(ap);
	log_warn("%s map %s, line %u: %s", t->ops->type, t->name, line, text);
}

static size_t
append(struct table *t, struct rules *r, const struct rule *rule)
{
	struct rule *more;

	if (r->n == r->room) {
		r->room = r->room == 0 ? 16 : 2 * r->room;
		more = arena_array(t->arena, r->room, sizeof(*more));
		if (r->n > 0)
			memcpy(more, r->rule, r->n * sizeof(*more));
		r->rule = more;
	}
	r->rule[r->n] = *rule;
	return (r->n++);
}

static bool
is_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	return (strncasecmp(text, word, n) == 0 &&
	    !isalnum((unsigned char)text[n]));
}

/* A rule that is left out may have a matcher already. */
static bool
parse(struct load *l, unsigned line, char *text, struct rule *r)
{
	if (l->ops->parse(l->table, line, text, r))
		return (true);
	if (r->matcher != NULL && l->ops->release != NULL)
		l->ops->release(r->matcher);
	r->matcher = NULL;
	return (false);
}

static void
add_if(struct load *l, unsigned line, char *text)
{
	struct rule r = { .kind = RULE_IF };

	if (l->depth == IF_NEST_MAX) {
		rule_warn(l->table, line, "IF is nested too deep: "
		    "skipping this rule");
		return;
	}
	/* A bad IF hides what depends on it: it does not set it free. */
	(void)parse(l, line, text, &r);
	l->open[l->depth].line = line;
	l->open[l->depth++].rule = append(l->table, l->rules, &r);
}

static void
add_endif(struct load *l, unsigned line, const char *rest)
{
	struct rule r = { .kind = RULE_ENDIF };

	if (l->depth == 0) {
		rule_warn(l->table, line, "ENDIF without IF: "
		    "skipping this rule");
		return;
	}
	if (rest[strspn(rest, " \t")] != '\0')
		rule_warn(l->table, line, "ignoring extra text after ENDIF");
	l->rules->rule[l->open[--l->depth].rule].endif = l->rules->n;
	append(l->table, l->rules, &r);
}

static void
add_line(struct load *l, unsigned line, char *text)
{
	struct rule r = { .kind = RULE_MATCH };

	if (is_word(text, "if"))
		add_if(l, line, text + 2);
	else if (is_word(text, "endif"))
		add_endif(l, line, text + 5);
	else if (parse(l, line, text, &r))
		append(l->table, l->rules, &r);
}

static int
load_file(struct load *l, const char **err)
{
	struct text text;
	int fd, rc;

	if ((fd = table_fd(l->table, err)) == -1)
		return (-1);
	text_open(&text, fd, l->table->name);
	while ((rc = text_next(&text)) == 1)
		add_line(l, text.lineno, text.line.p);
	text_close(&text);
	if (rc == -1)
		return (table_err(l->table, err, "cannot read %s",
		    l->table->name));
	return (0);
}

/* Whether "v" is one {...} and nothing else; NULL or what is wrong. */
static const char *
braces(struct view v)
{
	size_t i, depth = 0;

	if (v.n == 0 || v.p[0] != '{')
		return ("no '{' at start of text");
	for (i = 0; i < v.n; i++) {
		if (v.p[i] == '{')
			depth++;
		else if (v.p[i] == '}' && --depth == 0)
			break;
	}
	if (i == v.n)
		return ("missing '}'");
	return (i + 1 < v.n ? "syntax error after '}'" : NULL);
}

/* { {first rule} {second rule} }: each one is a line. */
static int
load_inline(struct load *l, const char **err)
{
	struct table *t = l->table;
	struct view all = view_trim(view_of(t->name)), word;
	const char *bad;
	unsigned line = 0;

	if ((bad = braces(all)) != NULL)
		return (table_err(t, err, "%s map: %s in \"%s\"",
		    t->ops->type, bad, t->name));
	all = view_sub(all, 1, all.n - 2);
	while ((word = view_group(&all, ", \t\r\n")).n > 0) {
		if ((bad = braces(word)) != NULL)
			return (table_err(t, err, "%s map: %s in \"%.*s\"",
			    t->ops->type, bad, (int)word.n, word.p));
		word = view_trim(view_sub(word, 1, word.n - 2));
		if (word.n > 0)
			add_line(l, ++line, view_str(t->arena, word));
	}
	return (0);
}

int
rules_open(struct table *t, const struct rule_ops *ops, const char **err)
{
	struct load l = { .table = t, .ops = ops };
	int rc;

	t->state = l.rules = arena_get(t->arena, sizeof(*l.rules));
	rc = t->name[0] == '{' ? load_inline(&l, err) : load_file(&l, err);
	while (l.depth > 0) {
		l.depth--;
		rule_warn(t, l.open[l.depth].line,
		    "IF has no matching ENDIF");
		l.rules->rule[l.open[l.depth].rule].endif = l.rules->n;
	}
	return (rc);
}

int
rules_lookup(struct table *t, const struct rule_ops *ops, const char *key)
{
	const struct rules *all = t->state;
	const struct rule *r;
	size_t i;
	int rc;
	bool applies;

	for (i = 0; i < all->n; i++) {
		r = &all->rule[i];
		if (r->kind == RULE_ENDIF)
			continue;
		rc = r->matcher == NULL ? r->negate :
		    ops->match(t, r, key);
		if (rc == -1)
			return (-1);
		applies = rc != RULE_NEITHER && rc != r->negate;
		if (applies && r->kind == RULE_MATCH)
			return (ops->value(t, r, key) == 0 ? 1 : -1);
		if (!applies && r->kind == RULE_IF)
			i = r->endif;	/* the loop goes on behind it */
	}
	return (0);
}

void
rules_close(struct table *t, const struct rule_ops *ops)
{
	struct rules *all = t->state;
	size_t i;

	for (i = 0; all != NULL && i < all->n; i++)
		if (all->rule[i].matcher != NULL)
			ops->release(all->rule[i].matcher);
	t->state = NULL;
}

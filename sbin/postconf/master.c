/* SPDX-License-Identifier: ISC */
/*
 * master - show and change master.cf: whole entries (-M), fields (-F) and
 * parameters of services (-P).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf/maincf.h"
#include "postconf.h"

#define WIDTH	80
#define INDENT	4
#define TEXT_MAX	(64 * 1024)
#define BLANKS	" \t\r\n"

/* service[/type[/what]][=value], as an argument says it. */
struct request {
	const char	*service;	/* "*": any */
	const char	*type;		/* "*": any */
	const char	*what;		/* a field or a parameter; "*": any */
	const char	*value;		/* edit: behind "=" */
	bool		 hit;
};

/* Up to "c", that is dropped; "*" if there is nothing left. */
static const char *
part(struct postconf *pc, struct view *v, int c)
{
	struct view word;

	if (!view_field(v, c, &word) || word.n == 0)
		return ("*");
	return (view_str(pc->arena, word));
}

static void
parse_request(struct postconf *pc, const char *arg, bool value,
    struct request *q)
{
	const char *eq = value ? strchr(arg, '=') : NULL;
	struct view v = view_of(arg);

	memset(q, 0, sizeof(*q));
	if (value && eq == NULL)
		fatal("missing '=' after service: \"%s\"", arg);
	if (eq != NULL) {
		v = view_trim((struct view){ arg, (size_t)(eq - arg) });
		q->value = view_str(pc->arena, view_trim(view_of(eq + 1)));
	}
	q->service = part(pc, &v, '/');
	q->type = part(pc, &v, '/');
	q->what = v.n == 0 ? "*" : view_str(pc->arena, v);
	if (strcmp(q->type, "*") != 0 && service_type_find(q->type) == -1)
		fatal("expected a type of inet, unix, unix-dgram, fifo or "
		    "pass: \"%s\"", arg);
}

static bool
same(const char *want, const char *have)
{
	return (strcmp(want, "*") == 0 || strcmp(want, have) == 0);
}

static bool
matches(const struct request *q, const struct service *s)
{
	return (same(q->service, s->name) &&
	    same(q->type, s->field[FIELD_TYPE]));
}

/* Words of the command as they are written when they are written anew. */
static const char *
word_text(struct postconf *pc, const char *word)
{
	const char *plain = service_word(pc->arena, word);

	if (*plain == '\0' || strpbrk(plain, BLANKS) != NULL)
		return (arena_printf(pc->arena, "{%s}", plain));
	return (plain);
}

/* "-o" and what belongs to it are one piece, other words are one each. */
static const char *
next_piece(struct postconf *pc, const struct service *s, size_t *i)
{
	const char *w = s->words[(*i)++], *name, *value;

	if (s->argc > 0 && *i > s->nwords - s->argc)
		return (word_text(pc, w));
	if (strncmp(w, "-o", 2) != 0)
		return (word_text(pc, w));
	if (w[2] == '\0' && *i < s->nwords)
		w = s->words[(*i)++];
	else
		w += 2;
	w = service_word(pc->arena, w);
	if (conf_pair(pc->arena, view_of(w), &name, &value) == NULL)
		w = arena_printf(pc->arena, "%s=%s", name, value);
	return (arena_printf(pc->arena, "-o %s", word_text(pc, w)));
}

/* The command and its arguments, in one line. */
static const char *
command_text(struct postconf *pc, const struct service *s)
{
	const char *text = s->command;
	size_t i;

	for (i = 0; i < s->nwords;)
		text = arena_printf(pc->arena, "%s %s", text,
		    next_piece(pc, s, &i));
	return (text);
}

/* The columns; what is too long for one moves the next ones. */
static const char *
columns(struct postconf *pc, const struct service *s)
{
	static const int at[FIELD_COUNT] = { 0, 11, 17, 25, 33, 41, 49, 57 };
	const char *text = s->name;
	int i, pad;

	for (i = 1; i < FIELD_COUNT; i++) {
		pad = at[i] - (int)strlen(text);
		text = arena_printf(pc->arena, "%s%*s%s", text,
		    pad > 0 ? pad : 1, "", s->field[i]);
	}
	return (text);
}

/* The entry, folded: options in lines of their own. */
static const char *
entry_folded(struct postconf *pc, const struct service *s)
{
	const char *text = columns(pc, s), *piece;
	size_t i, at = strlen(text), n;
	bool option = false, was;

	for (i = 0; i < s->nwords;) {
		piece = next_piece(pc, s, &i);
		n = strlen(piece);
		was = option;
		option = strncmp(piece, "-o ", 3) == 0;
		if (option || was || at + 1 + n > WIDTH) {
			text = arena_printf(pc->arena, "%s\n%*s%s", text,
			    INDENT, "", piece);
			at = INDENT + n;
		} else {
			text = arena_printf(pc->arena, "%s %s", text, piece);
			at += 1 + n;
		}
	}
	return (text);
}

static const char *
entry_line(struct postconf *pc, const struct service *s)
{
	const char *text = columns(pc, s);
	size_t i;

	for (i = 0; i < s->nwords;)
		text = arena_printf(pc->arena, "%s %s", text,
		    next_piece(pc, s, &i));
	return (text);
}

static const char *
expanded(struct postconf *pc, const struct service *s, const char *text)
{
	struct conf_error e;
	const char *out;

	if (!pc->expand)
		return (text);
	out = conf_expand(service_conf(pc->arena, pc->conf, &pc->master, s),
	    text, &e);
	if (out == NULL)
		fatal("%s: line %d: %s", pc->masterfile, s->line, e.text);
	return (out);
}

static void
show_entry(struct postconf *pc, const struct service *s)
{
	const char *text;
	int i;

	if (pc->json) {
		text = s->name;
		for (i = 1; i < FIELD_COUNT - 1; i++)
			text = arena_printf(pc->arena, "%s %s", text,
			    s->field[i]);
		show_pair(pc, arena_printf(pc->arena, "%s/%s", s->name,
		    s->field[FIELD_TYPE]), arena_printf(pc->arena, "%s %s",
		    text, command_text(pc, s)));
		return;
	}
	text = pc->fold ? entry_folded(pc, s) : entry_line(pc, s);
	(void)puts(expanded(pc, s, text));
}

static bool
show_field(struct postconf *pc, const struct service *s,
    const struct request *q)
{
	bool hit = false;
	int i;

	for (i = 0; i < FIELD_COUNT; i++) {
		if (!same(q->what, service_field_name[i]))
			continue;
		hit = true;
		show_pair(pc, arena_printf(pc->arena, "%s/%s/%s", s->name,
		    s->field[FIELD_TYPE], service_field_name[i]),
		    expanded(pc, s, i == FIELD_COMMAND ? command_text(pc, s) :
		    s->field[i]));
	}
	return (hit);
}

static bool
show_param(struct postconf *pc, const struct service *s,
    const struct request *q)
{
	bool hit = false;
	size_t i;

	for (i = 0; i < s->noverrides; i++) {
		if (!same(q->what, s->overrides[i].name))
			continue;
		hit = true;
		show_pair(pc, arena_printf(pc->arena, "%s/%s/%s", s->name,
		    s->field[FIELD_TYPE], s->overrides[i].name),
		    expanded(pc, s, s->overrides[i].value));
	}
	return (hit);
}

static bool
show_one(struct postconf *pc, enum master_view view, const struct service *s,
    const struct request *q)
{
	if (!matches(q, s))
		return (false);
	switch (view) {
	case MASTER_ENTRY:
		show_entry(pc, s);
		return (true);
	case MASTER_FIELD:
		return (show_field(pc, s, q));
	case MASTER_PARAM:
		return (show_param(pc, s, q));
	}
	return (false);
}

void
master_show(struct postconf *pc, enum master_view view, char **args, int n)
{
	static char any[] = "*";
	char *all[] = { any };
	struct request q;
	size_t i;
	int k;

	if (n == 0) {
		args = all;
		n = 1;
	}
	for (k = 0; k < n; k++) {
		parse_request(pc, args[k], false, &q);
		for (i = 0; i < pc->master.n; i++)
			if (show_one(pc, view, &pc->master.services[i], &q))
				q.hit = true;
		if (!q.hit && args != all)
			log_warn("unmatched request: \"%s\"", args[k]);
	}
	if (!pc->quiet)
		show_warnings(pc);
}

/* One logical line as a service, its arguments split; NULL: it is none. */
static struct service *
parse_entry(struct postconf *pc, const char *text)
{
	struct mastercf m;
	struct conf_error e;

	if (mastercf_parse(pc->arena, pc->masterfile, view_of(text), &m,
	    &e) == -1 || m.n != 1 ||
	    service_args(pc->arena, &m.services[0]) != NULL)
		return (NULL);
	return (&m.services[0]);
}

/* Set, or drop, one -o of the service. */
static bool
edit_param(struct postconf *pc, struct service *s, const struct request *q,
    enum edit how)
{
	const char **words = arena_array(pc->arena, s->nwords + 3,
	    sizeof(*words)), *name, *value, *piece;
	size_t i, start, n = 0;
	bool hit = false;
	const char *new = how == EDIT_DROP ? NULL : word_text(pc,
	    arena_printf(pc->arena, "%s=%s", q->what, q->value));
	const size_t flags = s->nwords - s->argc;

	for (i = 0; i < s->nwords;) {
		start = i;
		piece = next_piece(pc, s, &i);
		if (start == flags && !hit && new != NULL) {
			words[n++] = "-o";
			words[n++] = new;
			hit = true;
		}
		if (strncmp(piece, "-o ", 3) == 0 && conf_pair(pc->arena,
		    view_of(service_word(pc->arena, piece + 3)), &name,
		    &value) == NULL && same(q->what, name)) {
			if (!hit && new != NULL) {
				words[n++] = "-o";
				words[n++] = new;
			}
			hit = true;
			continue;
		}
		while (start < i)
			words[n++] = s->words[start++];
	}
	if (!hit && new != NULL) {
		words[n++] = "-o";
		words[n++] = new;
		hit = true;
	}
	s->words = words;
	s->nwords = n;
	return (hit);
}

static void
edit_field(struct postconf *pc, struct service *s, const struct request *q)
{
	struct view rest = view_of(q->value), word;
	int i;

	for (i = 0; strcmp(service_field_name[i], q->what) != 0; i++)
		;
	if (i != FIELD_COMMAND) {
		if (*q->value == '\0' || strpbrk(q->value, BLANKS) != NULL)
			fatal("expected one word for %s: \"%s\"", q->what,
			    q->value);
		s->field[i] = q->value;
		return;
	}
	word = view_group(&rest, BLANKS);
	if (word.n == 0)
		fatal("expected a command");
	s->command = s->field[i] = view_str(pc->arena, word);
	s->words = arena_array(pc->arena, strlen(q->value) + 1,
	    sizeof(*s->words));
	for (s->nwords = 0; (word = view_group(&rest, BLANKS)).n > 0;)
		s->words[s->nwords++] = view_str(pc->arena, word);
}

static void
check_request(enum master_view view, enum edit how, const struct request *q,
    const char *arg)
{
	int i;

	if (view == MASTER_ENTRY && (strcmp(q->what, "*") != 0 ||
	    (how == EDIT_SET && (strcmp(q->service, "*") == 0 ||
	    strcmp(q->type, "*") == 0))))
		fatal("expected service/type: \"%s\"", arg);
	if (view != MASTER_ENTRY && strcmp(q->what, "*") == 0)
		fatal("expected service/type/name: \"%s\"", arg);
	if (view != MASTER_FIELD)
		return;
	for (i = 0; i < FIELD_COUNT; i++)
		if (strcmp(service_field_name[i], q->what) == 0)
			return;
	fatal("expected a field: service, type, private, unprivileged, "
	    "chroot, wakeup, process_limit or command: \"%s\"", arg);
}

/* The text of a new entry: it must be what the request names. */
static const char *
new_entry(struct postconf *pc, const struct request *q, const char *arg)
{
	struct service *s = parse_entry(pc, q->value);

	if (s == NULL || !matches(q, s))
		fatal("expected an entry of 8 fields for %s/%s: \"%s\"",
		    q->service, q->type, arg);
	return (entry_folded(pc, s));
}

/* Apply all requests to the entry in "text" that rewrite_next gave. */
static void
edit_entry(struct postconf *pc, struct rewrite *r, const char *text,
    enum master_view view, enum edit how, struct request *q, int n)
{
	struct service *s = parse_entry(pc, text);
	const char *new = NULL;
	int i;

	/* A line that is broken is none of ours. */
	for (i = 0; i < n && s != NULL; i++) {
		if (!matches(&q[i], s))
			continue;
		if (view == MASTER_ENTRY && how != EDIT_SET) {
			q[i].hit = true;
			if (how == EDIT_COMMENT)
				rewrite_comment(r);
			else
				rewrite_drop(r);
			return;
		}
		if (view == MASTER_ENTRY) {
			new = q[i].hit ? "" : new_entry(pc, &q[i], text);
		} else {
			if (view == MASTER_FIELD)
				edit_field(pc, s, &q[i]);
			else if (!edit_param(pc, s, &q[i], how))
				continue;
			(void)service_args(pc->arena, s);
			new = entry_folded(pc, s);
		}
		q[i].hit = true;
	}
	if (new == NULL) {
		rewrite_keep(r);
		return;
	}
	if (*new != '\0')
		rewrite_text(r, new);
	rewrite_drop(r);		/* keeps comments within */
}

void
master_edit(struct postconf *pc, enum master_view view, enum edit how,
    char **args, int n)
{
	struct request *q = arena_array(pc->arena, (size_t)n, sizeof(*q));
	struct rewrite *r;
	const char *text;
	int i;

	for (i = 0; i < n; i++) {
		if (strpbrk(args[i], "\r\n") != NULL)
			fatal("expected no multi-line input: \"%s\"",
			    args[i]);
		parse_request(pc, args[i], how == EDIT_SET, &q[i]);
		check_request(view, how, &q[i], args[i]);
		if (view == MASTER_ENTRY && how == EDIT_SET)
			(void)new_entry(pc, &q[i], args[i]);
	}
	r = rewrite_begin(pc, pc->masterfile);
	while ((text = rewrite_next(r)) != NULL)
		edit_entry(pc, r, text, view, how, q, n);
	for (i = 0; i < n; i++)
		if (!q[i].hit && view == MASTER_ENTRY && how == EDIT_SET)
			rewrite_text(r, new_entry(pc, &q[i], args[i]));
		else if (!q[i].hit)
			log_warn("unmatched request: \"%s\"", args[i]);
	rewrite_end(r);
}

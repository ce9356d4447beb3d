/* SPDX-License-Identifier: ISC */
/*
 * check_read - the checker's own reading of policies and groups. It looks at
 * the lines that decide about system calls, and leaves judging the rest to
 * the compiler.
 */
#include <string.h>

#include "base/num.h"

#include "check.h"
#include "consthdr.h"

static const struct {
	const char	*name;
	unsigned long	 value;
} consts[] = {
#define CONST(name)	{ #name, (unsigned long)(name) },
#include "const.def"
#undef CONST
};

static const struct {
	const char	*name;
	int		 nr;
} calls[] = {
#define CALL(name, nr)	{ #name, nr },
#include "policy/sysnr.def"	/* made of <asm/unistd.h> */
#undef CALL
};

int
check_nr(struct view name)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (view_eq(name, calls[i].name))
			return (calls[i].nr);
	return (-1);
}

const char *
check_name(int nr)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].nr == nr)
			return (calls[i].name);
	return (NULL);
}

void
check_init(struct check *c, struct arena *a)
{
	memset(c, 0, sizeof(*c));
	c->arena = a;
}

static bool
read_hex(struct view v, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *d;
	size_t i;

	*out = 0;
	for (i = 0; i < v.n; i++) {
		d = memchr(digits, v.p[i], sizeof(digits) - 1);
		if (d == NULL)
			return (false);
		*out = *out << 4 | (uint32_t)(d - digits);
	}
	return (v.n > 0 && v.n <= 8);
}

/* One number or constant; false if it is neither. */
static bool
read_term(struct view v, uint32_t *out)
{
	uint64_t n;
	size_t i;

	for (i = 0; i < sizeof(consts) / sizeof(consts[0]); i++)
		if (view_eq(v, consts[i].name)) {
			*out = (uint32_t)consts[i].value;
			return (true);
		}
	if (view_starts(v, "0x"))
		return (read_hex(view_sub(v, 2, v.n), out));
	if (!num_unsigned(v, UINT32_MAX, &n))
		return (false);
	*out = (uint32_t)n;
	return (true);
}

static bool
read_value(struct view v, uint32_t *out)
{
	bool not = v.n > 0 && v.p[0] == '~';
	struct view part;
	uint32_t n;

	*out = 0;
	if (not)
		v = view_sub(v, 1, v.n);
	if (v.n == 0 || v.p[v.n - 1] == '|')
		return (false);
	while (view_field(&v, '|', &part)) {
		if (!read_term(part, &n))
			return (false);
		*out |= n;
	}
	if (not)
		*out = ~*out;
	return (true);
}

/* One condition, words w[0..n-1]; NULL if it is not understood. */
static struct check_test *
read_test(struct check *c, const struct view *w, size_t n)
{
	struct check_test *t;
	size_t first = 2, i;

	if (n < 3 || w[0].n != 4 || !view_starts(w[0], "arg") ||
	    w[0].p[3] < '0' || w[0].p[3] > '5')
		return (NULL);
	t = arena_get(c->arena, sizeof(*t));
	t->arg = (unsigned)(w[0].p[3] - '0');
	t->mask = UINT32_MAX;
	if (view_eq(w[1], "&")) {
		if (n != 5 || !view_eq(w[3], "==") ||
		    !read_value(w[2], &t->mask))
			return (NULL);
		first = 4;
	} else if (!view_eq(w[1], "in") && !(view_eq(w[1], "==") && n == 3))
		return (NULL);
	t->nvalues = n - first;
	t->value = arena_array(c->arena, t->nvalues, sizeof(*t->value));
	for (i = 0; i < t->nvalues; i++)
		if (!read_value(w[first + i], &t->value[i]))
			return (NULL);
	return (t);
}

static void
put_rule(struct check *c, struct check_rule **list, enum verdict verdict,
    struct check_test *tests)
{
	struct check_rule *r;

	r = arena_get(c->arena, sizeof(*r));
	r->verdict = verdict;
	r->tests = tests;
	r->next = *list;
	*list = r;
}

static int
read_name(struct check *c, const char *file, unsigned line, struct view w,
    int *nr)
{
	struct view name, number;
	uint32_t n;

	if (view_chr(w, '=') > 0) {
		(void)view_field(&w, '=', &name);
		number = w;
		if (!read_term(number, &n) || n >= CHECK_CALLS)
			return (token_fail(&c->error, file, line,
			    "bad number"));
		*nr = (int)n;
		return (0);
	}
	if (w.n > 0 && w.p[w.n - 1] == '?') {
		*nr = check_nr(view_sub(w, 0, w.n - 1));
		return (0);		/* -1: not on this architecture */
	}
	*nr = check_nr(w);
	if (*nr < 0 || *nr >= CHECK_CALLS)
		return (token_fail(&c->error, file, line,
		    "no such system call"));
	return (0);
}

static int
read_calls(struct check *c, const char *file, const struct token_line *l,
    enum verdict verdict, struct check_rule **rules)
{
	size_t i;
	int nr;

	for (i = 1; i < l->nwords; i++) {
		if (read_name(c, file, l->no, l->word[i], &nr) == -1)
			return (-1);
		if (nr >= 0)
			put_rule(c, &rules[nr], verdict, NULL);
	}
	return (0);
}

static int
read_allow(struct check *c, const char *file, const struct token_line *l,
    struct check_rule **rules)
{
	struct check_test *tests = NULL, *t;
	size_t at, end;
	int nr;

	if (l->nwords < 2)
		return (token_fail(&c->error, file, l->no, "allow what?"));
	if (read_name(c, file, l->no, l->word[1], &nr) == -1)
		return (-1);
	for (at = 2; at < l->nwords; at = end + 1) {
		for (end = at; end < l->nwords; end++)
			if (view_eq(l->word[end], ","))
				break;
		t = read_test(c, &l->word[at], end - at);
		if (t == NULL)
			return (token_fail(&c->error, file, l->no,
			    "condition not understood"));
		t->next = tests;
		tests = t;
	}
	if (nr >= 0)
		put_rule(c, &rules[nr], VERDICT_ALLOW, tests);
	return (0);
}

int
check_read_groups(struct check *c, const char *name, struct view text)
{
	struct check_group *g = NULL;
	struct token_file f;
	struct token_line l;
	bool enosys = false;
	int rc;

	token_open(&f, name, text);
	while ((rc = token_next(&f, &l, &c->error)) == 1) {
		if (view_eq(l.word[0], "group") ||
		    view_eq(l.word[0], "enosys")) {
			enosys = view_eq(l.word[0], "enosys");
			g = arena_get(c->arena, sizeof(*g));
			g->name = l.nwords > 1 ? l.word[1] : l.word[0];
			g->next = c->groups;
			c->groups = g;
			continue;
		}
		if (g == NULL)
			return (token_fail(&c->error, name, l.no, "no group"));
		if (view_eq(l.word[0], "calls"))
			rc = read_calls(c, name, &l, enosys ? VERDICT_ENOSYS :
			    VERDICT_ALLOW, g->rules);
		else if (view_eq(l.word[0], "allow"))
			rc = read_allow(c, name, &l, g->rules);
		else
			rc = token_fail(&c->error, name, l.no, "unknown word");
		if (rc == -1)
			return (-1);
	}
	return (rc);
}

static void
copy_rules(struct check *c, struct check_rule **to,
    struct check_rule *const *from)
{
	const struct check_rule *r;
	size_t i;

	for (i = 0; i < CHECK_CALLS; i++)
		for (r = from[i]; r != NULL; r = r->next)
			put_rule(c, &to[i], r->verdict, r->tests);
}

static int
read_groups_of(struct check *c, const char *file, const struct token_line *l,
    struct check_role *r)
{
	struct check_group *g;
	size_t i;

	for (i = 1; i < l->nwords; i++) {
		for (g = c->groups; g != NULL; g = g->next)
			if (g->name.n == l->word[i].n &&
			    memcmp(g->name.p, l->word[i].p, g->name.n) == 0)
				break;
		if (g == NULL)
			return (token_fail(&c->error, file, l->no,
			    "no such group"));
		copy_rules(c, r->rules, g->rules);
	}
	return (0);
}

static int
read_line(struct check *c, const char *file, const struct token_line *l,
    struct check_role *r)
{
	struct view arg = l->nwords > 1 ? l->word[1] : (struct view){ "", 0 };

	if (view_eq(l->word[0], "role"))
		r->name = arg;
	else if (view_eq(l->word[0], "kind")) {
		r->privileged = view_eq(arg, "privileged");
		r->command = view_eq(arg, "command");
	} else if (view_eq(l->word[0], "network"))
		r->network = view_eq(arg, "host");
	else if (view_eq(l->word[0], "starts"))
		r->starts[view_eq(arg, "host")] = true;
	else if (view_eq(l->word[0], "allow"))
		return (read_allow(c, file, l, r->rules));
	else if (view_eq(l->word[0], "syscalls") ||
	    view_eq(l->word[0], "enosys"))
		return (read_groups_of(c, file, l, r));
	return (0);
}

int
check_read_policy(struct check *c, const char *name, struct view text)
{
	struct token_file f;
	struct token_line l;
	struct check_role *r;
	int rc;

	r = arena_get(c->arena, sizeof(*r));
	r->next = c->roles;
	c->roles = r;
	token_open(&f, name, text);
	while ((rc = token_next(&f, &l, &c->error)) == 1)
		if (read_line(c, name, &l, r) == -1)
			return (-1);
	/* A role that started itself would have its own filter in it. */
	if (rc == 0 && !r->privileged && (r->starts[0] || r->starts[1]))
		return (token_fail(&c->error, name, 0,
		    "starts is for privileged roles only"));
	return (rc);
}

struct check_role *
check_role_find(struct check *c, const char *name)
{
	struct check_role *r;

	for (r = c->roles; r != NULL; r = r->next)
		if (view_eq(r->name, name))
			return (r);
	return (NULL);
}

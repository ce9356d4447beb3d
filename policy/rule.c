/* SPDX-License-Identifier: ISC */
/*
 * rule - system calls and conditions on their arguments, as the compiler
 * reads them. Only equality and masked equality of 32 bits exist.
 */
#include <errno.h>
#include <string.h>

#include <seccomp.h>

#include "base/num.h"
#include "consthdr.h"
#include "model.h"

static const struct {
	const char	*name;
	uint32_t	 value;
} consts[] = {
#define CONST(name)	{ #name, (uint32_t)(name) },
#include "const.def"
#undef CONST
};

static const struct {
	const char	*call;
	unsigned	 arg;
} arg32[] = {
#define ARG32(call, arg)	{ #call, arg },
#include "arg32.def"
#undef ARG32
};

bool
view_same(struct view a, struct view b)
{
	return (a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0));
}

static bool
hex_parse(struct view v, uint32_t *out)
{
	uint32_t n = 0;
	size_t i;

	if (v.n < 1 || v.n > 8)
		return (false);
	for (i = 0; i < v.n; i++) {
		const char *digits = "0123456789abcdef", *d;

		d = memchr(digits, v.p[i], 16);
		if (d == NULL)
			return (false);
		n = n << 4 | (uint32_t)(d - digits);
	}
	*out = n;
	return (true);
}

static bool
term_parse(struct view v, uint32_t *out)
{
	uint64_t n;
	size_t i;

	if (view_starts(v, "0x"))
		return (hex_parse(view_sub(v, 2, v.n), out));
	if (num_unsigned(v, UINT32_MAX, &n)) {
		*out = (uint32_t)n;
		return (true);
	}
	for (i = 0; i < sizeof(consts) / sizeof(consts[0]); i++)
		if (view_eq(v, consts[i].name)) {
			*out = consts[i].value;
			return (true);
		}
	return (false);
}

/* [~]TERM[|TERM...]; the tilde turns the whole around. */
bool
value_parse(struct view word, uint32_t *out)
{
	uint32_t sum = 0, n;
	bool invert;
	ptrdiff_t bar;

	invert = word.n > 0 && word.p[0] == '~';
	if (invert)
		word = view_sub(word, 1, word.n);
	for (;;) {
		bar = view_chr(word, '|');
		if (!term_parse(bar < 0 ? word :
		    view_sub(word, 0, (size_t)bar), &n))
			return (false);
		sum |= n;
		if (bar < 0)
			break;
		word = view_sub(word, (size_t)bar + 1, word.n);
	}
	*out = invert ? ~sum : sum;
	return (true);
}

static bool
rule_equal(const struct rule *a, const struct rule *b)
{
	size_t i;

	if (a->nr != b->nr || a->nconds != b->nconds)
		return (false);
	for (i = 0; i < a->nconds; i++)
		if (a->cond[i].arg != b->cond[i].arg ||
		    a->cond[i].mask != b->cond[i].mask ||
		    a->cond[i].value != b->cond[i].value)
			return (false);
	return (true);
}

/*
 * A rule without conditions covers all others of its call, so it is alone:
 * libseccomp is never asked to sort that out. The same call both allowed and
 * answered with ENOSYS is a contradiction.
 */
int
rules_add(struct model *m, const char *file, struct rules *rs,
    const struct rule *r)
{
	struct rule *grown;
	size_t i, n;

	for (i = n = 0; i < rs->n; i++) {
		if (rs->v[i].nr == r->nr && rs->v[i].action != r->action)
			return (token_fail(&m->error, file, r->line,
			    "system call %d is allowed and also answered with "
			    "ENOSYS", r->nr));
		if (rule_equal(&rs->v[i], r) ||
		    (rs->v[i].nr == r->nr && rs->v[i].nconds == 0))
			return (0);
	}
	for (i = n = 0; i < rs->n; i++)
		if (rs->v[i].nr != r->nr || r->nconds > 0)
			rs->v[n++] = rs->v[i];
	rs->n = n;
	if (rs->n == MODEL_RULES)
		return (token_fail(&m->error, file, r->line,
		    "more than %d rules", MODEL_RULES));
	if (rs->n == rs->cap) {
		rs->cap = rs->cap == 0 ? 32 : rs->cap * 2;
		grown = arena_array(m->arena, rs->cap, sizeof(*grown));
		if (rs->n > 0)
			memcpy(grown, rs->v, rs->n * sizeof(*grown));
		rs->v = grown;
	}
	rs->v[rs->n++] = *r;
	return (0);
}

int
rules_join(struct model *m, const char *file, unsigned line,
    struct rules *to, const struct rules *from)
{
	struct rule r;
	size_t i;

	for (i = 0; i < from->n; i++) {
		r = from->v[i];
		r.line = line;
		if (rules_add(m, file, to, &r) == -1)
			return (-1);
	}
	return (0);
}

/*
 * The number of a call named in a policy. NAME? may be unknown here (another
 * architecture's call); NAME=NUMBER gives the number of one that is newer
 * than the headers. 1 found, 0 to be skipped, -1 error.
 */
static int
call_number(struct model *m, const char *file, unsigned line,
    struct view word, struct view *bare, int *nr)
{
	char name[64];
	ptrdiff_t eq;
	int64_t n;
	bool maybe;

	eq = view_chr(word, '=');
	maybe = word.n > 1 && word.p[word.n - 1] == '?';
	*bare = maybe ? view_sub(word, 0, word.n - 1) : word;
	if (eq > 0)
		*bare = view_sub(word, 0, (size_t)eq);
	if (bare->n == 0 || bare->n >= sizeof(name))
		return (token_fail(&m->error, file, line,
		    "expected the name of a system call"));
	memcpy(name, bare->p, bare->n);
	name[bare->n] = '\0';
	*nr = seccomp_syscall_resolve_name(name);
	if (eq > 0) {
		if (!num_parse(view_sub(word, (size_t)eq + 1, word.n), 424,
		    1023, &n) || (*nr >= 0 && *nr != (int)n))
			return (token_fail(&m->error, file, line,
			    "wrong number for system call %s", name));
		*nr = (int)n;
		return (1);
	}
	if (*nr >= 0)
		return (1);
	if (maybe && *nr != __NR_SCMP_ERROR)
		return (0);		/* known, but not on this machine */
	return (token_fail(&m->error, file, line,
	    "unknown system call %s", name));
}

int
calls_parse(struct model *m, const char *file, const struct token_line *l,
    size_t from, enum rule_action action, struct rules *out)
{
	struct rule r;
	struct view bare;
	size_t i;
	int rc;

	if (from == l->nwords)
		return (token_fail(&m->error, file, l->no,
		    "expected system calls after %.*s", VM(l->word[0])));
	for (i = from; i < l->nwords; i++) {
		memset(&r, 0, sizeof(r));
		r.action = action;
		r.line = l->no;
		rc = call_number(m, file, l->no, l->word[i], &bare, &r.nr);
		if (rc == -1)
			return (-1);
		if (rc == 1 && rules_add(m, file, out, &r) == -1)
			return (-1);
	}
	return (0);
}

struct choice {			/* one condition with its alternatives */
	unsigned	 arg;
	uint32_t	 mask;
	size_t		 n;
	uint32_t	 value[TOKEN_WORDS_MAX];
};

static bool
arg_testable(struct view call, unsigned arg)
{
	size_t i;

	for (i = 0; i < sizeof(arg32) / sizeof(arg32[0]); i++)
		if (view_eq(call, arg32[i].call) && arg32[i].arg == arg)
			return (true);
	return (false);
}

/* argN == V | argN in V... | argN & V == V, words [*at, end of condition). */
static int
choice_parse(struct model *m, const char *file, const struct token_line *l,
    struct view call, size_t *at, struct choice *c)
{
	const struct view *w = &l->word[*at];
	size_t n;

	for (n = 0; *at + n < l->nwords && !view_eq(w[n], ","); n++)
		continue;
	*at += n + (*at + n < l->nwords);
	c->mask = UINT32_MAX;
	c->n = 1;
	if (n < 3 || w[0].n != 4 || !view_starts(w[0], "arg") ||
	    w[0].p[3] < '0' || w[0].p[3] > '5')
		goto out;
	c->arg = (unsigned)(w[0].p[3] - '0');
	if (!arg_testable(call, c->arg))
		return (token_fail(&m->error, file, l->no,
		    "arg%u of %.*s cannot be tested", c->arg, VM(call)));
	if (view_eq(w[1], "in")) {
		for (c->n = 0; c->n + 2 < n; c->n++)
			if (!value_parse(w[c->n + 2], &c->value[c->n]))
				goto out;
		return (0);
	}
	if (view_eq(w[1], "==") && n == 3 && value_parse(w[2], &c->value[0]))
		return (0);
	if (view_eq(w[1], "&") && n == 5 && view_eq(w[3], "==") &&
	    value_parse(w[2], &c->mask) && value_parse(w[4], &c->value[0])) {
		if ((c->value[0] & ~c->mask) != 0 || c->mask == 0)
			return (token_fail(&m->error, file, l->no,
			    "condition on arg%u never or always holds",
			    c->arg));
		return (0);
	}
out:
	return (token_fail(&m->error, file, l->no, "expected \"argN == VALUE\","
	    " \"argN in VALUE...\" or \"argN & MASK == VALUE\" of known "
	    "constants"));
}

/* Every combination of the alternatives is one rule. */
static int
rules_expand(struct model *m, const char *file, struct rule *r,
    const struct choice *c, size_t nc, struct rules *out)
{
	size_t at[MODEL_CONDS] = { 0 }, i;

	for (;;) {
		r->nconds = nc;
		for (i = 0; i < nc; i++)
			r->cond[i] = (struct cond){ c[i].arg, c[i].mask,
			    c[i].value[at[i]] };
		if (rules_add(m, file, out, r) == -1)
			return (-1);
		for (i = 0; i < nc && ++at[i] == c[i].n; i++)
			at[i] = 0;
		if (i == nc)
			return (0);
	}
}

/* "allow CALL [CONDITION [, CONDITION...]]" */
int
rule_parse(struct model *m, const char *file, const struct token_line *l,
    struct rules *out)
{
	struct choice choice[MODEL_CONDS];
	struct rule r;
	struct view bare;
	size_t at = 2, n = 0, i;
	int rc;

	memset(&r, 0, sizeof(r));
	r.line = l->no;
	if (l->nwords < 2)
		return (token_fail(&m->error, file, l->no,
		    "expected \"allow CALL [CONDITION, ...]\""));
	rc = call_number(m, file, l->no, l->word[1], &bare, &r.nr);
	if (rc == -1)
		return (-1);
	while (at < l->nwords) {
		if (n == MODEL_CONDS)
			return (token_fail(&m->error, file, l->no,
			    "more than %d conditions", MODEL_CONDS));
		if (choice_parse(m, file, l, bare, &at, &choice[n]) == -1)
			return (-1);
		for (i = 0; i < n; i++)
			if (choice[i].arg >= choice[n].arg)
				return (token_fail(&m->error, file, l->no,
				    "one condition an argument, in their "
				    "order"));
		n++;
	}
	if (view_eq(l->word[l->nwords - 1], ","))
		return (token_fail(&m->error, file, l->no,
		    "expected a condition behind the comma"));
	return (rc == 0 ? 0 : rules_expand(m, file, &r, choice, n, out));
}

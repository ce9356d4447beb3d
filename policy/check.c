/* SPDX-License-Identifier: ISC */
/*
 * check - run a filter for every system call and every boundary value, and
 * compare with what the policy's text says.
 */
#include <linux/audit.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf.h"
#include "check.h"

#if defined(__x86_64__)
#define ARCH_OURS	AUDIT_ARCH_X86_64
#define X32_BIT		0x40000000
#elif defined(__aarch64__)
#define ARCH_OURS	AUDIT_ARCH_AARCH64
#else
#error "no policy for this architecture"
#endif

#define POINTS_MAX	20000	/* boundary values of one argument */
#define TRIES_MAX	400000	/* combinations for one call */

static bool
rule_holds(const struct check_rule *r, const uint64_t args[6])
{
	const struct check_test *t;
	size_t i;

	for (t = r->tests; t != NULL; t = t->next) {
		for (i = 0; i < t->nvalues; i++)
			if (((uint32_t)args[t->arg] & t->mask) == t->value[i])
				break;
		if (i == t->nvalues)
			return (false);
	}
	return (true);
}

enum verdict
check_expect(struct check *c, const struct check_role *r, int nr,
    const uint64_t args[6])
{
	const struct check_rule *rule;
	const struct check_role *s;
	enum verdict v;

	for (rule = r->rules[nr]; rule != NULL; rule = rule->next)
		if (rule_holds(rule, args))
			return (rule->verdict);
	if (!r->starts[0] && !r->starts[1])
		return (VERDICT_KILL);
	for (s = c->roles; s != NULL; s = s->next) {
		if (s->privileged || s->command || !r->starts[s->network])
			continue;
		v = check_expect(c, s, nr, args);
		if (v != VERDICT_KILL)
			return (v);
	}
	return (VERDICT_KILL);
}

static uint32_t
action_of(enum verdict v)
{
	switch (v) {
	case VERDICT_ALLOW:
		return (SECCOMP_RET_ALLOW);
	case VERDICT_ENOSYS:
		return (SECCOMP_RET_ERRNO | ENOSYS);
	case VERDICT_KILL:
		break;
	}
	return (SECCOMP_RET_KILL_PROCESS);
}

struct subject {
	const struct check_role	*role;
	const struct sock_filter *code;
	size_t			 n;
};

static int
try(struct check *c, const struct subject *s, uint32_t arch, uint32_t nr,
    const uint64_t args[6], enum verdict want)
{
	struct seccomp_data d = { .nr = (int)nr, .arch = arch };
	const char *name = check_name((int)nr);
	char role[64];
	uint32_t action;

	memcpy(d.args, args, sizeof(d.args));
	snprintf(role, sizeof(role), "%.*s", (int)s->role->name.n,
	    s->role->name.p);
	c->runs++;
	if (!bpf_run(s->code, s->n, &d, &action))
		return (token_fail(&c->error, role, 0,
		    "the filter is not one the kernel would load"));
	if (action == action_of(want))
		return (0);
	return (token_fail(&c->error, role, 0, "filter and text differ: arch "
	    "%#x call %u (%s) args %#" PRIx64 " %#" PRIx64 " %#" PRIx64
	    " %#" PRIx64 " %#" PRIx64 " %#" PRIx64 ": filter %#x, text %#x",
	    arch, nr, name == NULL ? "unknown" : name, args[0], args[1],
	    args[2], args[3], args[4], args[5], action, action_of(want)));
}

struct points {			/* values to try of one argument */
	uint64_t	 v[POINTS_MAX];
	size_t		 n;
};

static void
put_point(struct points *p, uint64_t v)
{
	if (p->n < POINTS_MAX)
		p->v[p->n++] = v;
}

static int
compare_points(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x < y ? -1 : x > y);
}

/* Around a value that is tested, in both halves. */
static void
put_boundary(struct points *p, uint32_t v, uint32_t mask)
{
	unsigned bit;

	put_point(p, v);
	put_point(p, v - UINT32_C(1));
	put_point(p, v + UINT32_C(1));
	put_point(p, (uint64_t)v | UINT64_C(1) << 32);
	put_point(p, (uint64_t)v | UINT64_C(0xffffffff00000000));
	put_point(p, v | ~mask);
	for (bit = 0; bit < 32; bit++) {
		put_point(p, v ^ UINT32_C(1) << bit);
		if ((mask >> bit & 1) != 0)
			put_point(p, (v | ~mask) ^ UINT32_C(1) << bit);
	}
}

static void
gather(struct check *c, const struct check_role *r, int nr,
    struct points all[6], struct points near[6])
{
	const struct check_rule *rule;
	const struct check_test *t;
	const struct check_role *s;
	size_t i;

	for (rule = r->rules[nr]; rule != NULL; rule = rule->next)
		for (t = rule->tests; t != NULL; t = t->next)
			for (i = 0; i < t->nvalues; i++) {
				put_boundary(&all[t->arg], t->value[i],
				    t->mask);
				put_point(&near[t->arg], t->value[i]);
				put_point(&near[t->arg], t->value[i] ^ 1);
			}
	for (s = c->roles; s != NULL; s = s->next)
		if (!s->privileged && !s->command && r->starts[s->network])
			gather(c, s, nr, all, near);
}

static void
unique(struct points *p)
{
	size_t i, n = 0;

	put_point(p, 0);
	put_point(p, ~UINT64_C(0));
	put_point(p, UINT32_MAX);
	qsort(p->v, p->n, sizeof(p->v[0]), compare_points);
	for (i = 0; i < p->n; i++)
		if (n == 0 || p->v[n - 1] != p->v[i])
			p->v[n++] = p->v[i];
	p->n = n;
}

/* Try every combination of the values in p[0] to p[5]. */
static int
check_product(struct check *c, const struct subject *s, int nr,
    const struct points *const p[6])
{
	size_t at[6] = { 0 }, i;
	uint64_t args[6];

	for (;;) {
		for (i = 0; i < 6; i++)
			args[i] = p[i]->v[at[i]];
		if (try(c, s, ARCH_OURS, (uint32_t)nr, args,
		    check_expect(c, s->role, nr, args)) == -1)
			return (-1);
		for (i = 0; i < 6 && ++at[i] == p[i]->n; i++)
			at[i] = 0;
		if (i == 6)
			return (0);
	}
}

/*
 * Every combination of the boundary values of all tested arguments. Where
 * these are too many: all values of one argument with the near values of the
 * others, for each argument in turn.
 */
static int
check_call(struct check *c, const struct subject *s, int nr)
{
	static struct points all[6], near[6];
	const struct points *p[6];
	size_t total = 1, i, k;

	for (i = 0; i < 6; i++)
		all[i].n = near[i].n = 0;
	gather(c, s->role, nr, all, near);
	for (i = 0; i < 6; i++) {
		if (all[i].n >= POINTS_MAX - 3)
			return (token_fail(&c->error, "checker", 0,
			    "too many values of call %d to try", nr));
		if (all[i].n > 0) {
			unique(&all[i]);
			unique(&near[i]);
		} else {		/* not tested: must not matter */
			put_point(&all[i], 0);
			if (total < 2)
				put_point(&all[i], ~UINT64_C(0));
			near[i] = all[i];
		}
		total *= all[i].n;
		p[i] = &all[i];
	}
	if (total <= TRIES_MAX)
		return (check_product(c, s, nr, p));
	for (k = 0; k < 6; k++) {
		for (i = 0; i < 6; i++)
			p[i] = i == k ? &all[i] : &near[i];
		if (check_product(c, s, nr, p) == -1)
			return (-1);
	}
	return (0);
}

/* The other doors into the kernel: all shut. */
static int
check_foreign(struct check *c, const struct subject *s, int nr)
{
	static const uint32_t arch[] = { AUDIT_ARCH_I386, AUDIT_ARCH_ARM,
		AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64, 0, UINT32_MAX };
	static const uint64_t args[2][6] = { { 0 }, { UINT64_MAX, UINT64_MAX,
		UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
	size_t i;

	for (i = 0; i < sizeof(arch) / sizeof(arch[0]); i++)
		if (arch[i] != ARCH_OURS && (try(c, s, arch[i], (uint32_t)nr,
		    args[0], VERDICT_KILL) == -1 || try(c, s, arch[i],
		    (uint32_t)nr, args[1], VERDICT_KILL) == -1))
			return (-1);
#ifdef X32_BIT
	for (i = 0; i < 2; i++)
		if (try(c, s, ARCH_OURS, (uint32_t)nr | X32_BIT, args[i],
		    VERDICT_KILL) == -1)
			return (-1);
#endif
	return (try(c, s, ARCH_OURS, (uint32_t)nr | 0x80000000, args[0],
	    VERDICT_KILL));
}

int
check_filter(struct check *c, const struct check_role *r,
    const struct sock_filter *code, size_t n)
{
	struct subject s = { r, code, n };
	uint64_t args[6] = { 0 };
	int nr;

	for (nr = 0; nr < CHECK_CALLS; nr++)
		if (check_call(c, &s, nr) == -1 ||
		    check_foreign(c, &s, nr) == -1)
			return (-1);
	return (try(c, &s, ARCH_OURS, UINT32_MAX, args, VERDICT_KILL));
}

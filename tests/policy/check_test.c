/* SPDX-License-Identifier: ISC */
/*
 * The checker finds a wrong filter: each instruction of real filters is
 * changed, one at a time, in several ways.
 */
#include <linux/seccomp.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "check.h"
#include "file.h"
#include "policy/policy.h"

static struct check c;

static void
load(struct arena *a)
{
	char path[600];
	struct view text;
	size_t i;

	check_init(&c, a);
	ATF_REQUIRE_EQ(file_read(a, SRCTOP "/policy/syscalls.groups", &text,
	    &c.error), 0);
	ATF_REQUIRE_EQ(check_read_groups(&c, "groups", text), 0);
	for (i = 0; i < ROLE_COUNT; i++) {
		snprintf(path, sizeof(path), SRCTOP "/policy/%s.policy",
		    policy_table[i].name);
		ATF_REQUIRE_EQ(file_read(a, path, &text, &c.error), 0);
		ATF_REQUIRE_EQ(check_read_policy(&c,
		    arena_str(a, policy_table[i].name), text), 0);
	}
}

/* The checker's verdict on a changed filter: true if it saw it. */
static bool
seen(const char *role, const struct sock_filter *code, size_t n)
{
	c.error.text[0] = '\0';
	return (check_filter(&c, check_role_find(&c, role), code, n) == -1);
}

static void
flip_return(struct sock_filter *i)
{
	i->k = i->k == SECCOMP_RET_ALLOW ? SECCOMP_RET_KILL_PROCESS :
	    SECCOMP_RET_ALLOW;
}

static void
swap_jumps(struct sock_filter *i)
{
	uint8_t jt = i->jt;

	i->jt = i->jf;
	i->jf = jt;
}

static void
other_equal(struct sock_filter *i)
{
	i->k ^= 1;
}

static void
lower_bound(struct sock_filter *i)
{
	i->k -= 1;
}

static void
other_mask(struct sock_filter *i)
{
	i->k &= i->k - 1;	/* one bit less is tested */
}

static void
other_load(struct sock_filter *i)
{
	i->k ^= 4;
}

static const struct mutation {
	const char	*label;
	uint16_t	 code;
	void		(*change)(struct sock_filter *);
} mutations[] = {
	{ "return", BPF_RET | BPF_K, flip_return },
	{ "jumps of equal", BPF_JMP | BPF_JEQ | BPF_K, swap_jumps },
	{ "jumps of greater", BPF_JMP | BPF_JGE | BPF_K, swap_jumps },
	{ "jumps of more", BPF_JMP | BPF_JGT | BPF_K, swap_jumps },
	{ "value of equal", BPF_JMP | BPF_JEQ | BPF_K, other_equal },
	{ "value of more", BPF_JMP | BPF_JGT | BPF_K, lower_bound },
	{ "mask", BPF_ALU | BPF_AND | BPF_K, other_mask },
	{ "load", BPF_LD | BPF_W | BPF_ABS, other_load },
};

/*
 * What a change of this instruction cannot alter. libseccomp loads the upper
 * half of an argument and masks all of it away: whatever is loaded, 0 is
 * left. And it sends the number -1 past the test of the x32 bit, to the same
 * end as all other numbers of that size.
 */
static bool
without_effect(const struct sock_filter *i, const struct sock_filter *next)
{
	if (i->code == (BPF_LD | BPF_W | BPF_ABS))
		return (next->code == (BPF_ALU | BPF_AND | BPF_K) &&
		    next->k == 0);
	return (i->code == (BPF_JMP | BPF_JEQ | BPF_K) && i->k == UINT32_MAX);
}

static void
mutate(const char *role, size_t step, const struct mutation *mu)
{
	const struct policy_filter *f;
	struct sock_filter *copy;
	size_t i, tried = 0, missed = 0;

	f = policy_filters[policy_id(policy_find(role))];
	copy = calloc(f->n, sizeof(*copy));
	ATF_REQUIRE(copy != NULL);
	for (i = 0; i < f->n; i += step) {
		if (f->code[i].code != mu->code ||
		    without_effect(&f->code[i],
		    &f->code[i + 1 < f->n ? i + 1 : i]))
			continue;
		memcpy(copy, f->code, f->n * sizeof(*copy));
		mu->change(&copy[i]);
		if (memcmp(&copy[i], &f->code[i], sizeof(*copy)) == 0)
			continue;
		tried++;
		if (seen(role, copy, f->n))
			continue;
		missed++;
		fprintf(stderr, "%s: %s at %zu of %zu: code %#x jt %u jf %u "
		    "k %#x\n", role, mu->label, i, f->n, f->code[i].code,
		    f->code[i].jt, f->code[i].jf, f->code[i].k);
	}
	free(copy);
	printf("%s: %s: %zu tried, %zu missed\n", role, mu->label, tried,
	    missed);
	ATF_CHECK_EQ_MSG(missed, 0, "%s: %s: %zu of %zu not seen", role,
	    mu->label, missed, tried);
}

ATF_TC_WITHOUT_HEAD(mutations_seen);
ATF_TC_BODY(mutations_seen, tc)
{
	static const struct {
		const char	*name;
		size_t		 step;	/* every so many instructions */
	} roles[] = { { "anvil", 1 }, { "smtpd", 11 }, { "qmgr", 13 },
		{ "resolver", 23 } };
	struct arena *a = arena_new(0);
	size_t i, j;

	load(a);
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		for (j = 0; j < sizeof(mutations) / sizeof(mutations[0]); j++)
			mutate(roles[i].name, roles[i].step,
			    &mutations[j]);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(good_filters_pass);
ATF_TC_BODY(good_filters_pass, tc)
{
	struct arena *a = arena_new(0);
	size_t i;

	load(a);
	for (i = 0; i < ROLE_COUNT; i++)
		ATF_CHECK_MSG(!seen(policy_table[i].name,
		    policy_filters[i]->code, policy_filters[i]->n), "%s",
		    c.error.text);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(another_roles_filter);
ATF_TC_BODY(another_roles_filter, tc)
{
	struct arena *a = arena_new(0);

	load(a);
	ATF_CHECK(seen("smtpd", policy_filter_dial.code,
	    policy_filter_dial.n));
	ATF_CHECK(seen("smtpd", policy_filter_smtpd.code, 3));
	arena_free(&a);
}

/* What the checker would follow without end is refused where it is read. */
ATF_TC_WITHOUT_HEAD(starts_itself);
ATF_TC_BODY(starts_itself, tc)
{
	static const struct {
		const char	*label, *kind;
		int		 want;
	} cases[] = {
		{ "privileged", "privileged", 0 },
		{ "worker", "worker", -1 },
		{ "none said", "", -1 },
	};
	struct arena *a = arena_new(0);
	char text[100];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_init(&c, a);
		snprintf(text, sizeof(text), "role a\nkind %s\nstarts none\n",
		    cases[i].kind);
		ATF_CHECK_EQ_MSG(cases[i].want, check_read_policy(&c, "a",
		    view_of(arena_str(a, text))), "%s", cases[i].label);
	}
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mutations_seen);
	ATF_TP_ADD_TC(tp, good_filters_pass);
	ATF_TP_ADD_TC(tp, another_roles_filter);
	ATF_TP_ADD_TC(tp, starts_itself);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/*
 * policycheck - a second opinion on every compiled filter:
 * policycheck GROUPS POLICY...
 *
 * Linked with the very filters that the roles will link. Any difference
 * between one of them and the text ends the build.
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "policy/policy.h"
#include "check.h"
#include "file.h"

static int
read_all(struct check *c, int n, char **files)
{
	struct view text;
	int i;

	for (i = 0; i < n; i++) {
		if (file_read(c->arena, files[i], &text, &c->error) == -1)
			return (-1);
		if ((i == 0 ? check_read_groups(c, files[i], text) :
		    check_read_policy(c, files[i], text)) == -1)
			return (-1);
	}
	return (0);
}

static int
check_all(struct check *c)
{
	const struct policy_filter *f;
	struct check_role *r;
	unsigned i;

	for (i = 0; i < ROLE_COUNT; i++) {
		r = check_role_find(c, policy_table[i].name);
		if (r == NULL)
			return (token_fail(&c->error, policy_table[i].name, 0,
			    "has a filter and no text"));
		f = policy_filters[i];
		if (check_filter(c, r, f->code, f->n) == -1)
			return (-1);
	}
	return (0);
}

int
main(int argc, char **argv)
{
	static struct check c;
	struct arena *a;
	int rc;

	if (argc < 3) {
		fprintf(stderr, "usage: policycheck GROUPS POLICY...\n");
		return (2);
	}
	a = arena_new(0);
	check_init(&c, a);
	rc = read_all(&c, argc - 1, argv + 1);
	if (rc == 0)
		rc = check_all(&c);
	if (rc == -1)
		rc = file_complain("policycheck", &c.error);
	else
		printf("policycheck: %d filters, %lu runs, no difference\n",
		    ROLE_COUNT, c.runs);
	arena_free(&a);
	return (rc);
}

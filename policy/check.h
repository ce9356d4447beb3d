/* SPDX-License-Identifier: ISC */
/*
 * check - does a filter do what the policy's text says? A second opinion.
 *
 * Reads the text by itself (only the tokenizer is shared with the compiler),
 * takes the numbers of system calls from the kernel's headers instead of
 * libseccomp, and runs the filter for every call and every boundary value.
 */
#ifndef POSTERN_POLICY_CHECK_H
#define POSTERN_POLICY_CHECK_H

#include <linux/filter.h>

#include "base/arena.h"
#include "token.h"

#define CHECK_CALLS	1024	/* system call numbers tried */

enum verdict { VERDICT_KILL, VERDICT_ALLOW, VERDICT_ENOSYS };

struct check_test {		/* (argument & mask) == one of value[] */
	unsigned		 arg;
	uint32_t		 mask;
	uint32_t		*value;
	size_t			 nvalues;
	struct check_test	*next;
};

struct check_rule {		/* all tests hold: the verdict */
	enum verdict		 verdict;
	struct check_test	*tests;
	struct check_rule	*next;
};

struct check_group {
	struct view		 name;
	struct check_rule	*rules[CHECK_CALLS];
	struct check_group	*next;
};

struct check_role {
	struct view		 name;
	bool			 privileged, command, network;
	bool			 starts[2];	/* without, with network */
	struct check_rule	*rules[CHECK_CALLS];
	struct check_role	*next;
};

struct check {
	struct arena		*arena;
	struct check_group	*groups;
	struct check_role	*roles;
	struct token_error	 error;
	unsigned long		 runs;		/* filter runs so far */
};

void	check_init(struct check *c, struct arena *a);

/* Read syscalls.groups, then each role's policy; 0 or -1 with c->error. */
int	check_read_groups(struct check *c, const char *name, struct view text);
int	check_read_policy(struct check *c, const char *name, struct view text);
struct check_role *check_role_find(struct check *c, const char *name);

/*
 * Compare. 0: the filter does exactly what the text says; -1: c->error says
 * for which call and which arguments it does not.
 */
int	check_filter(struct check *c, const struct check_role *r,
	    const struct sock_filter *code, size_t n);

/* The number of a call and back; -1, NULL if the headers do not know it. */
int	check_nr(struct view name);
const char *check_name(int nr);

/* What the text says (private to the two files of the checker). */
enum verdict check_expect(struct check *c, const struct check_role *r, int nr,
	    const uint64_t args[6]);

#endif

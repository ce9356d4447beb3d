/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a policy, as groups, as verbs, as a list of roles: the
 * compiler's and the checker's readers end with a value or an error.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "policy/check.h"
#include "policy/model.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char groups[] =
    "group core \"x\"\n# x\ncalls read write\n# x\n"
    "allow fcntl arg1 in F_GETFL F_SETFL\nenosys probes \"x\"\ncalls clone3\n";

static void
compiler(struct arena *a, struct view text)
{
	static struct model m;

	model_init(&m, a);
	(void)model_roles(&m, "roles", text);
	model_init(&m, a);
	(void)model_groups(&m, "groups", text);
	model_init(&m, a);
	(void)model_verbs(&m, "verbs", text);
	model_init(&m, a);
	if (model_verbs(&m, "v", view_of("VERB(a, do)\nREPLY(a, done)\n")) ==
	    -1 || model_groups(&m, "g", view_of(groups)) == -1 ||
	    model_roles(&m, "r", view_of("a\n")) == -1)
		__builtin_trap();
	if (model_policy(&m, "a.policy", text) == 0)
		(void)model_finish(&m);
}

static void
checker(struct arena *a, struct view text)
{
	static struct check c;
	static const uint64_t args[6];
	int nr;

	check_init(&c, a);
	(void)check_read_groups(&c, "groups", text);
	check_init(&c, a);
	if (check_read_groups(&c, "g", view_of(groups)) == -1)
		__builtin_trap();
	if (check_read_policy(&c, "a.policy", text) == 0)
		for (nr = 0; nr < 10; nr++)
			(void)check_expect(&c, c.roles, nr, args);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = { (const char *)data, size };
	struct arena *a = arena_new(0);

	compiler(a, text);
	checker(a, text);
	arena_free(&a);
	return (0);
}

/* SPDX-License-Identifier: ISC */
/*
 * policy - questions to the table of roles. Pure functions over constants:
 * the privileged processes link this.
 */
#include <string.h>

#include "policy/policy.h"

static bool
has_bit(const uint64_t *set, unsigned bit)
{
	return (bit < 64 * POLICY_VERB_WORDS &&
	    (set[bit / 64] >> (bit % 64) & 1) != 0);
}

static bool
known(enum role_id role)
{
	return ((unsigned)role < ROLE_COUNT);
}

const struct policy *
policy_find(const char *role)
{
	size_t i;

	for (i = 0; i < ROLE_COUNT; i++)
		if (strcmp(policy_table[i].name, role) == 0)
			return (&policy_table[i]);
	return (NULL);
}

enum role_id
policy_id(const struct policy *p)
{
	return ((enum role_id)(p - policy_table));
}

static const struct policy_peer *
find_peer(enum role_id from, enum role_id to)
{
	const struct policy *p;
	size_t i;

	if (!known(from) || !known(to))
		return (NULL);
	p = &policy_table[from];
	for (i = 0; i < p->npeers; i++)
		if (p->peers[i].role == to)
			return (&p->peers[i]);
	return (NULL);
}

bool
policy_may_reach(enum role_id from, enum role_id to)
{
	return (find_peer(from, to) != NULL);
}

bool
policy_may_ask(enum role_id from, enum role_id to, unsigned verb)
{
	const struct policy_peer *peer;

	peer = find_peer(from, to);
	return (peer != NULL && has_bit(peer->verbs, verb));
}

bool
policy_may_reply(enum role_id from, unsigned verb)
{
	return (known(from) && has_bit(policy_table[from].replies, verb));
}

bool
policy_may_send(enum role_id from, unsigned verb)
{
	size_t i;

	if (!known(from))
		return (false);
	for (i = 0; i < policy_table[from].npeers; i++)
		if (has_bit(policy_table[from].peers[i].verbs, verb))
			return (true);
	return (policy_may_reply(from, verb));
}

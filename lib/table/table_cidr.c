/* SPDX-License-Identifier: ISC */
/*
 * table_cidr - networks: the first that holds the address decides.
 */
#include <string.h>

#include "base/log.h"
#include "cidr.h"
#include "rules.h"

/* "[!]network value" */
static bool
parse(struct table *t, unsigned line, char *text, struct rule *r)
{
	struct view v = view_trim(view_of(text)), net;
	struct cidr *c = arena_get(t->arena, sizeof(*c));
	const char *bad;

	while (v.n > 0 && v.p[0] == '!') {
		r->negate = !r->negate;
		v = view_trim(view_sub(v, 1, v.n));
	}
	net = view_word(&v, " \t\r\n");
	v = view_trim(v);
	if (net.n == 0)
		bad = "no address pattern";
	else
		bad = cidr_parse(t->arena, net, c);
	if (bad == NULL && r->kind == RULE_MATCH && v.n == 0)
		bad = "no lookup result";
	if (bad != NULL) {
		rule_warn(t, line, "%s: skipping this rule", bad);
		return (false);
	}
	if (r->kind == RULE_IF && v.n > 0)
		rule_warn(t, line, "ignoring extra text after IF");
	r->matcher = c;
	r->value = view_str(t->arena, v);
	return (true);
}

static int
match(struct table *t, const struct rule *r, const char *key)
{
	const struct cidr *net = r->matcher;
	struct cidr addr;

	(void)t;
	if (!cidr_addr(view_of(key), &addr) || addr.v6 != net->v6)
		return (RULE_NEITHER);
	return (cidr_match(net, &addr));
}

static int
value(struct table *t, const struct rule *r, const char *key)
{
	(void)key;
	return (buf_puts(&t->value, r->value));
}

static const struct rule_ops ops = { parse, match, value, NULL };

static int
cidr_open(struct table *t, const char **err)
{
	return (rules_open(t, &ops, err));
}

static int
cidr_lookup(struct table *t, const char *key)
{
	/* Keys are addresses; brackets belong to the notation of networks. */
	if (key[0] == '[')
		return (0);
	return (rules_lookup(t, &ops, key));
}

const struct table_ops table_cidr = { "cidr", true, false, cidr_open,
	cidr_lookup, NULL, NULL };

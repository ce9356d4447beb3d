/* SPDX-License-Identifier: ISC */
/* policy - the policy servers that the lists name (policy.h). */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"

#include "judge.h"
#include "policy.h"
#include "setup.h"

#define SEPS		", \t\r\n"
#define PREFIX		"smtpd_policy_service_"
#define SERVERS_MAX	1000

/* The parameter that an option in braces is for this one server. */
static const struct param *
option_param(const char *name)
{
	static const char *const names[] = { "default_action", "max_idle",
		"max_ttl", "policy_context", "request_limit", "retry_delay",
		"timeout", "try_limit" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return (param_find(arena_printf(setup.arena,
			    PREFIX "%s", name)));
	return (NULL);
}

/* "{ ... }" without its braces. */
static struct view
bare(struct view v)
{
	if (v.n >= 2 && v.p[0] == '{' && v.p[v.n - 1] == '}')
		return (view_trim(view_sub(v, 1, v.n - 2)));
	return (v);
}

/* "name = value", "{ name = text with blanks }". */
static void
take_option(const char *title, struct policy_server *p,
    struct params *own, struct view word)
{
	struct view v = bare(word), name, value;
	const struct param *param;
	struct conf_error e = { .text = "" };
	ptrdiff_t eq = view_chr(v, '=');

	if (eq <= 0)
		fatal("%s: check_policy_service %s: expected name=value: %.*s",
		    title, p->text, (int)word.n, word.p);
	name = view_trim(view_sub(v, 0, (size_t)eq));
	value = bare(view_trim(view_sub(v, (size_t)eq + 1, v.n)));
	param = option_param(arena_strn(setup.arena, name.p, name.n));
	if (param == NULL)
		fatal("%s: check_policy_service %s: unknown option %.*s",
		    title, p->text, (int)name.n, name.p);
	if (param_parse(param, arena_strn(setup.arena, value.p, value.n), own,
	    &e) == -1)
		fatal("%s: check_policy_service %s: %.*s: %s", title, p->text,
		    (int)name.n, name.p, e.text);
}

/* The name with which a later option is read: "a = b" is one word. */
static struct view
next_option(struct view *rest)
{
	struct view all = *rest, word = view_group(rest, SEPS), more;
	struct view after = *rest;

	if (word.n == 0 || word.p[0] == '{')
		return (word);
	more = view_group(&after, SEPS);
	if (word.p[word.n - 1] != '=' && (more.n == 0 || more.p[0] != '='))
		return (word);
	/* "name =value", "name= value", "name = value" */
	if (more.n == 1 && more.p[0] == '=')
		more = view_group(&after, SEPS);
	*rest = after;
	if (more.n == 0)
		return (word);
	return (view_sub(all, (size_t)(word.p - all.p),
	    (size_t)(more.p + more.n - word.p)));
}

static bool
is_endpoint(struct view v)
{
	if (view_starts(v, "unix:"))
		return (v.n > 5);
	return (view_starts(v, "inet:") && v.n > 5 &&
	    view_chr(view_sub(v, 5, v.n), ':') > 0);
}

static struct policy_server *
parse(const char *title, const char *text)
{
	struct policy_server *p = arena_get(setup.arena, sizeof(*p));
	struct params *own = arena_get(setup.arena, sizeof(*own));
	struct view rest = bare(view_of(text)), word;

	*own = *cf;
	p->text = text;
	p->cf = own;
	word = view_group(&rest, SEPS);
	if (!is_endpoint(word))
		fatal("%s: check_policy_service %s: expected inet:host:port "
		    "or unix:path", title, text);
	p->endpoint = arena_strn(setup.arena, word.p, word.n);
	p->name = p->endpoint + 5;
	if (text[0] == '{')
		while ((word = next_option(&rest)).n > 0)
			take_option(title, p, own, word);
	return (p);
}

const struct policy_server *
policy_open(const char *title, const char *text)
{
	struct policy_server *p;
	size_t i;

	for (i = 0; i < setup.npolicies; i++)
		if (strcmp(setup.policies[i]->text, text) == 0)
			return (setup.policies[i]);
	if (setup.policies == NULL)
		setup.policies = arena_array(setup.arena, SERVERS_MAX,
		    sizeof(struct policy_server *));
	if (setup.npolicies == SERVERS_MAX)
		fatal("%s: more than %d policy servers", title, SERVERS_MAX);
	p = parse(title, text);
	p->number = setup.npolicies++;
	setup.policies[p->number] = p;
	return (p);
}

enum check
check_policy(struct judge *j, const struct ritem *it)
{
	const char *class, *name = judge_subject(j, &class);

	return (access_result(j, it->policy->name, policy_ask(j, it->policy),
	    name, class));
}

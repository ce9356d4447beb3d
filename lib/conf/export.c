/* SPDX-License-Identifier: ISC */
/*
 * export - the evaluated parameters that a role is given.
 *
 * Runs in the privileged master. All values are checked before they leave.
 * The form: for each pair the length of the name (u16), of the value (u32), both
 * little endian, then both texts.
 */
#include <arpa/inet.h>
#include <string.h>

#include "conf_in.h"
#include "maincf.h"

#define SEPS	", \t\r\n"

static int
put_pair(struct buf *out, const char *name, const char *value,
    struct conf_error *e)
{
	size_t i, n = strlen(name), v = strlen(value);
	unsigned char head[6];

	if (n > CONF_NAME_MAX || v > UINT32_MAX)
		return (conf_fail(e, "%s: expected a shorter name or value",
		    name));
	for (i = 0; i < sizeof(head); i++)
		head[i] = (unsigned char)(i < 2 ? n >> 8 * i : v >> 8 * (i - 2));
	if (buf_put(out, head, sizeof(head)) == -1 ||
	    buf_put(out, name, n) == -1 || buf_put(out, value, v) == -1)
		return (conf_fail(e, "%s: the parameters of a service exceed "
		    "%zu bytes", name, out->max));
	return (0);
}

static int
put_eval(struct conf *c, const char *name, struct buf *out,
    struct conf_error *e)
{
	const char *value = conf_eval(c, name, e);

	return (value == NULL ? -1 : put_pair(out, name, value, e));
}

/* The restriction classes that smtpd_restriction_classes names. */
static int
put_classes(struct conf *c, struct buf *out, struct conf_error *e)
{
	const char *list = conf_eval(c, "smtpd_restriction_classes", e);
	struct view rest, word;
	const char *name;

	if (list == NULL)
		return (-1);
	rest = view_of(list);
	while ((word = view_word(&rest, SEPS)).n > 0) {
		name = arena_strn(c->arena, word.p, word.n);
		if (!conf_is_set(c, name))
			return (conf_fail(e, "%s: smtpd_restriction_classes "
			    "names %s: expected a parameter of that name",
			    c->file, name));
		if (param_find(name) == NULL &&
		    put_eval(c, name, out, e) == -1)
			return (-1);
	}
	return (0);
}

/* Whether a name that is no parameter is one that these roles look up. */
static bool
wants_extra(const char *name, uint64_t roles)
{
	static const uint64_t commands = R(pipe) | R(spawn) | R(warrant) |
	    R(mda);
	static const char limit[] = "_time_limit";
	size_t n = strlen(name), prefix;

	if (param_find(name) != NULL)
		return (false);
	if ((roles & R(qmgr)) != 0 &&
	    param_service_find(name, &prefix) != NULL)
		return (true);
	return ((roles & commands) != 0 && n >= sizeof(limit) &&
	    strcmp(name + n + 1 - sizeof(limit), limit) == 0);
}

/* Of each layer: names that hide below others are the same value twice. */
static int
put_extras(struct conf *c, uint64_t roles, struct buf *out,
    struct conf_error *e)
{
	struct transport_params scratch;
	const struct conf *layer;
	struct conf_entry *x;
	const struct param *p;
	struct conf_error why;
	const char *value;
	size_t prefix;

	for (layer = c; layer != NULL; layer = layer->below)
		RB_FOREACH(x, conf_tree,
		    (struct conf_tree *)(uintptr_t)&layer->tree) {
			if (!wants_extra(x->name, roles))
				continue;
			if ((value = conf_eval(c, x->name, e)) == NULL)
				return (-1);
			p = param_service_find(x->name, &prefix);
			if (p != NULL &&
			    param_parse(p, value, &scratch, &why) == -1)
				return (conf_fail(e, "%s, line %d: %s = %s: "
				    "%s", layer->file, x->line, x->name,
				    value, why.text));
			if (put_pair(out, x->name, value, e) == -1)
				return (-1);
		}
	return (0);
}

/*
 * The addresses that inet_interfaces means, as own_addresses: a role in a
 * network namespace of its own cannot find them out.
 */
static int
put_own_addrs(struct conf *c, struct buf *out, struct conf_error *e)
{
	char text[INET6_ADDRSTRLEN];
	struct conf_addr *addrs;
	const char *list = "";
	size_t n, i;

	if (conf_own_addrs(c, &addrs, &n, e) == -1)
		return (-1);
	for (i = 0; i < n; i++) {
		if (inet_ntop(addrs[i].family, addrs[i].addr, text,
		    sizeof(text)) == NULL)
			continue;
		list = arena_printf(c->arena, "%s%s%s", list,
		    list[0] != '\0' ? " " : "", text);
	}
	return (put_pair(out, "own_addresses", list, e));
}

int
conf_export(struct conf *c, uint64_t roles, struct buf *out,
    struct conf_error *e)
{
	struct params scratch;
	const struct param *p;

	/* All is checked here, where errors can name a file and a line. */
	if (conf_params(c, roles, &scratch, e) == -1)
		return (-1);
	for (p = param_table; p < param_table + param_count; p++)
		if ((roles == CONF_EVERYTHING || (p->roles & roles) != 0) &&
		    put_eval(c, p->name, out, e) == -1)
			return (-1);
	if ((roles & R(smtpd)) != 0 && put_classes(c, out, e) == -1)
		return (-1);
	if ((roles & (R(smtpd) | R(smtp) | R(cleanup) | R(trivial_rewrite))) &&
	    put_own_addrs(c, out, e) == -1)
		return (-1);
	return (put_extras(c, roles, out, e));
}

/* SPDX-License-Identifier: ISC */
/*
 * import - parameters as a role gets them from master.
 *
 * Runs in every daemon, before it is confined. The bytes come from master
 * through a sealed file; what does not fit is refused all the same.
 */
#include <string.h>

#include "base/log.h"
#include "conf.h"
#include "maincf.h"

const struct params *cf;

static struct extra {
	struct extra	*next;
	const char	*name;
	const char	*value;
} *extras;

/* Take one pair off the bundle, as strings in the arena. */
static bool
take_pair(struct arena *a, struct view *v, const char **name,
    const char **value)
{
	struct view t;
	uint16_t n;
	uint32_t m;

	if (!view_take_u16(v, &n) || !view_take_u32(v, &m) || n == 0 ||
	    n > CONF_NAME_MAX || !view_take(v, n, &t) ||
	    (*name = view_str(a, t)) == NULL || !view_take(v, m, &t) ||
	    (*value = view_str(a, t)) == NULL)
		return (false);
	return (true);
}

int
conf_import(struct arena *a, struct view bundle, struct params *out,
    struct conf_error *e)
{
	const struct param *p;
	const char *name, *value;
	struct conf_error why;
	struct extra *x;

	memset(out, 0, sizeof(*out));
	cf = NULL;
	extras = NULL;
	while (bundle.n > 0) {
		if (!take_pair(a, &bundle, &name, &value))
			return (conf_fail(e, "parameters are malformed"));
		if ((p = param_find(name)) == NULL) {
			x = arena_get(a, sizeof(*x));
			x->name = name;
			x->value = value;
			x->next = extras;
			extras = x;
		} else if (param_parse(p, value, out, &why) == -1)
			return (conf_fail(e, "%s = %s: %s", name, value,
			    why.text));
	}
	cf = out;
	return (0);
}

const char *
cf_extra(const char *name)
{
	const struct extra *x;

	for (x = extras; x != NULL; x = x->next)
		if (strcmp(x->name, name) == 0)
			return (x->value);
	return (NULL);
}

/* The member of "cf" that a default like "$default_recipient_limit" names. */
static void
copy_default(const struct param *p, const char *dflt,
    struct transport_params *out)
{
	const struct param *from;
	const char *src;
	char *dst = (char *)out + p->off;

	must(dflt[0] == '$' && cf != NULL);
	from = param_find(dflt + 1);
	must(from != NULL && from->type == p->type);
	src = (const char *)cf + from->off;
	memcpy(dst, src, p->type == PARAM_time ? sizeof(struct span) :
	    p->type == PARAM_int ? sizeof(int64_t) : sizeof(src));
}

void
cf_transport_params(const char *transport, struct transport_params *out)
{
	const struct param *p;
	const char *text;
	char name[CONF_NAME_MAX + 1];
	size_t n = strlen(transport);
	struct conf_error e;

	memset(out, 0, sizeof(*out));
	for (p = param_service; p < param_service + param_service_count; p++) {
		text = NULL;
		if (n + strlen(p->name) < sizeof(name)) {
			memcpy(name, transport, n);
			memcpy(name + n, p->name, strlen(p->name) + 1);
			text = cf_extra(name);
		}
		if (text == NULL)
			text = param_service_default(p, transport, n);
		if (text[0] == '$')
			copy_default(p, text, out);
		else if (param_parse(p, text, out, &e) == -1)
			fatal("%s%s = %s: %s", transport, p->name, text,
			    e.text);
	}
}

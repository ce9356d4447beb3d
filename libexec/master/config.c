/* SPDX-License-Identifier: ISC */
/*
 * config - main.cf and master.cf, read and checked before anything of them
 * takes effect. What is wrong is told with its file and line, and a running
 * instance goes on with what it had.
 */
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"

#include "master.h"

/* Every service's parameters must be good, with its own overrides. */
static bool
check_services(struct config *c, struct conf_error *e)
{
	struct params params;
	struct arena *a;
	bool ok = true;

	for (size_t i = 0; ok && i < c->mastercf.n; i++) {
		const struct service *s = &c->mastercf.services[i];

		if (policy_find(s->command) == NULL)
			continue;
		a = arena_new(0);
		ok = conf_params(service_conf(a, c->conf, &c->mastercf, s),
		    conf_role_mask(s->command), &params, e) == 0;
		arena_free(&a);
	}
	return (ok);
}

struct config *
config_load(const char *dir, uint32_t generation, struct conf_error *e)
{
	struct config *c = xcalloc(1, sizeof(*c));

	c->arena = arena_new(0);
	c->generation = generation;
	if ((c->conf = conf_load(c->arena, dir, e)) != NULL &&
	    conf_params(c->conf, CONF_EVERYTHING, &c->params, e) == 0 &&
	    mastercf_load(c->arena, c->conf, &c->mastercf, e) == 0 &&
	    check_services(c, e))
		return (c);
	config_free(&c);
	return (NULL);
}

void
config_free(struct config **cp)
{
	if (*cp == NULL)
		return;
	arena_free(&(*cp)->arena);
	xfree(cp);
}

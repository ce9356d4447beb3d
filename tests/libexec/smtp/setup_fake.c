/* SPDX-License-Identifier: ISC */
/* setup.c without a bundle: tables that need no file. */
#include <errno.h>

#include "base/arena.h"
#include "base/log.h"
#include "conf/conf.h"
#include "setup.h"
#include "setup_fake.h"
#include "table/maps.h"

struct setup setup;

static int
no_fd(void *arg, const char *spec)
{
	(void)arg;
	(void)spec;
	errno = ENOENT;
	return (-1);
}

static struct maps *
open_maps(const char *title, const char *value)
{
	static struct table_source source = { .fd = no_fd };
	static struct arena *a;
	const char *err;
	struct maps *m;

	if (a == NULL)
		a = arena_new(0);
	m = maps_open(a, title, value, "inline", TABLE_NOSUB, &source, &err);
	if (m == NULL)
		panic("%s: %s", title, err);
	return (maps_is_empty(m) ? NULL : m);
}

void
setup_fake(void)
{
	setup.generic = open_maps("smtp_generic_maps", cf->smtp_generic_maps);
	setup.discard = open_maps("smtp_discard_ehlo_keyword_address_maps",
	    cf->smtp_discard_ehlo_keyword_address_maps);
	setup.pix = open_maps("smtp_pix_workaround_maps",
	    cf->smtp_pix_workaround_maps);
	setup.tls_policy = open_maps("smtp_tls_policy_maps",
	    cf->smtp_tls_policy_maps);
}

int
setup_find(struct maps *m, const char *key, const char **value)
{
	return (m == NULL ? 0 : maps_find(m, key, MAPS_WHOLE, value));
}

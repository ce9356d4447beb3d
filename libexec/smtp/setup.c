/* SPDX-License-Identifier: ISC */
/* Tables of smtp(8). */
#include "agent/filter.h"
#include "base/arena.h"
#include "base/log.h"
#include "broker/role.h"
#include "conf/conf.h"
#include "setup.h"
#include "table/maps.h"
#include "tls.h"

struct setup setup;

static int
source_fd(void *arg, const char *spec)
{
	(void)arg;
	return (role_table_fd(spec));
}

static struct table_source source = { .fd = source_fd };

static struct maps *
open_maps(struct arena *a, const char *title, const char *value)
{
	const char *err;
	struct maps *m;

	m = maps_open(a, title, value, cf->default_database_type,
	    TABLE_NOSUB, &source, &err);
	if (m == NULL)
		fatal("%s: %s", title, err);
	return (maps_is_empty(m) ? NULL : m);
}

void
setup_init(void)
{
	/* Lives as long as the process. */
	struct arena *a = arena_new(0);

	source.lenient = !cf->daemon_table_open_error_is_fatal;
	setup.generic = open_maps(a, "smtp_generic_maps",
	    cf->smtp_generic_maps);
	setup.discard = open_maps(a, "smtp_discard_ehlo_keyword_address_maps",
	    cf->smtp_discard_ehlo_keyword_address_maps);
	setup.pix = open_maps(a, "smtp_pix_workaround_maps",
	    cf->smtp_pix_workaround_maps);
	setup.tls_policy = open_maps(a, "smtp_tls_policy_maps",
	    cf->smtp_tls_policy_maps);
	agent_filter_open(a, "smtp_delivery_status_filter",
	    cf->smtp_delivery_status_filter, &source);
	tls_warn();
}

int
setup_find(struct maps *m, const char *key, const char **value)
{
	return (m == NULL ? 0 : maps_find(m, key, MAPS_WHOLE, value));
}

/* SPDX-License-Identifier: ISC */
/*
 * TLS is not built yet: mail that must be encrypted is deferred, never sent in
 * the clear. Levels that are opportunistic mean: without.
 */
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "conf/conf.h"
#include "setup.h"
#include "table/maps.h"
#include "tls.h"

/* "dane" falls back to plaintext where there is no TLSA record, which is for
   the engine to find out: without it, it is a demand. */
static bool
demands(struct view level)
{
	return (!view_ieq(level, "none") && !view_ieq(level, "may"));
}

static bool
default_demands(void)
{
	if (cf->smtp_tls_wrappermode)
		return (true);
	if (cf->smtp_tls_security_level[0] != '\0')
		return (demands(view_of(cf->smtp_tls_security_level)));
	return (cf->smtp_enforce_tls);
}

void
tls_warn(void)
{
	if (default_demands())
		log_warn("smtp_tls_security_level = %s: our TLS engine is "
		    "unavailable, mail is deferred",
		    cf->smtp_tls_security_level);
	if (cf->smtp_sasl_auth_enable)
		log_warn("smtp_sasl_auth_enable = yes: SASL is unavailable, "
		    "servers see no login");
}

int
tls_required(const struct site *site, const struct agent_request *r)
{
	const char *value;
	struct view v;
	int got = 0;

	if (r->m.sendopts & SENDOPT_REQUIRETLS)
		return (1);
	if (setup.tls_policy == NULL)
		return (default_demands());
	got = setup_find(setup.tls_policy, site->text, &value);
	if (got == 0)
		got = maps_find_domain(setup.tls_policy, site->host,
		    PARENTS_DOT, &value);
	if (got < 0)
		return (-1);
	if (got == 0)
		return (default_demands());
	v = view_of(value);
	return (demands(view_word(&v, ", \t")) || cf->smtp_tls_wrappermode);
}

/* SPDX-License-Identifier: ISC */
/* login_setup - the parameters of AUTH, read once (login.h). */
#include "base/log.h"
#include "conf/conf.h"

#include "login.h"
#include "setup.h"

static void
demands(const char *param, const char *value, struct sasl_demands *out)
{
	struct view bad;

	if (!sasl_demands_parse(value, out, &bad))
		fatal("%s: unknown option \"%.*s\"", param, (int)bad.n, bad.p);
}

/* The same text as master(8) makes of it for dial(8). */
static const char *
endpoint(struct view path)
{
	path = view_word(&path, ", \t\r\n{}");
	if (path.n == 0)
		fatal("smtpd_sasl_path: expected the address of a server");
	return (arena_printf(setup.arena, "%s%.*s",
	    view_starts(path, "unix:") || view_starts(path, "inet:") ? "" :
	    "unix:", (int)path.n, path.p));
}

void
login_setup(void)
{
	if (!cf->smtpd_sasl_auth_enable)
		return;
	if (!view_ieq(view_of(cf->smtpd_sasl_type), "dovecot"))
		fatal("smtpd_sasl_type = %s: not supported here: expected "
		    "dovecot, the protocol of Dovecot's authentication server",
		    cf->smtpd_sasl_type);
	setup.sasl_endpoint = endpoint(view_of(cf->smtpd_sasl_path));
	demands("smtpd_sasl_security_options", cf->smtpd_sasl_security_options,
	    &setup.sasl_demands);
	demands("smtpd_sasl_tls_security_options",
	    cf->smtpd_sasl_tls_security_options, &setup.sasl_tls_demands);
}

/* SPDX-License-Identifier: ISC */
/* path - the address of MAIL, RCPT and VRFY (path.h). */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/mail.h"

#include "path.h"
#include "session.h"

bool
path_command(struct view *arg, const char *keyword)
{
	size_t n = strlen(keyword);
	struct view rest;

	if (!view_istarts(*arg, keyword))
		return (false);
	rest = view_trim(view_sub(*arg, n, arg->n));
	if (rest.n == 0)
		return (false);
	*arg = rest;
	return (true);
}

bool
is_printable_text(struct view v)
{
	size_t i;

	for (i = 0; i < v.n; i++) {
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return (false);
	}
	return (true);
}

bool
path_take(struct smtpd *s, struct view *arg, bool null, struct addr_path *out)
{
	struct view all = *arg;
	unsigned flags = 0;
	const char *why = "";

	if (null)
		flags |= ADDR_PATH_NULL;
	if (cf->strict_rfc821_envelopes)
		flags |= ADDR_PATH_STRICT;
	flags |= cf->smtputf8_enable ? ADDR_PATH_UTF8 : ADDR_PATH_8BIT;
	if (addr_path_parse(s->line, arg, flags, out, &why) &&
	    (arg->n == 0 || arg->p[0] == ' ' || arg->p[0] == '\t') &&
	    strlen(out->external) < MAIL_ADDR_MAX &&
	    is_printable_text(view_of(out->internal)))
		return (true);
	log_warn("Illegal address syntax from %s in %s command: %.*s",
	    s->peer.label, s->where, all.n > 100 ? 100 : (int)all.n, all.p);
	return (false);
}

bool
path_needs_utf8(struct smtpd *s, const struct addr_path *p, uint32_t sendopts)
{
	(void)s;
	return (cf->smtputf8_enable && cf->strict_smtputf8 &&
	    (sendopts & SENDOPT_SMTPUTF8) == 0 &&
	    !is_ascii(view_of(p->internal)));
}

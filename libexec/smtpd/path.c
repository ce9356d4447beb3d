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

/* Can mail for this domain be delivered at all, by its form? */
static bool
domain_good(const char *internal)
{
	struct addr_parts parts = addr_split(view_of(internal));
	struct view d = parts.domain, addr;
	struct buf ascii;
	bool good;

	if (d.p == NULL)
		return (true);
	if (d.n == 0)
		return (cf->resolve_null_domain);
	if (d.p[0] == '[')
		return (host_literal(d, &addr));
	if (host_valid(d))
		return (true);
	if (host_is_addr(d))
		return (cf->resolve_numeric_domain);
	if (is_ascii(d) || !cf->smtputf8_enable)
		return (false);
	buf_init(&ascii, MAIL_ADDR_MAX);
	good = domain_to_ascii(d, &ascii) == 0;
	buf_fini(&ascii);
	return (good);
}

/* "user@" and "<user@>": an address whose domain was left out. */
static bool
null_domain(struct view raw)
{
	raw = view_trim(raw);
	if (raw.n > 0 && raw.p[raw.n - 1] == '>')
		raw = view_trim(view_sub(raw, 0, raw.n - 1));
	return (raw.n > 0 && raw.p[raw.n - 1] == '@');
}

void
path_warn(struct smtpd *s, struct view text)
{
	log_warn("Illegal address syntax from %s in %s command: %.*s",
	    s->peer.label, s->where, text.n > 100 ? 100 : (int)text.n,
	    text.p);
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
	    (cf->resolve_null_domain ||
	    !null_domain(view_sub(all, 0, (size_t)(arg->p - all.p)))) &&
	    (arg->n == 0 || arg->p[0] == ' ' || arg->p[0] == '\t') &&
	    strlen(out->external) < MAIL_ADDR_MAX &&
	    domain_good(out->internal) &&
	    is_printable_text(view_of(out->internal)))
		return (true);
	path_warn(s, all);
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

/* SPDX-License-Identifier: ISC */
/*
 * rcpt - RCPT TO:<address> [NOTIFY= ORCPT=]: RFC 5321 4.1.1.3, RFC 3461.
 */
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"

#include "anvil.h"
#include "ehlo.h"
#include "log.h"
#include "option.h"
#include "path.h"
#include "restrict.h"
#include "session.h"
#include "tx.h"

#define ORCPT_MAX	500		/* RFC 3461 4.2 */

struct rcpt_args {
	struct addr_path path;
	uint32_t	 notify;
	const char	*orcpt;		/* "type;address", decoded */
};

static bool
parse_notify(struct view v, uint32_t *out)
{
	static const struct {
		const char *word;
		uint32_t bit;
	} words[] = { { "NEVER", DSN_NOTIFY_NEVER },
		{ "SUCCESS", DSN_NOTIFY_SUCCESS },
		{ "FAILURE", DSN_NOTIFY_FAILURE },
		{ "DELAY", DSN_NOTIFY_DELAY } };
	struct view word;
	uint32_t bits = 0;
	size_t i;

	while (view_field(&v, ',', &word)) {
		for (i = 0; i < 4 && !view_ieq(word, words[i].word); i++)
			continue;
		if (i == 4 || (bits & words[i].bit) != 0)
			return (false);
		bits |= words[i].bit;
	}
	if (bits == 0 || ((bits & DSN_NOTIFY_NEVER) != 0 &&
	    bits != DSN_NOTIFY_NEVER))
		return (false);
	*out = bits;
	return (true);
}

/* "rfc822;user+40example": the type as it is, the address decoded. */
static const char *
parse_orcpt(struct smtpd *s, struct view v)
{
	ptrdiff_t semi = view_chr(v, ';');
	struct view type, addr;
	const char *text = NULL;
	struct buf b;

	if (semi <= 0 || v.n > ORCPT_MAX)
		return (NULL);
	type = view_sub(v, 0, (size_t)semi);
	addr = view_sub(v, (size_t)semi + 1, v.n);
	buf_init(&b, ORCPT_MAX);
	if (is_printable_text(type) && is_ascii(type) &&
	    option_xtext(addr, &b))
		text = arena_printf(s->line, "%.*s;%.*s", (int)type.n, type.p,
		    (int)b.n, b.p);
	buf_fini(&b);
	return (text);
}

static struct verdict
take_option(struct smtpd *s, const struct option *o, struct rcpt_args *r)
{
	bool dsn = (s->hidden & EHLO_DSN) == 0;

	if (dsn && o->has_value && view_ieq(o->name, "NOTIFY")) {
		if (r->notify != 0 || !parse_notify(o->value, &r->notify))
			return (verdict(s, 501, "5.5.4",
			    "Error: Bad NOTIFY parameter syntax"));
		return ((struct verdict){ 0 });
	}
	if (dsn && o->has_value && view_ieq(o->name, "ORCPT")) {
		if (r->orcpt != NULL ||
		    (r->orcpt = parse_orcpt(s, o->value)) == NULL)
			return (verdict(s, 501, "5.5.4",
			    "Error: Bad ORCPT parameter syntax"));
		return ((struct verdict){ 0 });
	}
	return (verdict(s, 555, "5.5.4", "Unsupported option: %.*s",
	    (int)o->all.n, o->all.p));
}

static struct verdict
read_args(struct smtpd *s, struct view arg, struct rcpt_args *r)
{
	struct view rest = arg;
	struct verdict v;
	struct option o;

	if (!path_command(&rest, "TO:"))
		return (verdict(s, 501, "5.5.4", "Syntax: RCPT TO:<address>"));
	if (anvil_rcpt(s, &v))
		return (v);
	if (!path_take(s, &rest, false, &r->path) ||
	    r->path.internal[0] == '\0')
		return (verdict(s, 501, "5.1.3",
		    "Bad recipient address syntax"));
	while (option_next(&rest, &o)) {
		v = take_option(s, &o, r);
		if (v.code != 0)
			return (v);
	}
	if (path_needs_utf8(s, &r->path, s->tx->sendopts))
		return (verdict(s, 553, "5.6.7", "Must declare SMTPUTF8 to "
		    "send unicode address"));
	return ((struct verdict){ 0 });
}

/* RFC 5321 4.5.3.1.10: more than the limit is put off, not refused. */
static struct verdict
over_limit(struct smtpd *s)
{
	struct verdict v;

	v = verdict(s, 452, "4.5.3", "Error: too many recipients");
	if ((int64_t)s->tx->overshoot++ < cf->smtpd_recipient_overshoot_limit)
		v = verdict_no_error(v);
	return (v);
}

struct verdict
cmd_rcpt(struct smtpd *s, struct view arg)
{
	struct rcpt_args r = { .notify = 0 };
	struct msg_mail_rcpt msg;
	struct verdict v;

	v = verb_refused(s, VERB_RCPT);
	if (v.code == 0)
		v = read_args(s, arg, &r);
	if (v.code != 0)
		return (v);
	if ((int64_t)s->tx->accepted >= cf->smtpd_recipient_limit)
		return (over_limit(s));
	v = restrict_rcpt(s, r.path.internal);
	if (v.code != 0)
		return (v);
	msg = (struct msg_mail_rcpt){ .addr = r.path.internal,
	    .orig = r.path.internal, .notify = r.notify,
	    .dsn_orcpt = r.orcpt != NULL ? r.orcpt : "" };
	v = tx_recipient(s, &msg, r.path.external);
	if (v.code != 0)
		return (v);
	return (verdict(s, 250, "2.1.5", "Ok"));
}

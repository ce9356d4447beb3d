/* SPDX-License-Identifier: ISC */
/*
 * mail - MAIL FROM:<address> [options]: RFC 5321 4.1.1.2, 1870 (SIZE), 6152
 * (BODY), 3461 (RET, ENVID), 6531 (SMTPUTF8).
 */
#include "address/address.h"
#include "address/verp.h"
#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"

#include "anvil.h"
#include "ehlo.h"
#include "log.h"
#include "option.h"
#include "path.h"
#include "restrict.h"
#include "session.h"
#include "tx.h"

#define ENVID_MAX	100		/* RFC 3461 4.4 */

struct mail_args {
	struct addr_path path;
	const char	*encoding, *envid, *verp;
	const char	*auth;		/* AUTH=, decoded; or NULL */
	uint32_t	 ret, sendopts;
	int64_t		 size;
};

static struct verdict
take_size(struct smtpd *s, struct view v, struct mail_args *m)
{
	size_t i;

	for (i = 0; i < v.n && v.p[i] >= '0' && v.p[i] <= '9'; i++)
		continue;
	if (v.n == 0 || i < v.n)
		return (verdict(s, 501, "5.5.4", "Bad message size syntax"));
	if (!num_parse(v, 0, INT64_MAX, &m->size))
		return (verdict(s, 552, "5.3.4",
		    "Message size exceeds file system imposed limit"));
	return ((struct verdict){ 0 });
}

static struct verdict
take_ret(struct smtpd *s, struct view v, struct mail_args *m)
{
	if (m->ret == 0 && view_ieq(v, "FULL"))
		m->ret = 1;
	else if (m->ret == 0 && view_ieq(v, "HDRS"))
		m->ret = 2;
	else
		return (verdict(s, 501, "5.5.4", "Bad RET parameter syntax"));
	return ((struct verdict){ 0 });
}

static struct verdict
take_envid(struct smtpd *s, struct view v, struct mail_args *m)
{
	struct buf b;
	bool good;

	buf_init(&b, 400);
	good = m->envid == NULL && v.n > 0 && v.n <= ENVID_MAX &&
	    option_xtext(v, &b);
	if (good)
		m->envid = arena_strn(s->line, b.p, b.n);
	buf_fini(&b);
	if (!good)
		return (verdict(s, 501, "5.5.4",
		    "Bad ENVID parameter syntax"));
	return ((struct verdict){ 0 });
}

/* XVERP, XVERP=+= */
static struct verdict
take_verp(struct smtpd *s, const struct option *o, struct mail_args *m)
{
	m->verp = cf->default_verp_delimiters;
	if (o->has_value) {
		if (!verp_delimiters_valid(o->value,
		    cf->verp_delimiter_filter))
			return (verdict(s, 501, "5.5.4",
			    "Bad XVERP parameter syntax"));
		m->verp = arena_strn(s->line, o->value.p, o->value.n);
	}
	return ((struct verdict){ 0 });
}

static struct verdict
take_option(struct smtpd *s, const struct option *o, struct mail_args *m)
{
	bool dsn = (s->hidden & EHLO_DSN) == 0;

	if (o->has_value && view_ieq(o->name, "SIZE") &&
	    (s->hidden & EHLO_SIZE) == 0)
		return (take_size(s, o->value, m));
	if (o->has_value && view_ieq(o->name, "BODY") &&
	    (s->hidden & EHLO_8BITMIME) == 0) {
		if (view_ieq(o->value, "8BITMIME"))
			m->encoding = "8bit";
		else if (view_ieq(o->value, "7BIT"))
			m->encoding = "7bit";
		else
			goto out;
		return ((struct verdict){ 0 });
	}
	if (!o->has_value && view_ieq(o->name, "SMTPUTF8") &&
	    cf->smtputf8_enable && (s->hidden & EHLO_SMTPUTF8) == 0) {
		m->sendopts |= SENDOPT_SMTPUTF8;
		return ((struct verdict){ 0 });
	}
	if (view_ieq(o->name, "XVERP") && s->may_xverp &&
	    (s->hidden & EHLO_XVERP) == 0)
		return (take_verp(s, o, m));
	if (dsn && o->has_value && view_ieq(o->name, "RET"))
		return (take_ret(s, o->value, m));
	if (dsn && o->has_value && view_ieq(o->name, "ENVID"))
		return (take_envid(s, o->value, m));
	if (o->has_value && view_ieq(o->name, "AUTH"))
		return (login_mail_option(s, o->value, &m->auth));
out:
	return (verdict(s, 555, "5.5.4", "Unsupported option: %.*s",
	    (int)o->all.n, o->all.p));
}

/* What may be said against the size before a byte of it has come. */
static struct verdict
check_size(struct smtpd *s)
{
	int64_t limit = cf->message_size_limit;

	if (limit == 0 || s->tx->size <= limit)
		return ((struct verdict){ 0 });
	return (log_refused(s, verdict(s, 552, "5.3.4",
	    "Message size exceeds fixed limit"), NULL));
}

static struct verdict
read_args(struct smtpd *s, struct view arg, struct mail_args *m)
{
	struct view rest = arg;
	struct option o;
	struct verdict v;

	if (!path_command(&rest, "FROM:"))
		return (verdict(s, 501, "5.5.4",
		    "Syntax: MAIL FROM:<address>"));
	if (anvil_mail(s, &v))
		return (v);
	if (!path_take(s, &rest, true, &m->path))
		return (verdict(s, 501, "5.1.7", "Bad sender address syntax"));
	while (option_next(&rest, &o)) {
		v = take_option(s, &o, m);
		if (v.code != 0)
			return (v);
	}
	if (m->verp != NULL && *m->path.internal == '\0')
		return (verdict(s, 503, "5.5.4",
		    "Error: XVERP requires non-null sender"));
	if (path_needs_utf8(s, &m->path, m->sendopts))
		return (verdict(s, 553, "5.6.7", "Must declare SMTPUTF8 to "
		    "send unicode address"));
	return ((struct verdict){ 0 });
}

struct verdict
cmd_mail(struct smtpd *s, struct view arg)
{
	struct mail_args m = { .encoding = "" };
	struct verdict v;
	struct tx *t;

	v = verb_refused(s, VERB_MAIL);
	if (v.code == 0)
		v = read_args(s, arg, &m);
	if (v.code != 0)
		return (v);
	t = tx_begin(s);
	t->sender = arena_str(t->arena, m.path.internal);
	t->sender_ext = arena_str(t->arena, m.path.external);
	t->encoding = m.encoding;
	t->envid = m.envid != NULL ? arena_str(t->arena, m.envid) : "";
	t->verp = m.verp != NULL ? arena_str(t->arena, m.verp) : "";
	t->sasl_sender = m.auth != NULL ? arena_str(t->arena, m.auth) : NULL;
	t->ret = m.ret;
	t->sendopts = m.sendopts;
	t->size = m.size;
	s->if_permit[STAGE_SENDER].active = false;
	v = check_size(s);
	if (v.code == 0)
		v = restrict_mail(s);
	if (v.code != 0) {
		tx_drop(s);
		return (v);
	}
	return (verdict(s, 250, "2.1.0", "Ok"));
}

/* SPDX-License-Identifier: ISC */
/*
 * action - what header_checks(5) can demand, a row each.
 *
 * The text that matched is a stranger's; the action is the administrator's,
 * but may have pieces of that text in it ($1).
 */
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"
#include "message/header.h"
#include "proto/proto.h"

#include "cleanup.h"

#define LOG_TEXT_MAX	200

struct doing {
	struct message	*m;
	const char	*param;
	const char	*what;
	struct view	 text;		/* that matched */
	const char	*arg;		/* behind the action's name */
};

static const char *
origin(struct message *m)
{
	const char *name = m->env.log_client_name, *addr;

	if (m->origin != NULL)
		return (m->origin);
	addr = m->env.log_client_address;
	if (name == NULL && addr == NULL) {
		name = m->env.client_name;
		addr = m->env.client_address;
	}
	if (m->env.message_origin != NULL)
		m->origin = m->env.message_origin;
	else if (name != NULL && addr != NULL)
		m->origin = arena_printf(m->arena, "%s[%s]", name, addr);
	else
		m->origin = "local";
	return (m->origin);
}

static const char *
field(struct message *m, const char *name, const char *value,
    const char *other)
{
	if (value == NULL)
		value = other;
	return (value != NULL ?
	    arena_printf(m->arena, " %s=%s", name, value) : "");
}

void
action_log(struct message *m, const char *action, const char *what,
    struct view text, const char *detail)
{
	size_t n = text.n < LOG_TEXT_MAX ? text.n : LOG_TEXT_MAX;
	const char *to = "";

	if (m->last_rcpt != NULL)
		to = arena_printf(m->arena, " to=<%s>", m->last_rcpt);
	log_info("%s: %s: %s %.*s from %s; from=<%s>%s%s%s%s%s", m->id,
	    action, what, (int)n, text.p, origin(m),
	    address_quoted(m, m->env.sender), to,
	    field(m, "proto", m->env.log_protocol_name,
	    m->env.protocol_name),
	    arena_printf(m->arena, "%s%s%s",
	    m->env.log_helo_name != NULL || m->env.helo_name != NULL ?
	    " helo=<" : "", m->env.log_helo_name != NULL ?
	    m->env.log_helo_name : m->env.helo_name != NULL ?
	    m->env.helo_name : "",
	    m->env.log_helo_name != NULL || m->env.helo_name != NULL ?
	    ">" : ""), *detail != '\0' ? ": " : "", detail);
}

static enum check_result
do_keep(struct doing *d)
{
	(void)d;
	return (CHECK_KEEP);
}

static enum check_result
do_drop(struct doing *d)
{
	(void)d;
	return (CHECK_DROP);
}

static void
tell(const struct doing *d, const char *action)
{
	action_log(d->m, action, d->what, d->text, d->arg);
}

static enum check_result
do_strip(struct doing *d)
{
	tell(d, "strip");
	return (CHECK_DROP);
}

static enum check_result
do_warn(struct doing *d)
{
	tell(d, "warning");
	return (CHECK_KEEP);
}

static enum check_result
do_info(struct doing *d)
{
	tell(d, "info");
	return (CHECK_KEEP);
}

static enum check_result
do_pass(struct doing *d)
{
	tell(d, "pass");
	d->m->flags &= ~(uint32_t)(MAIL_FLAG_FILTER | MAIL_FLAG_MILTER);
	return (CHECK_KEEP);
}

/* "5.7.1 text" or "4.7.1 text", or a text alone. */
static bool
has_dsn(const char *s)
{
	size_t a, b;

	if ((s[0] != '4' && s[0] != '5') || s[1] != '.')
		return (false);
	a = strspn(s + 2, "0123456789");
	if (a == 0 || a > 3 || s[2 + a] != '.')
		return (false);
	b = strspn(s + 3 + a, "0123456789");
	return (b > 0 && b <= 3 && (s[3 + a + b] == ' ' ||
	    s[3 + a + b] == '\0'));
}

static enum check_result
do_reject(struct doing *d)
{
	const char *text = *d->arg != '\0' ? d->arg :
	    "message content rejected";

	d->arg = has_dsn(text) ? text :
	    arena_printf(d->m->arena, "5.7.1 %s", text);
	tell(d, "reject");
	return (message_refuse(d->m, MAIL_STAT_CONT, d->arg) ? CHECK_KEEP :
	    CHECK_STOP);
}

static enum check_result
do_discard(struct doing *d)
{
	tell(d, "discard");
	d->m->flags |= MAIL_FLAG_DISCARD;
	d->m->flags &= ~(uint32_t)MAIL_FLAG_FILTER;
	return (CHECK_KEEP);
}

static enum check_result
do_hold(struct doing *d)
{
	if (!(d->m->flags & (MAIL_FLAG_HOLD | MAIL_FLAG_DISCARD)))
		tell(d, "hold");
	d->m->flags |= MAIL_FLAG_HOLD;
	return (CHECK_KEEP);
}

static bool
needs_arg(const struct doing *d, const char *what)
{
	if (*d->arg != '\0')
		return (true);
	log_warn("%s: %s: an action needs %s", d->m->id, d->param, what);
	return (false);
}

static enum check_result
do_filter(struct doing *d)
{
	if (!needs_arg(d, "transport:nexthop"))
		return (CHECK_KEEP);
	if (strchr(d->arg, ':') == NULL || strlen(d->arg) > 2048) {
		log_warn("%s: %s: bad FILTER destination: %.100s", d->m->id,
		    d->param, d->arg);
		return (CHECK_KEEP);
	}
	tell(d, "filter");
	d->m->ext.filter = d->arg;
	return (CHECK_KEEP);
}

/* An address of the table, in internal form; NULL and logged. */
static const char *
address_arg(struct doing *d)
{
	struct addr_path path;
	struct view v = view_of(d->arg);
	const char *why = "text behind the address";

	if (!needs_arg(d, "an address"))
		return (NULL);
	if (!addr_path_parse(d->m->arena, &v, ADDR_PATH_8BIT, &path, &why) ||
	    view_trim(v).n > 0) {
		log_warn("%s: %s: bad address \"%.100s\": %s", d->m->id,
		    d->param, d->arg, why);
		return (NULL);
	}
	return (path.internal);
}

static enum check_result
do_redirect(struct doing *d)
{
	const char *addr = address_arg(d);

	if (addr == NULL)
		return (CHECK_KEEP);
	tell(d, "redirect");
	d->m->ext.redirect = address_standard(d->m, &d->m->c->local,
	    view_of(address_quoted(d->m, addr)));
	return (CHECK_KEEP);
}

static enum check_result
do_bcc(struct doing *d)
{
	const char *addr = address_arg(d);
	struct late *l, **at = &d->m->bcc;

	if (addr == NULL)
		return (CHECK_KEEP);
	tell(d, "bcc");
	while (*at != NULL)
		at = &(*at)->next;
	l = arena_get(d->m->arena, sizeof(*l));
	l->addr = addr;
	*at = l;
	return (CHECK_KEEP);
}

/* Before the line, or the header, that matched. */
static enum check_result
do_prepend(struct doing *d)
{
	struct header h;

	if (!needs_arg(d, "a text"))
		return (CHECK_KEEP);
	if (strcmp(d->what, "header") == 0 &&
	    !header_parse(view_of(d->arg), &h)) {
		log_warn("%s: %s: PREPEND of what is no header, ignored: "
		    "%.100s", d->m->id, d->param, d->arg);
		return (CHECK_KEEP);
	}
	tell(d, "prepend");
	if (content_write(d->m, view_of(d->arg)) < 0 ||
	    content_write(d->m, VIEW("\n")) < 0)
		return (CHECK_STOP);
	return (CHECK_KEEP);
}

static enum check_result
do_replace(struct doing *d)
{
	if (!needs_arg(d, "a text"))
		return (CHECK_KEEP);
	tell(d, "replace");
	buf_reset(&d->m->text);
	if (buf_puts(&d->m->text, d->arg) < 0) {
		log_warn("%s: %s: REPLACE is too long, ignored", d->m->id,
		    d->param);
		return (CHECK_KEEP);
	}
	return (CHECK_REPLACE);
}

static const struct {
	const char		*name;
	enum check_result	(*fn)(struct doing *);
} actions[] = {
	{ "BCC", do_bcc }, { "DISCARD", do_discard }, { "DUNNO", do_keep },
	{ "FILTER", do_filter }, { "HOLD", do_hold }, { "IGNORE", do_drop },
	{ "INFO", do_info }, { "OK", do_keep }, { "PASS", do_pass },
	{ "PREPEND", do_prepend }, { "REDIRECT", do_redirect },
	{ "REJECT", do_reject }, { "REPLACE", do_replace },
	{ "STRIP", do_strip }, { "WARN", do_warn },
};

enum check_result
action_take(struct message *m, const char *param, const char *what,
    const char *text, const char *action)
{
	struct view rest = view_of(action), name;
	struct doing d = { .m = m, .param = param, .what = what,
		.text = view_of(text) };

	name = view_word(&rest, " \t");
	rest = view_trim(rest);
	d.arg = arena_strn(m->arena, rest.p, rest.n);
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (view_ieq(name, actions[i].name))
			return (actions[i].fn(&d));
	log_warn("%s: unknown command in %s: %.*s", m->id, param,
	    (int)name.n, name.p);
	return (CHECK_KEEP);
}

/* SPDX-License-Identifier: ISC */
/*
 * resolve - the domain that counts, and its class.
 *
 * As long as the domain is one that is delivered here, the local part may
 * name another one (user%site@here): that is followed. The address is a
 * stranger's; each turn removes an operator from it.
 */
#include <string.h>

#include "address/address.h"
#include "base/buf.h"
#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "trivial.h"


struct reduce {
	struct trivial	*t;
	struct arena	*a;
	struct view	 local;
	const char	*domain;	/* NULL: none */
};

/* Routing operators in a local part of internal form. */
static bool
has_operator(struct reduce *x)
{
	struct view v = x->local;
	struct buf quoted;
	bool plain;

	if (!cf->resolve_dequoted_address) {
		/* What has to be quoted hides what is inside. */
		buf_init(&quoted, 2 * v.n + 2);
		plain = addr_quote_local(v, &quoted) == 0 &&
		    (quoted.n == 0 || quoted.p[0] != '"');
		buf_fini(&quoted);
		if (!plain)
			return (false);
	}
	return (view_chr(v, '@') >= 0 ||
	    (cf->swap_bangpath && view_chr(v, '!') >= 0) ||
	    (cf->allow_percent_hack && view_chr(v, '%') >= 0));
}

static void
take(struct reduce *x, struct view internal)
{
	struct addr_parts p = addr_split(internal);

	x->local = p.local;
	x->domain = p.domain.p == NULL ? NULL :
	    arena_strn(x->a, p.domain.p, p.domain.n);
}

/* The local part as an address of its own, in standard form. */
static bool
expand(struct reduce *x)
{
	struct buf out, plain;
	bool ok;

	buf_init(&out, 2 * MAIL_ADDR_MAX);
	buf_init(&plain, 2 * MAIL_ADDR_MAX);
	ok = rewrite_addr(&x->t->rules_local, x->local, &out) == 0 &&
	    addr_unquote(buf_view(&out), &plain) == 0;
	if (ok)
		take(x, (struct view){ arena_strn(x->a, plain.p, plain.n),
		    plain.n });
	buf_fini(&out);
	buf_fini(&plain);
	return (ok);
}

static void
tidy_domain(struct reduce *x)
{
	size_t n = strlen(x->domain);
	struct view v = { x->domain, n };

	if (n > 1 && v.p[n - 1] == '.' && v.p[n - 2] != '.')
		x->domain = arena_strn(x->a, v.p, --n);
	if (cf->resolve_numeric_domain && x->domain[0] != '[' &&
	    host_is_addr(view_of(x->domain)))
		x->domain = arena_printf(x->a, strchr(x->domain, ':') != NULL ?
		    "[IPv6:%s]" : "[%s]", x->domain);
}

static bool
domain_usable(const char *domain)
{
	struct view v = view_of(domain), addr;
	struct buf ascii;
	bool ok;

	if (v.n > 0 && v.p[0] == '[')
		return (host_literal(v, &addr) && host_is_addr(addr));
	if (is_ascii(v))
		return (host_valid(v));
	buf_init(&ascii, 1024);
	ok = cf->smtputf8_enable && domain_to_ascii(v, &ascii) == 0 &&
	    host_valid(buf_view(&ascii));
	buf_fini(&ascii);
	return (ok);
}

/* 1: local; 0: x->domain is another's; -1: table failed; -2: no address. */
static int
reduce(struct reduce *x)
{
	int rc;

	if (x->domain == NULL && has_operator(x) && !expand(x))
		return (-2);
	for (;;) {
		if (x->domain == NULL)
			return (1);
		tidy_domain(x);
		if (*x->domain == '\0')
			return (cf->resolve_null_domain ? 1 : -2);
		if ((rc = local_domain(x->t->here, x->domain)) <= 0)
			return (rc);
		if (!has_operator(x))
			return (1);
		if (!expand(x))
			return (-2);
	}
}

static void
warn_both(const char *domain, const char *one, const char *other)
{
	log_warn("do not list domain %s in BOTH %s and %s", domain, one,
	    other);
}

/* The class of a domain that is not local; 0 and logged: a table failed. */
static uint32_t
class_of(struct trivial *t, const char *domain)
{
	int alias, mailbox, relay;

	if (*domain == '[')
		return (RESOLVE_CLASS_DEFAULT);
	if ((alias = match_string(t->alias_domains, domain)) < 0 ||
	    (mailbox = match_string(t->mailbox_domains, domain)) < 0)
		return (0);
	if (alias && mailbox)
		warn_both(domain, "virtual_alias_domains",
		    "virtual_mailbox_domains");
	if (alias)
		return (RESOLVE_CLASS_ALIAS);
	if (mailbox)
		return (RESOLVE_CLASS_VIRTUAL);
	if ((relay = match_domain(t->relay_domains, domain)) < 0)
		return (0);
	return (relay ? RESOLVE_CLASS_RELAY : RESOLVE_CLASS_DEFAULT);
}

static void
answer_local(struct reduce *x, struct resolution *r)
{
	r->flags = RESOLVE_CLASS_LOCAL | RESOLVE_FINAL;
	if (x->domain == NULL || *x->domain == '\0')
		x->domain = cf->myhostname;
	if (x->local.n == 0)
		x->local = VIEW("MAILER-DAEMON");
}

static void
answer_other(struct reduce *x, struct resolution *r)
{
	if (!domain_usable(x->domain)) {
		r->flags = RESOLVE_ERROR | RESOLVE_CLASS_DEFAULT;
		return;
	}
	r->flags = class_of(x->t, x->domain);
	if (r->flags == 0)
		r->flags = RESOLVE_FAIL;
	else if (r->flags & RESOLVE_CLASS_VIRTUAL)
		r->flags |= RESOLVE_FINAL;
	if (has_operator(x))
		r->flags |= RESOLVE_ROUTED;
}

void
trivial_resolve(struct trivial *t, struct arena *a, bool probe,
    const char *sender, const char *addr, struct resolution *out)
{
	struct reduce x = { .t = t, .a = a };
	struct view domain;

	*out = (struct resolution){ 0, "", "", addr };
	take(&x, view_of(addr));
	switch (reduce(&x)) {
	case 1:
		answer_local(&x, out);
		break;
	case 0:
		answer_other(&x, out);
		break;
	case -1:
		out->flags = RESOLVE_FAIL;
		break;
	default:
		out->flags = RESOLVE_ERROR | RESOLVE_CLASS_DEFAULT;
		break;
	}
	if (out->flags & (RESOLVE_ERROR | RESOLVE_FAIL))
		return;
	out->recipient = arena_printf(a, "%.*s@%s", (int)x.local.n,
	    x.local.p, x.domain);
	if (strlen(out->recipient) > MAIL_ADDR_MAX) {
		out->flags = RESOLVE_ERROR | RESOLVE_CLASS_DEFAULT;
		out->recipient = addr;
		return;
	}
	domain = view_of(x.domain);
	if (!trivial_route(t, a, probe ? &t->probe : &t->mail, sender,
	    domain.p[0] == '[' ? x.domain : view_lower(a, domain), out))
		out->flags = RESOLVE_FAIL | (out->flags & RESOLVE_CLASS);
}

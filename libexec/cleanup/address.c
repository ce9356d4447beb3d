/* SPDX-License-Identifier: ISC */
/* address - standard form, canonical_maps, masquerade_domains. */
#include <string.h>
#include <strings.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "cleanup.h"

#define CANONICAL_MAX	100	/* how often a result is looked up again */

const char *
address_quoted(struct message *m, const char *internal)
{
	struct buf b;
	const char *s;

	if (*internal == '\0')
		return ("");
	buf_init(&b, 2 * strlen(internal) + 2);
	s = addr_quote(view_of(internal), &b) == 0 ?
	    arena_strn(m->arena, b.p, b.n) : internal;
	buf_fini(&b);
	return (s);
}

const char *
address_standard(struct message *m, const struct rewrite_rules *rules,
    struct view external)
{
	struct buf out, plain;
	const char *s = NULL;

	buf_init(&out, 2 * MAIL_ADDR_MAX);
	buf_init(&plain, MAIL_ADDR_MAX);
	if (rewrite_addr(rules, external, &out) == 0 &&
	    addr_unquote(buf_view(&out), &plain) == 0)
		s = arena_strn(m->arena, plain.p, plain.n);
	buf_fini(&out);
	buf_fini(&plain);
	return (s);
}

struct first {
	struct message	*m;
	const char	*addr;
};

/* Of several results the first one counts. */
static int
first_result(void *arg, const char *external)
{
	struct first *f = arg;

	if (f->addr == NULL)
		f->addr = address_standard(f->m, &f->m->c->local,
		    view_of(external));
	return (0);
}

static const char *
table_failed(struct message *m, const char *param, const char *addr)
{
	log_warn("%s: %s map lookup problem for %s -- message not accepted, "
	    "try again later", m->id, param, addr);
	message_fail(m, MAIL_STAT_DEFER, "4.3.0 Temporary lookup failure");
	return (NULL);
}

/* Until nothing changes. */
static const char *
canonical(struct message *m, struct maps *maps, const char *param,
    const char *addr)
{
	struct maps_found found;
	struct first first;
	int rc;

	for (int i = 0; i < CANONICAL_MAX && *addr != '\0'; i++) {
		rc = maps_find_address(maps, &m->c->keys, addr, &found);
		if (rc == 0)
			return (addr);
		first = (struct first){ m, NULL };
		if (rc < 0 || maps_each_result(&found, addr,
		    m->c->extend_canonical, first_result, &first) < 0)
			return (table_failed(m, param, addr));
		if (first.addr == NULL || strcasecmp(first.addr, addr) == 0)
			return (first.addr != NULL ? first.addr : addr);
		addr = first.addr;
	}
	if (*addr != '\0') {
		log_warn("%s: unreasonable %s map nesting for %s -- message "
		    "not accepted, try again later", m->id, param, addr);
		message_fail(m, MAIL_STAT_DEFER, "4.6.0 Alias expansion error");
		return (NULL);
	}
	return (addr);
}

/* The domain to be put in place of "domain", or NULL. */
static const char *
masquerade_domain(const struct cleanup *c, const char *domain)
{
	size_t n = strlen(domain);

	for (const struct name *d = c->masquerade; d != NULL; d = d->next) {
		const char *parent = d->text + (d->text[0] == '!');
		size_t pn = strlen(parent);

		if (strcasecmp(domain, parent) == 0)
			return (NULL);
		if (n <= pn || domain[n - pn - 1] != '.' ||
		    strcasecmp(domain + n - pn, parent) != 0)
			continue;
		return (d->text[0] == '!' ? NULL : parent);
	}
	return (NULL);
}

static const char *
masquerade(struct message *m, const char *addr)
{
	struct addr_parts p = addr_split(view_of(addr));
	const char *domain, *local;
	int rc;

	if (p.domain.n == 0 ||
	    (domain = masquerade_domain(m->c, p.domain.p)) == NULL)
		return (addr);
	local = arena_strn(m->arena, p.local.p, p.local.n);
	if (*cf->masquerade_exceptions != '\0') {
		rc = match_string(m->c->masquerade_exceptions, local);
		if (rc < 0)
			return (table_failed(m, "masquerade_exceptions",
			    addr));
		if (rc == 1)
			return (addr);
	}
	return (arena_printf(m->arena, "%s@%s", local, domain));
}

const char *
address_map(struct message *m, const char *addr, unsigned class)
{
	const struct cleanup *c = m->c;
	bool sender = (class & (CLASS_ENV_SENDER | CLASS_HDR_SENDER)) != 0;

	if (!m->mapped)
		return (addr);
	if (sender && (c->sender_classes & class))
		addr = canonical(m, c->sender_canonical,
		    "sender_canonical_maps", addr);
	if (!sender && (c->rcpt_classes & class))
		addr = canonical(m, c->rcpt_canonical,
		    "recipient_canonical_maps", addr);
	if (addr != NULL && (c->canonical_classes & class))
		addr = canonical(m, c->canonical, "canonical_maps", addr);
	if (addr != NULL && c->masquerade != NULL &&
	    (c->masquerade_classes & class))
		addr = masquerade(m, addr);
	return (addr);
}

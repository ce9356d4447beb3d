/* SPDX-License-Identifier: ISC */
/* restrict_addr - restrictions by sender and recipient. */
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"

#include "judge.h"
#include "log.h"
#include "setup.h"

/* The domain of an address as a string; NULL if it has none. */
static const char *
domain_of(struct judge *j, const char *addr)
{
	struct addr_parts p = addr_split(view_of(addr));

	if (p.domain.p == NULL || p.domain.n == 0)
		return (NULL);
	return (arena_strn(j->s->line, p.domain.p, p.domain.n));
}

static const char *
subject(struct judge *j, const struct ritem *it, const char **class)
{
	if ((it->r->which & OF_MASK) == OF_RCPT) {
		*class = CLASS_RCPT;
		return (j->rcpt);
	}
	*class = CLASS_SENDER;
	return (judge_sender(j));
}

/* Do we deliver it, or relay for its domain? 1, 0, -1. */
static int
is_ours(struct judge *j, const char *rcpt)
{
	struct resolved r;

	if (addr_split(view_of(rcpt)).domain.p == NULL)
		return (1);
	if (!address_resolve(j->s, rcpt, &r))
		return (-1);
	/* user@elsewhere@here, user%elsewhere@here: here only passes it on. */
	if ((r.flags & RESOLVE_ROUTED) != 0 && !cf->allow_untrusted_routing)
		return (0);
	return ((r.flags & (RESOLVE_FINAL | RESOLVE_CLASS_LOCAL |
	    RESOLVE_CLASS_ALIAS | RESOLVE_CLASS_VIRTUAL |
	    RESOLVE_CLASS_RELAY)) != 0);
}

enum check
check_auth_destination(struct judge *j, const struct ritem *it)
{
	int ours = is_ours(j, j->rcpt);

	(void)it;
	if (ours == -1)
		return (judge_retry(j, log_address(j->s, j->rcpt)));
	return (ours == 1 ? CHECK_OK : CHECK_DUNNO);
}

enum check
check_unauth(struct judge *j, const struct ritem *it)
{
	const char *name = log_address(j->s, j->rcpt);
	int ours = is_ours(j, j->rcpt);

	if (ours == -1)
		return (judge_retry(j, name));
	if (ours == 1)
		return (CHECK_DUNNO);
	return (judge_reject(j, CLASS_RCPT,
	    it->r->which == UNAUTH_DEFER ? 454 :
	    (int)cf->relay_domains_reject_code, "5.7.1",
	    "<%s>: Relay access denied", name));
}

enum check
check_fqdn(struct judge *j, const struct ritem *it)
{
	const char *class = CLASS_HELO, *addr, *domain;
	struct view v, literal;

	if (it->r->which == OF_HELO) {
		v = view_of(j->s->helo);
		if (host_literal(v, &literal) ||
		    (v.n > 0 && v.p[0] == '[') || host_is_fqdn(v))
			return (CHECK_DUNNO);
		return (judge_reject(j, class, (int)cf->non_fqdn_reject_code,
		    "5.5.2", "<%s>: %s rejected: need fully-qualified "
		    "hostname", j->s->helo, class));
	}
	addr = subject(j, it, &class);
	if (addr[0] == '\0' ||
	    (it->r->which == OF_RCPT &&
	    view_ieq(view_of(addr), "postmaster")))
		return (CHECK_DUNNO);
	domain = domain_of(j, addr);
	if (domain != NULL && (domain[0] == '[' ||
	    host_is_fqdn(view_of(domain))))
		return (CHECK_DUNNO);
	return (judge_reject(j, class, (int)cf->non_fqdn_reject_code, "5.5.2",
	    "<%s>: %s rejected: need fully-qualified address",
	    judge_name(j, class), class));
}

/* RFC 7505: one MX, preference 0, the root: takes no mail. */
static bool
is_null_mx(const struct dns_lookup *q)
{
	return (q->status == DNS_OK && q->nrr == 1 &&
	    (q->rr[0].name == NULL || q->rr[0].name[0] == '\0' ||
	    strcmp(q->rr[0].name, ".") == 0));
}

static enum check
no_mail(struct judge *j, const char *class, const char *domain)
{
	bool sender = strcmp(class, CLASS_SENDER) == 0;

	return (judge_reject(j, class, sender ? 550 : 556,
	    sender ? "5.7.27" : "5.1.10",
	    "<%s>: %s rejected: Domain %s does not accept mail (nullMX)",
	    judge_name(j, class), class, domain));
}

/* What DNS says of the domain of an address that is not ours. */
static enum check
ask_dns(struct judge *j, const char *class, const char *domain)
{
	const char *dsn = strcmp(class, CLASS_SENDER) == 0 ? "4.1.8" : "4.1.2";
	const char *name = judge_name(j, class);
	struct dns_lookup q[3];
	bool later = false;
	size_t i;

	memset(q, 0, sizeof(q));
	q[0].type = DNS_MX;
	q[1].type = DNS_A;
	q[2].type = DNS_AAAA;
	for (i = 0; i < 3; i++)
		q[i].name = domain;
	dns_ask(&j->s->dns, j->s->line, q, 3, mono_in(cf->ipc_timeout));
	if (is_null_mx(&q[0]))
		return (no_mail(j, class, domain));
	for (i = 0; i < 3; i++) {
		if (q[i].status == DNS_OK)
			return (CHECK_DUNNO);
		if (q[i].status == DNS_TEMPFAIL || q[i].status == DNS_BOGUS)
			later = true;
	}
	if (later)
		return (judge_tempfail(j, cf->unknown_address_tempfail_action,
		    class, 450, dsn, "<%s>: %s rejected: Domain not found",
		    name, class));
	return (judge_reject(j, class, (int)cf->unknown_address_reject_code,
	    dsn, "<%s>: %s rejected: Domain not found", name, class));
}

enum check
check_domain_known(struct judge *j, const struct ritem *it)
{
	const char *class, *addr = subject(j, it, &class), *domain;
	struct resolved r;

	domain = domain_of(j, addr);
	if (domain == NULL)
		return (CHECK_DUNNO);
	if (!address_resolve(j->s, addr, &r))
		return (judge_retry(j, judge_name(j, class)));
	if ((r.flags & (RESOLVE_FINAL | RESOLVE_CLASS_LOCAL |
	    RESOLVE_CLASS_ALIAS | RESOLVE_CLASS_VIRTUAL)) != 0)
		return (CHECK_DUNNO);
	if ((domain = domain_of(j, r.rcpt)) == NULL || domain[0] == '[')
		return (CHECK_DUNNO);
	return (ask_dns(j, class, domain));
}

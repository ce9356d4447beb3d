/* SPDX-License-Identifier: ISC */
/*
 * restrict_access - check_*_access: what is looked up in which order, and
 * the tables that are asked for the servers of a domain.
 */
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"

#include "judge.h"
#include "log.h"
#include "setup.h"
#include "tx.h"

#define HOSTS_MAX	100		/* servers of a domain that are asked for */

static const char *
class_of(const struct ritem *it)
{
	switch (it->r->which & OF_MASK) {
	case OF_HELO:
		return (CLASS_HELO);
	case OF_SENDER:
		return (CLASS_SENDER);
	case OF_RCPT:
		return (CLASS_RCPT);
	case OF_ETRN:
		return (CLASS_ETRN);
	default:
		return (CLASS_CLIENT);
	}
}

static enum check
failed(struct judge *j, const struct ritem *it, const char *key)
{
	return (judge_table_failed(j, it, key, class_of(it)));
}

static int
find_client(const struct ritem *it, const char *name, const char *addr,
    const char **value)
{
	int found;

	found = maps_find_domain(it->maps, name, setup.access_parents, value);
	if (found == 0 && addr != NULL)
		found = maps_find_client_addr(it->maps, addr, value);
	return (found);
}

/* By mail address; addresses that are routed by their sender are skipped. */
static int
find_address(struct judge *j, const struct ritem *it, const char *addr,
    const char **value)
{
	const char *key;
	bool routed;

	if (!address_key(j->s, addr, &key, &routed))
		return (-1);
	if (routed)
		return (0);
	return (maps_find_access(it->maps, &setup.rules, key,
	    setup.access_parents, cf->smtpd_null_access_lookup_key, value));
}

/* Tables that may refuse but not permit: who is asked for chooses the key. */
static enum check
no_permit(struct judge *j, const struct ritem *it, const char *key,
    enum check result)
{
	if (result != CHECK_OK ||
	    (j->s->tx != NULL && (j->s->tx->flags & MAIL_FLAG_DISCARD) != 0))
		return (result);
	log_warn("restriction %s returns OK for %s", it->r->name, key);
	log_warn("this is not allowed for security reasons");
	log_warn("use DUNNO instead of OK if you want to make an exception");
	return (judge_misconfigured(j, NULL, NULL));
}

enum check
check_access(struct judge *j, const struct ritem *it)
{
	const struct peer *p = &j->s->peer;
	const char *class = class_of(it), *value = NULL, *key = "";
	enum check result;
	int found = 0, of = it->r->which & OF_MASK;

	if (it->maps == NULL)
		return (failed(j, it, judge_name(j, class)));
	if (of == OF_CLIENT)
		found = find_client(it, key = p->name, p->addr, &value);
	else if (of == OF_REVERSE)
		found = find_client(it, key = p->reverse, NULL, &value);
	else if (of == OF_HELO)
		found = find_client(it, key = j->s->helo, NULL, &value);
	else if (of == OF_ETRN && j->etrn != NULL)
		found = find_client(it, key = j->etrn, NULL, &value);
	else if (of == OF_SENDER)
		found = find_address(j, it, key = judge_sender(j), &value);
	else if (of == OF_RCPT)
		found = find_address(j, it, key = j->rcpt, &value);
	if (found == -1)
		return (failed(j, it, key));
	if (found == 0)
		return (CHECK_DUNNO);
	result = access_result(j, it->word, value, judge_name(j, class),
	    class);
	return (of == OF_REVERSE ? no_permit(j, it, key, result) : result);
}

/* The domain whose servers are meant; NULL: there is none. */
static const char *
server_domain(struct judge *j, const struct ritem *it)
{
	const struct peer *p = &j->s->peer;
	const char *addr = NULL, *name = NULL;
	struct addr_parts parts;

	switch (it->r->which & OF_MASK) {
	case OF_CLIENT:
		name = strcmp(p->name, PEER_UNKNOWN) != 0 ? p->name : NULL;
		break;
	case OF_REVERSE:
		name = strcmp(p->reverse, PEER_UNKNOWN) != 0 ? p->reverse :
		    NULL;
		break;
	case OF_HELO:
		name = j->s->helo;
		break;
	case OF_SENDER:
		addr = judge_sender(j);
		break;
	default:
		addr = j->rcpt;
		break;
	}
	if (addr != NULL) {
		parts = addr_split(view_of(addr));
		if (parts.domain.p != NULL && parts.domain.n > 0)
			name = arena_strn(j->s->line, parts.domain.p,
			    parts.domain.n);
	}
	return (name);
}

/*
 * The names of the servers. NS climbs to the parent until a zone is found.
 * False: DNS has failed for now.
 */
static bool
find_servers(struct judge *j, enum dns_type type, const char *domain,
    const char **hosts, size_t *n)
{
	struct dns_lookup q;
	size_t i;

	*n = 0;
	for (;;) {
		q = (struct dns_lookup){ .type = type, .name = domain };
		dns_ask(&j->s->dns, j->s->line, &q, 1,
		    mono_in(cf->ipc_timeout));
		if (type != DNS_NS || q.status == DNS_OK ||
		    strchr(domain, '.') == NULL ||
		    q.status == DNS_TEMPFAIL || q.status == DNS_BOGUS)
			break;
		domain = strchr(domain, '.') + 1;
	}
	if (q.status == DNS_TEMPFAIL || q.status == DNS_BOGUS)
		return (false);
	for (i = 0; i < q.nrr && *n < HOSTS_MAX; i++) {
		if (q.rr[i].name != NULL && q.rr[i].name[0] != '\0')
			hosts[(*n)++] = q.rr[i].name;
	}
	/* RFC 5321 5.1: without MX records it is the domain itself. */
	if (type == DNS_MX && q.nrr == 0)
		hosts[(*n)++] = domain;
	return (true);
}

static enum check
ask_table(struct judge *j, const struct ritem *it, const char *host,
    const char *addr, bool *done)
{
	const char *class = class_of(it), *value;
	const char *key = addr != NULL ? addr : host;
	enum check result;
	int found;

	*done = true;
	found = addr != NULL ? maps_find_client_addr(it->maps, addr, &value) :
	    maps_find_domain(it->maps, host, setup.access_parents, &value);
	if (found == -1)
		return (failed(j, it, key));
	if (found == 1) {
		result = access_result(j, it->word, value,
		    judge_name(j, class), class);
		return (no_permit(j, it, key, result));
	}
	*done = false;
	return (CHECK_DUNNO);
}

/* Each server's name, then each of its addresses; the first entry counts. */
static enum check
ask_servers(struct judge *j, const struct ritem *it, const char **hosts,
    size_t n)
{
	struct dns_addrs *addrs = arena_array(j->s->line, n + 1,
	    sizeof(*addrs));
	char text[DNS_ADDR_TEXT];
	enum check result;
	bool done;
	size_t i, k;

	for (i = 0; i < n; i++)
		addrs[i].name = hosts[i];
	if (n > 0)
		dns_find_addrs(&j->s->dns, j->s->line, addrs, n,
		    DNS_V4 | DNS_V6, 0, mono_in(cf->ipc_timeout));
	for (i = 0; i < n; i++) {
		result = ask_table(j, it, hosts[i], NULL, &done);
		for (k = 0; k < addrs[i].naddr && !done; k++)
			result = ask_table(j, it, hosts[i],
			    dns_addr_text(&addrs[i].addr[k], text), &done);
		if (done)
			return (result);
	}
	return (CHECK_DUNNO);
}

enum check
check_server_access(struct judge *j, const struct ritem *it)
{
	const char *domain = server_domain(j, it), *class = class_of(it);
	const char **hosts;
	struct view literal;
	size_t n = 0;
	int by = it->r->which & BY_MASK;
	bool done;

	if (domain == NULL || domain[0] == '\0')
		return (CHECK_DUNNO);
	if (it->maps == NULL)
		return (failed(j, it, domain));
	if (domain[0] == '[') {
		if (by == BY_NS || !host_literal(view_of(domain), &literal))
			return (CHECK_DUNNO);
		return (ask_table(j, it, domain,
		    arena_strn(j->s->line, literal.p, literal.n), &done));
	}
	hosts = arena_array(j->s->line, HOSTS_MAX + 1, sizeof(*hosts));
	if (by == BY_A) {
		hosts[n++] = domain;
	} else if (!find_servers(j, by == BY_MX ? DNS_MX : DNS_NS, domain,
	    hosts, &n)) {
		log_warn("Unable to look up %s host for %s", by == BY_MX ?
		    "MX" : "NS", domain);
		return (judge_tempfail(j, cf->reject_tempfail_action, class,
		    450, "4.3.0", "<%s>: %s rejected: Temporary lookup "
		    "failure", judge_name(j, class), class));
	}
	return (ask_servers(j, it, hosts, n));
}

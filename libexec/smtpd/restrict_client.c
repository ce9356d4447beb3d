/* SPDX-License-Identifier: ISC */
/* restrict_client - restrictions by the client's address and names. */
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"

#include "judge.h"
#include "setup.h"

enum check
check_networks(struct judge *j, const struct ritem *it)
{
	int found = setup_host_in(setup.mynetworks, j->s);

	(void)it;
	if (found == -1)
		return (judge_retry(j, j->s->peer.label));
	return (found == 1 ? CHECK_OK : CHECK_DUNNO);
}

enum check
check_own_addr(struct judge *j, const struct ritem *it)
{
	(void)it;
	return (setup_own_addr(j->s->peer.addr) ? CHECK_OK : CHECK_DUNNO);
}

enum check
check_address_map(struct judge *j, const struct ritem *it)
{
	const char *value;
	int found;

	if (it->maps == NULL)
		return (judge_misconfigured(j, NULL, NULL));
	found = maps_find(it->maps, j->s->peer.addr, MAPS_WHOLE, &value);
	return (found == 1 ? CHECK_OK : CHECK_DUNNO);
}

enum check
check_client_known(struct judge *j, const struct ritem *it)
{
	const struct peer *p = &j->s->peer;
	enum peer_status st = p->name_status;
	const char *dsn = "4.7.25", *what = "hostname";

	if (it->r->which == CLIENT_REVERSE) {
		st = p->reverse_status;
		dsn = "4.7.1";
		what = "reverse hostname";
	} else if (it->r->which == CLIENT_FORWARD && st == PEER_FORGED)
		st = PEER_OK;		/* it has an address, another one */
	if (st == PEER_OK)
		return (CHECK_DUNNO);
	/* What may be there when it is asked again is no reason for good. */
	return (judge_reject(j, CLASS_CLIENT, st == PEER_TEMPFAIL ? 450 :
	    (int)cf->unknown_client_reject_code, dsn,
	    "Client host rejected: cannot find your %s, [%s]", what,
	    p->addr));
}

enum check
check_helo_syntax(struct judge *j, const struct ritem *it)
{
	struct view helo = view_of(j->s->helo), addr;

	(void)it;
	if (helo.n > 0 && helo.p[0] == '[') {
		if (host_literal(helo, &addr))
			return (CHECK_DUNNO);
		return (judge_reject(j, CLASS_HELO,
		    (int)cf->invalid_hostname_reject_code, "5.5.2",
		    "<%s>: Helo command rejected: invalid ip address",
		    j->s->helo));
	}
	if (host_valid(helo) || host_is_addr(helo))
		return (CHECK_DUNNO);
	return (judge_reject(j, CLASS_HELO,
	    (int)cf->invalid_hostname_reject_code, "5.5.2",
	    "<%s>: Helo command rejected: Invalid name", j->s->helo));
}

enum check
check_helo_known(struct judge *j, const struct ritem *it)
{
	struct dns_lookup q[3];
	struct view addr;
	bool later = false;
	size_t i;

	(void)it;
	if (j->s->helo[0] == '[' && host_literal(view_of(j->s->helo), &addr))
		return (CHECK_DUNNO);
	memset(q, 0, sizeof(q));
	q[0].type = DNS_A;
	q[1].type = DNS_AAAA;
	q[2].type = DNS_MX;
	for (i = 0; i < 3; i++)
		q[i].name = j->s->helo;
	dns_ask(&j->s->dns, j->s->line, q, 3, mono_in(cf->ipc_timeout));
	for (i = 0; i < 3; i++) {
		if (q[i].status == DNS_OK)
			return (CHECK_DUNNO);
		if (q[i].status == DNS_TEMPFAIL || q[i].status == DNS_BOGUS)
			later = true;
	}
	if (later)
		return (judge_tempfail(j,
		    cf->unknown_helo_hostname_tempfail_action, CLASS_HELO,
		    450, "4.7.1", "<%s>: Helo command rejected: "
		    "Host not found", j->s->helo));
	return (judge_reject(j, CLASS_HELO,
	    (int)cf->unknown_hostname_reject_code, "4.7.1",
	    "<%s>: Helo command rejected: Host not found", j->s->helo));
}

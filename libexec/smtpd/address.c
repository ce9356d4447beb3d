/* SPDX-License-Identifier: ISC */
/*
 * address - addresses as trivial-rewrite(8) has them (judge.h).
 *
 * Most addresses are complete and plain: user@domain.tld. For those the
 * standard form is what they are, and nobody is asked.
 */
#include <errno.h>
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"

#include "judge.h"
#include "log.h"
#include "tx.h"

/* The standard form of such an address is the address itself. */
static bool
is_plain(const char *addr)
{
	struct addr_parts p = addr_split(view_of(addr));

	if (p.domain.p == NULL || p.domain.n == 0 || p.local.n == 0)
		return (false);
	if (view_chr(p.local, '@') >= 0 || view_chr(p.local, '%') >= 0 ||
	    view_chr(p.local, '!') >= 0)
		return (false);
	return (p.domain.p[0] == '[' || host_is_fqdn(p.domain));
}

static struct chan *
channel(struct smtpd *s)
{
	if (s->rewrite == NULL)
		s->rewrite = smtpd_dial(cf->rewrite_service_name);
	if (s->rewrite == NULL)
		log_warn("connect to service %s: %s",
		    cf->rewrite_service_name, strerror(errno));
	return (s->rewrite);
}

/* One question; the channel is dialled anew if it is gone. */
static bool
ask(struct smtpd *s, enum verb verb, const void *msg, enum verb reply,
    void *out)
{
	int tries;

	for (tries = 0; tries < 3 && channel(s) != NULL; tries++) {
		if (chan_call(s->rewrite, verb, msg, reply, out,
		    mono_in(cf->ipc_timeout)) == 0)
			return (true);
		if (errno == EMSGSIZE)
			break;
		chan_free(&s->rewrite);
	}
	log_warn("problem talking to service %s", cf->rewrite_service_name);
	return (false);
}

/* To standard form; NULL if that has failed. */
static const char *
standard(struct smtpd *s, const char *addr)
{
	struct msg_rewrite q = { .rule = "local" };
	struct msg_rewritten a;
	const char *result;
	struct buf b;

	if (is_plain(addr))
		return (addr);
	q.addr = log_address(s, addr);
	if (!ask(s, V_rewrite, &q, V_rewritten, &a) ||
	    (a.flags & RESOLVE_FAIL) != 0)
		return (NULL);
	buf_init(&b, MAIL_ADDR_MAX);
	result = addr_unquote(view_of(a.addr), &b) == 0 ?
	    arena_strn(s->line, b.p, b.n) : NULL;
	buf_fini(&b);
	return (result);
}

bool
address_resolve(struct smtpd *s, const char *addr, struct resolved *out)
{
	struct msg_resolve q = { .sender = s->tx != NULL ? s->tx->sender : "" };
	struct msg_resolved a;

	if ((q.addr = standard(s, addr)) == NULL ||
	    !ask(s, V_resolve, &q, V_resolved, &a))
		return (false);
	*out = (struct resolved){ .flags = a.flags,
	    .transport = arena_str(s->line, a.transport),
	    .nexthop = arena_str(s->line, a.nexthop),
	    .rcpt = arena_str(s->line, a.recipient) };
	return ((a.flags & RESOLVE_FAIL) == 0);
}

bool
address_key(struct smtpd *s, const char *addr, const char **key, bool *routed)
{
	struct resolved r;

	*routed = false;
	*key = addr;
	if (addr[0] == '\0' || is_plain(addr))
		return (true);
	if (!address_resolve(s, addr, &r))
		return (false);
	*key = r.rcpt;
	*routed = (r.flags & RESOLVE_ROUTED) != 0;
	return (true);
}

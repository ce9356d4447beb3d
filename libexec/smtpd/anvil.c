/* SPDX-License-Identifier: ISC */
/*
 * anvil - how often and how much one client may (anvil.h).
 *
 * A session asks only if there is a limit and the client is not exempt. An
 * anvil(8) that does not answer limits nobody: mail goes on.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"

#include "anvil.h"
#include "session.h"
#include "setup.h"

#define ANVIL_SERVICE	"anvil"
#define ANVIL_WAIT	span_s(10)

static bool
limited(struct smtpd *s, int64_t limit)
{
	return (limit > 0 && setup_host_in(setup.event_exceptions, s) != 1);
}

/* The client, or the network that counts as one client. */
static const char *
ident(struct smtpd *s)
{
	uint8_t a[16];
	char text[INET6_ADDRSTRLEN];
	int family = strchr(s->peer.addr, ':') != NULL ? AF_INET6 : AF_INET;
	unsigned bits, size = family == AF_INET6 ? 128 : 32, i;
	const char *net = s->peer.addr;

	bits = (unsigned)(family == AF_INET6 ?
	    cf->smtpd_client_ipv6_prefix_length :
	    cf->smtpd_client_ipv4_prefix_length);
	if (bits < size && inet_pton(family, s->peer.addr, a) == 1) {
		for (i = bits; i < size; i++)
			a[i / 8] &= (uint8_t)~(0x80 >> (i % 8));
		if (inet_ntop(family, a, text, sizeof(text)) != NULL)
			net = arena_printf(s->line, "%s/%u", text, bits);
	}
	return (arena_printf(s->line, "%s:%s", s->service, net));
}

static bool
tell(struct smtpd *s, enum anvil_kind kind, struct msg_anvil_status *out)
{
	struct msg_anvil_event ev = { .kind = kind, .ident = ident(s) };

	if (s->anvil == NULL)
		s->anvil = smtpd_dial(ANVIL_SERVICE);
	if (s->anvil == NULL)
		return (false);
	if (chan_call(s->anvil, V_anvil_event, &ev, V_anvil_status, out,
	    mono_in(ANVIL_WAIT)) == 0)
		return (true);
	log_warn("problem talking to service %s", ANVIL_SERVICE);
	chan_free(&s->anvil);
	return (false);
}

static struct verdict
exceeded(struct smtpd *s, const char *what, uint32_t n, int code,
    const char *dsn, const char *text)
{
	log_warn("%s limit exceeded: %u from %s for service %s", what, n,
	    s->peer.label, s->service);
	if (code == 421)
		return (verdict(s, code, dsn, "%s Error: %s from %s",
		    cf->myhostname, text, s->peer.addr));
	return (verdict(s, code, dsn, "Error: %s from %s", text,
	    s->peer.addr));
}

bool
anvil_connect(struct smtpd *s, struct verdict *v)
{
	int64_t count = cf->smtpd_client_connection_count_limit;
	int64_t rate = cf->smtpd_client_connection_rate_limit;
	struct msg_anvil_status st;
	bool any = count > 0 || rate > 0;

	if (!any || !limited(s, 1) || !tell(s, ANVIL_CONNECT, &st))
		return (false);
	if (count > 0 && st.count > count) {
		*v = exceeded(s, "Connection concurrency", st.count, 421,
		    "4.7.0", "too many connections");
		return (true);
	}
	if (rate > 0 && st.rate > rate) {
		*v = exceeded(s, "Connection rate", st.rate, 421, "4.7.0",
		    "too many connections");
		return (true);
	}
	return (false);
}

bool
anvil_auth(struct smtpd *s, struct verdict *v)
{
	int64_t limit = cf->smtpd_client_auth_rate_limit;
	struct msg_anvil_status st;

	if (!limited(s, limit) || !tell(s, ANVIL_AUTH, &st) ||
	    st.rate <= limit)
		return (false);
	*v = exceeded(s, "AUTH command rate", st.rate, 450, "4.7.1",
	    "too many AUTH commands");
	return (true);
}

bool
anvil_mail(struct smtpd *s, struct verdict *v)
{
	int64_t limit = cf->smtpd_client_message_rate_limit;
	struct msg_anvil_status st;

	if (!limited(s, limit) || !tell(s, ANVIL_MAIL, &st) ||
	    st.rate <= limit)
		return (false);
	*v = exceeded(s, "Message delivery request rate", st.rate, 450,
	    "4.7.1", "too much mail");
	return (true);
}

bool
anvil_rcpt(struct smtpd *s, struct verdict *v)
{
	int64_t limit = cf->smtpd_client_recipient_rate_limit;
	struct msg_anvil_status st;

	if (!limited(s, limit) || !tell(s, ANVIL_RCPT, &st) ||
	    st.rate <= limit)
		return (false);
	*v = exceeded(s, "Recipient address rate", st.rate, 450, "4.7.1",
	    "too many recipients");
	return (true);
}

bool
anvil_newtls_refused(struct smtpd *s, struct verdict *v)
{
	int64_t limit = cf->smtpd_client_new_tls_session_rate_limit;
	struct msg_anvil_status st;

	if (!limited(s, limit) || !tell(s, ANVIL_NEWTLS_STATUS, &st) ||
	    st.rate <= limit)
		return (false);
	*v = exceeded(s, "New TLS session rate", st.rate, 454, "4.7.0",
	    "too many new TLS sessions");
	return (true);
}

void
anvil_newtls(struct smtpd *s)
{
	struct msg_anvil_status st;

	if (limited(s, cf->smtpd_client_new_tls_session_rate_limit))
		(void)tell(s, ANVIL_NEWTLS, &st);
}

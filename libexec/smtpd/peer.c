/* SPDX-License-Identifier: ISC */
/*
 * peer - the client's addresses and names (peer.h).
 *
 * A name counts only if the address is among its own addresses: whoever
 * controls the reverse zone can write any name there.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"

#include "session.h"

/* IPv4 in IPv6 clothes is IPv4. */
static void
unmap(struct sockaddr_storage *ss)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	if (ss->ss_family != AF_INET6)
		return;
	memcpy(&v6, ss, sizeof(v6));
	if (!IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
		return;
	memset(&v4, 0, sizeof(v4));
	v4.sin_family = AF_INET;
	v4.sin_port = v6.sin6_port;
	memcpy(&v4.sin_addr, v6.sin6_addr.s6_addr + 12, 4);
	memset(ss, 0, sizeof(*ss));
	memcpy(ss, &v4, sizeof(v4));
}

static bool
numeric(struct smtpd *s, struct sockaddr_storage *ss, const char **addr,
    const char **port)
{
	char text[INET6_ADDRSTRLEN];
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;
	const void *bytes;
	uint16_t number;

	unmap(ss);
	if (ss->ss_family == AF_INET) {
		memcpy(&v4, ss, sizeof(v4));
		bytes = &v4.sin_addr;
		number = v4.sin_port;
	} else if (ss->ss_family == AF_INET6) {
		memcpy(&v6, ss, sizeof(v6));
		bytes = &v6.sin6_addr;
		number = v6.sin6_port;
	} else
		return (false);
	if (inet_ntop(ss->ss_family, bytes, text, sizeof(text)) == NULL)
		return (false);
	*addr = arena_str(s->life, text);
	*port = arena_printf(s->life, "%u", (unsigned)ntohs(number));
	return (true);
}

void
peer_label(struct smtpd *s)
{
	struct peer *p = &s->peer;

	p->rfc_addr = strchr(p->addr, ':') != NULL ?
	    arena_printf(s->life, "IPv6:%s", p->addr) : p->addr;
	p->label = cf->smtpd_client_port_logging ?
	    arena_printf(s->life, "%s[%s]:%s", p->name, p->addr, p->port) :
	    arena_printf(s->life, "%s[%s]", p->name, p->addr);
}

void
peer_local(struct smtpd *s)
{
	s->peer = (struct peer){ .name = "localhost", .reverse = "localhost",
	    .name_status = PEER_OK, .reverse_status = PEER_OK,
	    .addr = "127.0.0.1", .port = "0", .server_addr = "127.0.0.1",
	    .server_port = "0" };
	peer_label(s);
}

static enum peer_status
status_of(enum dns_status status)
{
	if (status == DNS_OK)
		return (PEER_OK);
	return (status == DNS_TEMPFAIL || status == DNS_BOGUS ?
	    PEER_TEMPFAIL : PEER_PERMFAIL);
}

/* The name that PTR gives, if it is one. */
static void
find_reverse(struct smtpd *s)
{
	struct dns_lookup ptr = { .type = DNS_PTR, .flags = DNS_Q_HOSTS,
	    .name = s->peer.addr };
	const char *name;

	dns_ask(&s->dns, s->life, &ptr, 1, mono_in(cf->ipc_timeout));
	s->peer.reverse_status = s->peer.name_status = status_of(ptr.status);
	if (ptr.status != DNS_OK || ptr.nrr == 0)
		return;
	name = ptr.rr[0].name;
	if (name == NULL || host_is_addr(view_of(name))) {
		log_warn("numeric hostname: %s", name != NULL ? name : "");
	} else if (!host_valid(view_of(name))) {
		log_warn("%s: malformed name in PTR record for %s", name,
		    s->peer.addr);
	} else {
		s->peer.reverse = arena_str(s->life, name);
		return;
	}
	s->peer.reverse_status = s->peer.name_status = PEER_PERMFAIL;
}

/* Is the address one of that name? */
static void
confirm(struct smtpd *s)
{
	struct dns_addrs names = { .name = s->peer.reverse };
	struct dns_addr mine;
	bool v6 = strchr(s->peer.addr, ':') != NULL;
	size_t i;

	if (!dns_addr_parse(view_of(s->peer.addr), &mine))
		return;
	dns_find_addrs(&s->dns, s->life, &names, 1, v6 ? DNS_V6 : DNS_V4,
	    DNS_Q_HOSTS, mono_in(cf->ipc_timeout));
	if (names.status != DNS_OK) {
		log_warn("hostname %s does not resolve to address %s: %s",
		    s->peer.reverse, s->peer.addr, names.text != NULL &&
		    names.text[0] != '\0' ? names.text :
		    dns_status_text(names.status));
		s->peer.name_status = status_of(names.status);
		return;
	}
	for (i = 0; i < names.naddr; i++) {
		if (dns_addr_eq(&names.addr[i], &mine)) {
			s->peer.name = s->peer.reverse;
			return;
		}
	}
	log_warn("hostname %s does not resolve to address %s",
	    s->peer.reverse, s->peer.addr);
	s->peer.name_status = PEER_FORGED;
}

void
peer_find(struct smtpd *s, int fd)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);
	struct peer *p = &s->peer;

	peer_local(s);
	memset(&ss, 0, sizeof(ss));
	if (getpeername(fd, (struct sockaddr *)&ss, &n) == -1 ||
	    !numeric(s, &ss, &p->addr, &p->port))
		return;
	n = sizeof(ss);
	memset(&ss, 0, sizeof(ss));
	if (getsockname(fd, (struct sockaddr *)&ss, &n) == 0)
		(void)numeric(s, &ss, &p->server_addr, &p->server_port);
	p->name = p->reverse = PEER_UNKNOWN;
	p->name_status = p->reverse_status = PEER_PERMFAIL;
	if (cf->smtpd_peername_lookup) {
		find_reverse(s);
		if (p->reverse_status == PEER_OK)
			confirm(s);
	}
	peer_label(s);
}

/* SPDX-License-Identifier: ISC */
/* Addresses: from records, text and sockets, and back to text. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/log.h"
#include "dns.h"

bool
dns_addr_record(const struct dns_record *rr, struct dns_addr *out)
{
	struct dns_addr a = { 0 };

	if (rr->type == DNS_A && rr->data.n == 4)
		a.family = AF_INET;
	else if (rr->type == DNS_AAAA && rr->data.n == 16)
		a.family = AF_INET6;
	else
		return (false);
	memcpy(a.bytes, rr->data.p, rr->data.n);
	*out = a;
	return (true);
}

bool
dns_addr_parse(struct view text, struct dns_addr *out)
{
	struct dns_addr a = { 0 };
	char s[DNS_ADDR_TEXT];

	if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		text = view_sub(text, 1, text.n - 2);
	if (view_istarts(text, "IPv6:"))
		text = view_sub(text, 5, text.n);
	if (text.n == 0 || text.n >= sizeof(s) ||
	    memchr(text.p, '\0', text.n) != NULL)
		return (false);
	memcpy(s, text.p, text.n);
	s[text.n] = '\0';
	if (inet_pton(AF_INET, s, a.bytes) == 1)
		a.family = AF_INET;
	else if (inet_pton(AF_INET6, s, a.bytes) == 1)
		a.family = AF_INET6;
	else
		return (false);
	*out = a;
	return (true);
}

bool
dns_addr_sockaddr(const struct sockaddr *sa, struct dns_addr *out)
{
	struct dns_addr a = { 0 };
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	a.family = sa->sa_family;
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		memcpy(a.bytes, &in.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		memcpy(a.bytes, &in6.sin6_addr, 16);
	} else
		return (false);
	*out = a;
	return (true);
}

bool
dns_addr_eq(const struct dns_addr *a, const struct dns_addr *b)
{
	return (memcmp(a, b, sizeof(*a)) == 0);
}

const char *
dns_addr_text(const struct dns_addr *a, char *out)
{
	must(inet_ntop((int)a->family, a->bytes, out, DNS_ADDR_TEXT) != NULL);
	return (out);
}

const char *
dns_type_text(enum dns_type type)
{
	switch (type) {
	case DNS_A:
		return ("A");
	case DNS_NS:
		return ("NS");
	case DNS_CNAME:
		return ("CNAME");
	case DNS_SOA:
		return ("SOA");
	case DNS_PTR:
		return ("PTR");
	case DNS_MX:
		return ("MX");
	case DNS_TXT:
		return ("TXT");
	case DNS_AAAA:
		return ("AAAA");
	case DNS_SRV:
		return ("SRV");
	case DNS_TLSA:
		return ("TLSA");
	}
	return ("unknown");
}

const char *
dns_status_text(enum dns_status status)
{
	switch (status) {
	case DNS_OK:
		return ("Success");
	case DNS_NXDOMAIN:
		return ("Host not found");
	case DNS_NODATA:
		return ("Host found but no data record of requested type");
	case DNS_TEMPFAIL:
		return ("Host not found, try again");
	case DNS_BOGUS:
		return ("DNSSEC validation failed");
	case DNS_INVALID:
		return ("Invalid domain name");
	}
	return ("unknown");
}

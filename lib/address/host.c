/* SPDX-License-Identifier: ISC */
/*
 * host - what is a host name, and what an address.
 */
#include <arpa/inet.h>

#include <string.h>

#include "address.h"

#define LABEL_MAX	63
#define NAME_MAX_LEN	255

static bool
is_alnum(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'));
}

static bool
label_valid(struct view label)
{
	size_t i;

	if (label.n == 0 || label.n > LABEL_MAX ||
	    label.p[0] == '-' || label.p[label.n - 1] == '-')
		return (false);
	for (i = 0; i < label.n; i++)
		if (!is_alnum(label.p[i]) && label.p[i] != '-' &&
		    label.p[i] != '_')
			return (false);
	return (true);
}

static bool
is_numeric(struct view name)
{
	size_t i;

	for (i = 0; i < name.n; i++)
		if (name.p[i] != '.' && (name.p[i] < '0' || name.p[i] > '9'))
			return (false);
	return (true);
}

bool
host_valid(struct view name)
{
	struct view label, rest = name;

	if (name.n == 0 || name.n > NAME_MAX_LEN ||
	    name.p[name.n - 1] == '.' || is_numeric(name))
		return (false);
	while (view_field(&rest, '.', &label))
		if (!label_valid(label))
			return (false);
	return (true);
}

bool
host_is_fqdn(struct view name)
{
	if (name.n > 1 && name.p[name.n - 1] == '.')
		name.n--;
	return (host_valid(name) && view_chr(name, '.') != -1);
}

bool
host_is_addr(struct view text)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	if (text.n >= sizeof(copy) || view_chr(text, '\0') != -1)
		return (false);
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return (inet_pton(AF_INET, copy, &addr) == 1 ||
	    inet_pton(AF_INET6, copy, &addr) == 1);
}

bool
host_literal(struct view domain, struct view *addr)
{
	struct view in;
	bool v6;

	if (domain.n < 2 || domain.p[0] != '[' ||
	    domain.p[domain.n - 1] != ']')
		return (false);
	in = view_sub(domain, 1, domain.n - 2);
	v6 = view_istarts(in, "IPv6:");
	if (v6)
		in = view_sub(in, 5, in.n);
	if (!host_is_addr(in) || v6 != (view_chr(in, ':') != -1))
		return (false);
	*addr = in;
	return (true);
}

/* SPDX-License-Identifier: ISC */
/* name - the syntax of domain names, and names for addresses. */
#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"

#include "name.h"

#define NAME_TEXT_MAX	253
#define LABEL_MAX	63

static bool
is_label_byte(unsigned char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '/');
}

static bool
is_label(struct view v)
{
	if (v.n == 0 || v.n > LABEL_MAX)
		return (false);
	for (size_t i = 0; i < v.n; i++)
		if (!is_label_byte((unsigned char)v.p[i]))
			return (false);
	return (true);
}

bool
name_is_valid(struct view name)
{
	struct view label;

	if (view_eq(name, "."))
		return (true);
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n == 0 || name.n > NAME_TEXT_MAX ||
	    name.p[name.n - 1] == '.')
		return (false);
	while (view_field(&name, '.', &label))
		if (!is_label(label))
			return (false);
	return (true);
}

size_t
name_address(const char *text, uint8_t out[NAME_ADDR_MAX])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (inet_pton(AF_INET, text, out) == 1)
		return (4);
	if (inet_pton(AF_INET6, text, out) != 1)
		return (0);
	if (memcmp(out, mapped, sizeof(mapped)) != 0)
		return (16);
	memmove(out, out + sizeof(mapped), 4);
	return (4);
}

void
name_reverse(const uint8_t *addr, size_t n, char out[DNS_NAME_MAX + 1])
{
	struct buf b;

	must(n == 4 || n == 16);
	buf_init(&b, DNS_NAME_MAX);
	for (size_t i = n; i > 0; i--) {
		if (n == 4)
			buf_xprintf(&b, "%u.", (unsigned)addr[i - 1]);
		else
			buf_xprintf(&b, "%x.%x.", addr[i - 1] & 0xfU,
			    (unsigned)addr[i - 1] >> 4);
	}
	buf_xputs(&b, n == 4 ? "in-addr.arpa" : "ip6.arpa");
	memcpy(out, buf_str(&b), b.n + 1);
	buf_fini(&b);
}

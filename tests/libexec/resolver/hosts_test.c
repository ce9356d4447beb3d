/* SPDX-License-Identifier: ISC */
/* The hosts file, and the names that are let through. */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "hosts.h"

static const char file[] =
    "# comment\n"
    "127.0.0.1\tlocalhost\n"
    "::1   localhost ip6-localhost # two\r\n"
    "\n"
    "192.0.2.1 one.example one\n"
    "192.0.2.1 later.example one\n"
    "192.0.2.2 one.example\n"
    "nonsense one.example\n"
    "fe80::1%eth0 linklocal\n"
    "::ffff:192.0.2.3 mapped\n"
    "192.0.2.4 bad..name good.name trailing.dot.\n"
    "192.0.2.5\n"
    "192.0.2.6 last";

static const struct {
	const char	*name, *addrs;
} forward[] = {
	{ "localhost", "7f000001 00000000000000000000000000000001" },
	{ "LOCALHOST", "7f000001 00000000000000000000000000000001" },
	{ "one.example", "c0000201 c0000202" },
	{ "one", "c0000201" },
	{ "mapped", "c0000203" },
	{ "bad..name", "" },
	{ "good.name", "c0000204" },
	{ "trailing.dot", "c0000204" },
	{ "linklocal", "" },
	{ "last", "c0000206" },
	{ "#", "" },
	{ "192.0.2.1", "" },
};

static const struct {
	const char	*addr, *name;
} reverse[] = {
	{ "127.0.0.1", "localhost" },
	{ "::1", "localhost" },
	{ "192.0.2.1", "one.example" },
	{ "192.0.2.3", "mapped" },
	{ "::ffff:192.0.2.1", "one.example" },
	{ "192.0.2.4", "good.name" },
	{ "192.0.2.5", NULL },
	{ "192.0.2.77", NULL },
};

static const char *
addrs_text(const struct hosts_addr *a)
{
	static char text[256];
	size_t n = 0;

	text[0] = '\0';
	for (; a != NULL; a = a->next) {
		if (n > 0)
			text[n++] = ' ';
		for (size_t i = 0; i < a->n; i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%02x", a->addr[i]);
	}
	return (text);
}

ATF_TC_WITHOUT_HEAD(looks_up);
ATF_TC_BODY(looks_up, tc)
{
	struct arena *a = arena_new(0);
	struct hosts *h = hosts_parse(a, view_of(file));
	uint8_t addr[NAME_ADDR_MAX];
	const char *got;

	for (size_t i = 0; i < sizeof(forward) / sizeof(forward[0]); i++)
		ATF_CHECK_STREQ_MSG(forward[i].addrs,
		    addrs_text(hosts_by_name(h, forward[i].name)), "%s",
		    forward[i].name);
	for (size_t i = 0; i < sizeof(reverse) / sizeof(reverse[0]); i++) {
		got = hosts_by_addr(h, addr,
		    name_address(reverse[i].addr, addr));
		ATF_CHECK_STREQ_MSG(reverse[i].name != NULL ?
		    reverse[i].name : "none", got != NULL ? got : "none",
		    "%s", reverse[i].addr);
	}
	arena_free(&a);
}

/* A file that is no hosts file costs time and memory like one. */
ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	struct arena *a = arena_new(0);
	const struct hosts_addr *addr;
	struct hosts *h;
	struct buf b;
	int n = 0;

	buf_init(&b, HOSTS_FILE_MAX);
	for (int i = 0; i < HOSTS_MAX + 1000; i++)
		buf_xprintf(&b, "10.%d.%d.%d same n%d\n", i >> 16,
		    i >> 8 & 255, i & 255, i);
	h = hosts_parse(a, buf_view(&b));
	for (addr = hosts_by_name(h, "same"); addr != NULL; addr = addr->next)
		n++;
	ATF_CHECK_EQ(DNS_RECORD_MAX, n);
	ATF_CHECK(hosts_by_name(h, "n49999") != NULL);
	ATF_CHECK(hosts_by_name(h, "n50000") == NULL);
	buf_fini(&b);
	arena_free(&a);
}

static const struct {
	const char	*label, *name;
	bool		 valid;
} names[] = {
	{ "plain", "a.example", true },
	{ "root", ".", true },
	{ "dot at the end", "a.", true },
	{ "underscore, hyphen", "_25._tcp.a-b", true },
	{ "RFC 2317", "1.0/25.2.0.192.in-addr.arpa", true },
	{ "empty", "", false },
	{ "two dots", "..", false },
	{ "two dots at the end", "a..", false },
	{ "dot first", ".a", false },
	{ "empty label", "a..b", false },
	{ "blank", "a b", false },
	{ "tab", "a\tb", false },
	{ "backslash", "a\\032b", false },
	{ "quote", "a\"b", false },
	{ "star", "*.a", false },
	{ "not ASCII", "\xc3\xbc.a", false },
};

ATF_TC_WITHOUT_HEAD(valid);
ATF_TC_BODY(valid, tc)
{
	char n[300], *p = n;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ATF_CHECK_MSG(name_is_valid(view_of(names[i].name)) ==
		    names[i].valid, "%s", names[i].label);
	for (size_t i = 0; i < sizeof(n); i++)
		*p++ = i % 64 == 63 ? '.' : 'a';
	ATF_CHECK(name_is_valid((struct view){ n, 63 }));
	ATF_CHECK(name_is_valid((struct view){ n, 253 }));
	ATF_CHECK(!name_is_valid((struct view){ n, 254 }));
	n[63] = 'a';
	ATF_CHECK(!name_is_valid((struct view){ n, 64 }));
}

ATF_TC_WITHOUT_HEAD(reverse_names);
ATF_TC_BODY(reverse_names, tc)
{
	char text[DNS_NAME_MAX + 1];
	uint8_t addr[NAME_ADDR_MAX];

	name_reverse(addr, name_address("192.0.2.1", addr), text);
	ATF_CHECK_STREQ("1.2.0.192.in-addr.arpa", text);
	name_reverse(addr, name_address("2001:db8::ab", addr), text);
	ATF_CHECK_STREQ("b.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "8.b.d.0.1.0.0.2.ip6.arpa", text);
	ATF_CHECK_EQ(0, name_address("1.2.3", addr));
	ATF_CHECK_EQ(0, name_address("[::1]", addr));
	ATF_CHECK_EQ(0, name_address("", addr));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, looks_up);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, valid);
	ATF_TP_ADD_TC(tp, reverse_names);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/* host_test - the name, the addresses and the networks of this system. */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"

static struct conf_addr
addr(const char *text, unsigned bits)
{
	struct conf_addr a = { .bits = bits };

	a.family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	ATF_REQUIRE_EQ(1, inet_pton(a.family, text, a.addr));
	return (a);
}

ATF_TC_WITHOUT_HEAD(networks);
ATF_TC_BODY(networks, tc)
{
	struct arena *a = arena_new(0);
	const struct conf_addr addrs[] = {
		addr("127.0.0.1", 8), addr("10.1.2.3", 12),
		addr("10.2.2.3", 12), addr("192.0.2.7", 25),
		addr("172.16.9.9", 32), addr("::1", 128),
		addr("2001:db8:1:2::3", 49),
	};
	const size_t n = sizeof(addrs) / sizeof(addrs[0]);

	ATF_CHECK_STREQ("127.0.0.1/32 10.1.2.3/32 10.2.2.3/32 192.0.2.7/32 "
	    "172.16.9.9/32 [::1]/128 [2001:db8:1:2::3]/128",
	    conf_networks(a, "host", addrs, n));
	ATF_CHECK_STREQ("127.0.0.0/8 10.0.0.0/12 192.0.2.0/25 172.16.9.9/32 "
	    "[::1]/128 [2001:db8:1::]/49",
	    conf_networks(a, "subnet", addrs, n));
	ATF_CHECK_STREQ("127.0.0.0/8 10.0.0.0/8 192.0.2.0/24 172.16.0.0/16 "
	    "[::1]/128 [2001:db8:1::]/49",
	    conf_networks(a, "class", addrs, n));
	ATF_CHECK_STREQ("", conf_networks(a, "host", addrs, 0));
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	static const struct {
		const char *host, *domain;
	} cases[] = {
		{ "mx.example.org", "example.org" },
		{ "mx", "localdomain" },
		{ "mx.", "localdomain" },
	};
	struct conf_error e;
	char name[256];
	size_t i;

	ATF_REQUIRE_EQ(0, gethostname(name, sizeof(name)));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new(0);
		struct conf *c = conf_new(a, "/nowhere");

		ATF_CHECK_STREQ(name, conf_eval(c, "myhostname", &e));
		conf_set(c, "myhostname", cases[i].host);
		ATF_CHECK_STREQ(cases[i].domain, conf_eval(c, "mydomain",
		    &e));
		arena_free(&a);
	}
}

ATF_TC_WITHOUT_HEAD(own);
ATF_TC_BODY(own, tc)
{
	static const struct {
		const char *interfaces, *protocols;
		bool v4, v6;		/* what may be among them */
		int ok;
	} cases[] = {
		{ "loopback-only", "all", true, true, 0 },
		{ "loopback-only", "ipv4", true, false, 0 },
		{ "all", "ipv6", false, true, 0 },
		{ "127.0.0.1, [::1]", "ipv4", true, false, 0 },
		{ "192.0.2.99", "all", true, false, 0 },
		{ "no.such.host.invalid", "all", true, true, -1 },
	};
	size_t i, k, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new(0);
		struct conf *c = conf_new(a, "/nowhere");
		struct conf_addr *addrs;
		struct conf_error e = { "" };

		conf_set(c, "inet_interfaces", cases[i].interfaces);
		conf_set(c, "inet_protocols", cases[i].protocols);
		ATF_CHECK_EQ_MSG(cases[i].ok, conf_own_addrs(c, &addrs, &n,
		    &e), "%s: %s", cases[i].interfaces, e.text);
		if (cases[i].ok == -1) {
			ATF_CHECK_MSG(strstr(e.text, cases[i].interfaces) !=
			    NULL, "%s", e.text);
			arena_free(&a);
			continue;
		}
		for (k = 0; k < n; k++)
			ATF_CHECK_MSG(addrs[k].family == AF_INET ?
			    cases[i].v4 : cases[i].v6, "%s, %s",
			    cases[i].interfaces, cases[i].protocols);
		if (strcmp(cases[i].protocols, "ipv4") == 0)
			ATF_CHECK_EQ_MSG(1, n, "%s", cases[i].interfaces);
		arena_free(&a);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, networks);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, own);
	return (atf_no_error());
}

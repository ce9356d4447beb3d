/* SPDX-License-Identifier: ISC */
/* resolv.conf and trust anchors. */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "servers.h"

static const struct {
	const char	*label, *file, *want;
} cases[] = {
	{ "one", "nameserver 192.0.2.1\n", "192.0.2.1 " },
	{ "three, in order", "nameserver 192.0.2.1\nnameserver\t::1\n"
	    "nameserver  192.0.2.3  \n", "192.0.2.1 ::1 192.0.2.3 " },
	{ "no newline, CR", "nameserver 192.0.2.1\r\nnameserver 192.0.2.2",
	    "192.0.2.1 192.0.2.2 " },
	{ "other lines", "; nameserver 1.1.1.1\n#nameserver 2.2.2.2\n"
	    "domain nameserver\nsearch a b\noptions ndots:2\n"
	    "nameservers 3.3.3.3\nnameserver 192.0.2.1 # here\n",
	    "192.0.2.1 " },
	{ "leading space, as the C library", "  nameserver 192.0.2.1\n",
	    "192.0.2.1 " },
	{ "nothing", "", "" },
	{ "no address", "nameserver\nnameserver ns.example\n", "" },
	{ "a zone", "nameserver fe80::1%eth0\nnameserver ::2\n", "::2 " },
	{ "a port", "nameserver 192.0.2.1@5353\n", "" },
};

ATF_TC_WITHOUT_HEAD(parses);
ATF_TC_BODY(parses, tc)
{
	struct arena *a = arena_new(0);
	struct servers s;
	char got[1024];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = 0;

		servers_parse(a, view_of(cases[i].file), &s);
		got[0] = '\0';
		for (size_t k = 0; k < s.n; k++)
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%s ",
			    s.addr[k]);
		ATF_CHECK_STREQ_MSG(cases[i].want, got, "%s", cases[i].label);
	}
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	struct arena *a = arena_new(0);
	char text[3000] = "";
	struct servers s;
	size_t n = 0;

	for (int i = 0; i < 100; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "nameserver 192.0.2.%d\n", i);
	servers_parse(a, view_of(text), &s);
	ATF_CHECK_EQ(SERVERS_MAX, s.n);
	arena_free(&a);
}

static bool
note(const char *record, void *arg)
{
	struct buf *text = arg;

	buf_xprintf(text, "%s|", record);
	return (strstr(record, "stop") == NULL);
}

ATF_TC_WITHOUT_HEAD(anchors);
ATF_TC_BODY(anchors, tc)
{
	struct arena *a = arena_new(0);
	struct buf got;

	buf_init(&got, 1024);
	ATF_CHECK(anchors_each(a, view_of("; autotrust\n# x\n\n"
	    ". IN DS 1 2 3 ab ;;state=2\n  . IN DNSKEY 257 3 8 AwE=\r\n"),
	    note, &got));
	ATF_CHECK_STREQ(". IN DS 1 2 3 ab|. IN DNSKEY 257 3 8 AwE=|", buf_str(&got));
	buf_reset(&got);
	ATF_CHECK(!anchors_each(a, view_of("one\nstop\nthree\n"), note, &got));
	ATF_CHECK_STREQ("one|stop|", buf_str(&got));
	ATF_CHECK(!anchors_each(a, (struct view){ "a\0b", 3 }, note, &got));
	buf_fini(&got);
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, parses);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, anchors);
	return (atf_no_error());
}

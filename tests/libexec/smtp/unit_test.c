/* SPDX-License-Identifier: ISC */
/* Parts of smtp(8) on their own: order of hosts, nexthops, MIME. */
#include <arpa/inet.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "content.h"
#include "smtp_in.h"
#include "world.h"

static struct host
host(const char *addr, uint32_t pref)
{
	struct host h = { .name = addr, .pref = pref };

	ATF_REQUIRE(dns_addr_parse(view_of(addr), &h.addr));
	return (h);
}

/* Whatever order DNS gives, a worker finds the one before it had. */
ATF_TC_WITHOUT_HEAD(order_is_stable);
ATF_TC_BODY(order_is_stable, tc)
{
	struct arena *a = arena_new(0);
	struct host one[5] = { host("192.0.2.1", 10), host("192.0.2.2", 10),
		host("192.0.2.3", 20), host("2001:db8::1", 10),
		host("2001:db8::3", 5) };
	struct host two[5] = { one[3], one[4], one[2], one[1], one[0] };
	bool differs = false;
	uint64_t seed = order_seed("4ABC", "example.org");

	world_conf(a, NULL);
	order_hosts(one, 5, seed);
	order_hosts(two, 5, seed);
	for (int i = 0; i < 5; i++)
		ATF_CHECK(dns_addr_eq(&one[i].addr, &two[i].addr));
	ATF_CHECK_EQ(5, one[0].pref);
	ATF_CHECK_EQ(20, one[4].pref);
	for (int k = 0; k < 50 && !differs; k++) {
		order_hosts(two, 5, seed + k);
		differs = !dns_addr_eq(&one[1].addr, &two[1].addr);
	}
	ATF_CHECK_MSG(differs, "no mail goes to another host first");
	ATF_CHECK(seed != order_seed("4ABD", "example.org"));
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(order_balance);
ATF_TC_BODY(order_balance, tc)
{
	static const char *const fixed[] = { "smtp_randomize_addresses", "no",
		NULL };
	struct arena *a = arena_new(0);
	struct host h[7];

	world_conf(a, fixed);
	for (int i = 0; i < 6; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "2001:db8::%d", i + 1);
		h[i] = host(text, 1);
		h[i].name = NULL;
	}
	h[6] = host("192.0.2.1", 1);
	ATF_CHECK_EQ(7, order_limit(h, 7, 0));
	ATF_CHECK_EQ(7, order_limit(h, 7, 9));
	ATF_CHECK_EQ(5, order_limit(h, 7, 5));
	ATF_CHECK_EQ(AF_INET, h[4].addr.family);
	ATF_CHECK_EQ(AF_INET6, h[3].addr.family);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(nexthop);
ATF_TC_BODY(nexthop, tc)
{
	static const struct {
		const char	*text, *host;
		uint32_t	 port;
		bool		 direct;
		size_t		 n;
	} rows[] = {
		{ "example.com", "example.com", 25, false, 1 },
		{ "example.com:26", "example.com", 26, false, 1 },
		{ "example.com:submission", "example.com", 587, false, 1 },
		{ "[example.com]", "example.com", 25, true, 1 },
		{ "[example.com]:smtps", "example.com", 465, true, 1 },
		{ "[192.0.2.1]:2525", "192.0.2.1", 2525, true, 1 },
		{ "[ipv6:2001:db8::1]:26", "2001:db8::1", 26, true, 1 },
		{ "[2001:db8::1]", "2001:db8::1", 25, true, 1 },
		{ "inet:example.com:26", "example.com", 26, false, 1 },
		{ "a.example, [b.example]:26", "a.example", 25, false, 2 },
		{ "", NULL, 0, false, 0 },
		{ "[]", NULL, 0, false, 0 },
		{ "[example.com", NULL, 0, false, 0 },
		{ "[example.com]x", NULL, 0, false, 0 },
		{ "example.com:", NULL, 0, false, 0 },
		{ "example.com:0", NULL, 0, false, 0 },
		{ "example.com:65536", NULL, 0, false, 0 },
		{ "example.com:nosuch", NULL, 0, false, 0 },
	};
	struct arena *a = arena_new(0);

	world_conf(a, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct site s[SITES_MAX];
		struct verdict why = { .dsn = "" };
		size_t n = nexthop_sites(a, rows[i].text, "", s, &why);

		ATF_CHECK_MSG(n == rows[i].n, "%s: %zu", rows[i].text, n);
		if (n == 0) {
			ATF_CHECK_STREQ("4.3.5", why.dsn);
			continue;
		}
		ATF_CHECK_STREQ(rows[i].host, s[0].host);
		ATF_CHECK_EQ(rows[i].port, s[0].port);
		ATF_CHECK_EQ(rows[i].direct, s[0].direct);
	}
	arena_free(&a);
}

static void
collect(void *arg, const char *p, size_t n)
{
	ATF_REQUIRE_EQ(0, buf_put(arg, p, n));
}

/* MIME: what is converted, what is not; at every cut the same. */
static const struct {
	const char	*label, *in, *out;
} mimes[] = {
	{ "not declared", "A: b\n\n\303\274\n", "A: b\n\n\303\274\n" },
	{ "7bit stays", "Content-Transfer-Encoding: 7bit\n\nx=\n",
	    "Content-Transfer-Encoding: 7bit\n\nx=\n" },
	{ "base64 stays", "Content-Transfer-Encoding: base64\n\nAA==\n",
	    "Content-Transfer-Encoding: base64\n\nAA==\n" },
	{ "8bit", "Content-Transfer-Encoding: 8bit\nA: b\n\n\303\274 =\t\n",
	    "A: b\nContent-Transfer-Encoding: quoted-printable\n\n"
	    "=C3=BC =3D=09\n" },
	{ "multipart", "Content-Type: multipart/mixed;\n boundary=\"x y\"\n"
	    "Content-Transfer-Encoding: 8bit\n\npre\n--x y\n"
	    "Content-Transfer-Encoding: 8bit\n\n\344\n--x y\n\nplain=\n"
	    "--x y--\nepilogue=\n",
	    "Content-Type: multipart/mixed;\n boundary=\"x y\"\n"
	    "Content-Transfer-Encoding: 7bit\n\npre\n--x y\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n=E4\n--x y\n\n"
	    "plain=\n--x y--\nepilogue=\n" },
	{ "message in multipart", "Content-Type: multipart/mixed; boundary=b\n"
	    "\n--b\nContent-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: 8bit\n\nSubject: in\n"
	    "Content-Transfer-Encoding: 8bit\n\n\344\n--b--\n",
	    "Content-Type: multipart/mixed; boundary=b\n"
	    "\n--b\nContent-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: 7bit\n\nSubject: in\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n=E4\n--b--\n" },
	{ "header only", "Content-Transfer-Encoding: 8bit\nA: b\n",
	    "A: b\n" },
	{ "no newline", "Content-Transfer-Encoding: 8bit\n\n\344",
	    "Content-Transfer-Encoding: quoted-printable\n\n=E4\n" },
	{ "empty", "", "" },
};

ATF_TC_WITHOUT_HEAD(to_7bit);
ATF_TC_BODY(to_7bit, tc)
{
	struct arena *a = arena_new(0);
	struct buf out;

	world_conf(a, NULL);
	buf_init(&out, 100000);
	for (size_t i = 0; i < sizeof(mimes) / sizeof(mimes[0]); i++) {
		size_t n = strlen(mimes[i].in);

		for (size_t cut = 0; cut <= n; cut++) {
			struct edit *e = arena_get(a, sizeof(*e));

			buf_reset(&out);
			edit_init(e, false, true, collect, &out);
			edit_put(e, mimes[i].in, cut);
			edit_put(e, mimes[i].in + cut, n - cut);
			edit_end(e);
			edit_fini(e);
			ATF_CHECK_MSG(strcmp(mimes[i].out, buf_str(&out)) == 0,
			    "%s, cut at %zu: %s", mimes[i].label, cut,
			    buf_str(&out));
		}
		arena_reset(a);
	}
	buf_fini(&out);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(qp);
ATF_TC_BODY(qp, tc)
{
	struct buf in, out;

	buf_init(&in, 1000);
	buf_init(&out, 10000);
	for (int i = 0; i < 80; i++)
		buf_xputs(&in, i % 3 == 0 ? "=" : "a");
	qp_line(buf_view(&in), &out);
	for (const char *p = buf_str(&out); *p != '\0';) {
		size_t n = strcspn(p, "\n");

		ATF_CHECK_MSG(n <= 76, "%zu columns", n);
		p += n + 1;
	}
	buf_reset(&out);
	qp_line(view_of("ends with a blank "), &out);
	ATF_CHECK_STREQ("ends with a blank=20\n", buf_str(&out));
	buf_fini(&in);
	buf_fini(&out);
}

/* The wire: any cut of the input gives the same output. */
ATF_TC_WITHOUT_HEAD(wire);
ATF_TC_BODY(wire, tc)
{
	static const char in[] = "a\n.b\n\n..\n12345678901\n.2345678901\nend";
	static const char want[] = "a\r\n..b\r\n\r\n...\r\n1234567890\r\n 1\r\n"
	    "..234567890\r\n 1\r\nend\r\n";
	struct wire *w = malloc(sizeof(*w));
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(in); i++) {
		buf_reset(&out);
		wire_init(w, 10, collect, &out);
		wire_put(w, in, i);
		wire_put(w, in + i, sizeof(in) - 1 - i);
		wire_end(w);
		ATF_CHECK_MSG(strcmp(want, buf_str(&out)) == 0, "%zu: %s", i,
		    buf_str(&out));
		ATF_CHECK(w->broken);
	}
	wire_init(w, 10, collect, &out);
	wire_put(w, "1234567890\n", 11);
	wire_end(w);
	ATF_CHECK_MSG(!w->broken, "a line of the limit");
	buf_fini(&out);
	free(w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, order_is_stable);
	ATF_TP_ADD_TC(tp, order_balance);
	ATF_TP_ADD_TC(tp, nexthop);
	ATF_TP_ADD_TC(tp, to_7bit);
	ATF_TP_ADD_TC(tp, qp);
	ATF_TP_ADD_TC(tp, wire);
	return (atf_no_error());
}

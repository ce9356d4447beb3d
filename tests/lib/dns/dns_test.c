/* SPDX-License-Identifier: ISC */
/* The resolver's client against resolvers that behave and that do not. */
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/chan.h"
#include "dns/dns.h"

#define QUESTIONS	300		/* more than one frame's worth */

static void (*behaviour)(struct chan *ch, struct msg_dns_query *q, size_t n);
static int dials;

/* What a resolver says of "4.NAME": one address; "no.NAME": NXDOMAIN... */
static void
answer_one(struct chan *ch, const struct msg_dns_query *q)
{
	struct msg_dns_answer a = { .id = q->id, .type = q->type,
		.name = q->name, .status = DNS_OK, .count = 1, .secure = 1 };
	struct msg_dns_record r = { .type = q->type, .ttl = 5 };
	bool six = q->type == DNS_AAAA;

	r.data = (struct view){ six ? "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
	    : "\xc0\0\2\1", six ? 16 : 4 };
	if (strncmp(q->name, "no.", 3) == 0)
		a.status = DNS_NXDOMAIN;
	else if (strncmp(q->name, "fail.", 5) == 0)
		a.status = DNS_TEMPFAIL;
	else if (strncmp(q->name, "4only.", 6) == 0 && six)
		a.status = DNS_NODATA;
	else if (strncmp(q->name, "4fail6.", 7) == 0 && six)
		a.status = DNS_TEMPFAIL;
	else if (strncmp(q->name, "none.", 5) == 0)
		a.count = 0;
	if (a.status != DNS_OK)
		a.count = 0;
	if (q->type == DNS_MX) {
		r.name = "mx.example";
		r.pref = 10;
		r.data.n = 0;
	}
	if (chan_put(ch, V_dns_answer, &a) < 0)
		_exit(1);
	if (a.count > 0 && chan_put(ch, V_dns_record, &r) < 0)
		_exit(1);
}

static void
backwards(struct chan *ch, struct msg_dns_query *q, size_t n)
{
	while (n-- > 0)
		answer_one(ch, &q[n]);
}

/* Answers to questions that nobody asked, with records, come first. */
static void
strays(struct chan *ch, struct msg_dns_query *q, size_t n)
{
	struct msg_dns_query other = q[0];

	other.id += 1000000;
	answer_one(ch, &other);
	backwards(ch, q, n);
	answer_one(ch, &q[0]);
}

static void
silent(struct chan *ch, struct msg_dns_query *q, size_t n)
{
	(void)ch;
	(void)q;
	(void)n;
}

/* Resolvers that make way before they have read anything. */
static void
two_go(struct chan *ch, struct msg_dns_query *q, size_t n)
{
	if (dials <= 2)
		_exit(0);
	backwards(ch, q, n);
}

static void
always_goes(struct chan *ch, struct msg_dns_query *q, size_t n)
{
	silent(ch, q, n);
	_exit(0);
}

/* The first resolver dies after one answer. */
static void
dies_once(struct chan *ch, struct msg_dns_query *q, size_t n)
{
	if (dials > 1) {
		backwards(ch, q, n);
		return;
	}
	answer_one(ch, &q[0]);
	if (chan_flush(ch, mono_in(span_s(5))) < 0)
		_exit(1);
	_exit(0);
}

static _Noreturn void
resolver(int fd)
{
	struct chan *ch = chan_server(fd, ROLE_SMTP, getppid());
	struct msg_dns_query *q = calloc(QUESTIONS, sizeof(*q));
	enum verb verb;

	role_self = ROLE_RESOLVER;
	for (;;) {
		size_t n = 0;

		do {
			if (chan_next(ch, MONO_NEVER, &verb) != CHAN_MESSAGE ||
			    n == QUESTIONS || !chan_get(ch, &q[n]))
				_exit(0);
			q[n].name = strdup(q[n].name);
			n++;
		} while (chan_more(ch));
		behaviour(ch, q, n);
		if (chan_flush(ch, mono_in(span_s(5))) < 0)
			_exit(0);
	}
}

static struct chan *
dial(const char *service)
{
	int p[2];

	ATF_CHECK_STREQ("resolver", service);
	dials++;
	if (behaviour == NULL) {
		errno = ENOENT;
		return (NULL);
	}
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    p));
	if (fork() == 0) {
		close(p[0]);
		resolver(p[1]);
	}
	close(p[1]);
	role_self = ROLE_SMTP;
	return (chan_client(p[0], ROLE_RESOLVER));
}

static void
ask(struct arena *a, struct dns *d, struct dns_lookup *q, size_t n, int ms)
{
	dns_ask(d, a, q, n, mono_in(span_ms(ms)));
}

ATF_TC_WITHOUT_HEAD(batch);
ATF_TC_BODY(batch, tc)
{
	struct arena *a = arena_new(0);
	struct dns_lookup *q = arena_array(a, QUESTIONS, sizeof(*q));
	struct dns_addr addr;
	struct dns d;

	dns_init(&d, dial, "resolver");
	behaviour = backwards;
	for (int i = 0; i < QUESTIONS; i++) {
		q[i].type = DNS_A;
		q[i].name = arena_printf(a, i % 3 == 0 ? "no.%d" : "%d.example",
		    i);
	}
	ask(a, &d, q, QUESTIONS, 20000);
	for (int i = 0; i < QUESTIONS; i++) {
		ATF_CHECK_EQ(i % 3 == 0 ? DNS_NXDOMAIN : DNS_OK, q[i].status);
		ATF_CHECK_STREQ(q[i].name, q[i].cname);
		if (i % 3 == 0) {
			ATF_CHECK_EQ(0, q[i].nrr);
			continue;
		}
		ATF_REQUIRE_EQ(1, q[i].nrr);
		ATF_CHECK(q[i].secure);
		ATF_CHECK(dns_addr_record(&q[i].rr[0], &addr));
	}
	ATF_CHECK_EQ(1, dials);
	dns_fini(&d);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(strange_answers);
ATF_TC_BODY(strange_answers, tc)
{
	struct arena *a = arena_new(0);
	struct dns_lookup one = { .type = DNS_MX, .name = "example" };
	struct dns_lookup two = { .type = DNS_A, .name = "none.example" };
	struct dns_lookup three = { .type = DNS_A, .name = "example" };
	char name[600];
	struct dns_lookup lng = { .type = DNS_A, .name = name };
	struct dns d;

	dns_init(&d, dial, "resolver");
	behaviour = strays;
	ask(a, &d, &one, 1, 20000);
	ATF_CHECK_EQ(DNS_OK, one.status);
	ATF_REQUIRE_EQ(1, one.nrr);
	ATF_CHECK_STREQ("mx.example", one.rr[0].name);
	ATF_CHECK_EQ(10, one.rr[0].pref);
	/* The answer that came twice does not meet the next question. */
	ask(a, &d, &two, 1, 20000);
	ATF_CHECK_EQ(DNS_NODATA, two.status);
	ask(a, &d, &three, 1, 20000);
	ATF_CHECK_EQ(DNS_OK, three.status);
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ask(a, &d, &lng, 1, 20000);
	ATF_CHECK_EQ(DNS_INVALID, lng.status);
	dns_fini(&d);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(trouble);
ATF_TC_BODY(trouble, tc)
{
	struct arena *a = arena_new(0);
	struct dns_lookup q[3];
	struct dns d;

	dns_init(&d, dial, "resolver");
	for (int i = 0; i < 3; i++)
		q[i] = (struct dns_lookup){ .type = DNS_A, .name = "example" };
	behaviour = NULL;
	ask(a, &d, q, 3, 1000);
	ATF_CHECK_EQ(DNS_TEMPFAIL, q[2].status);
	ATF_CHECK_STREQ("the resolver is not available", q[2].text);

	for (int i = 0; i < 3; i++)
		q[i] = (struct dns_lookup){ .type = DNS_A, .name = "example" };
	behaviour = silent;
	ask(a, &d, q, 3, 50);
	ATF_CHECK_EQ(DNS_TEMPFAIL, q[0].status);
	ATF_CHECK_STREQ("no answer from the resolver in time", q[0].text);

	/* A kept channel whose resolver goes away is replaced. */
	for (int i = 0; i < 3; i++)
		q[i] = (struct dns_lookup){ .type = DNS_A, .name = "example" };
	behaviour = dies_once;
	dials = 0;
	d.chan = dial("resolver");
	ask(a, &d, q, 3, 20000);
	ATF_CHECK_EQ(2, dials);
	for (int i = 0; i < 3; i++)
		ATF_CHECK_EQ(DNS_OK, q[i].status);
	dns_fini(&d);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(attempts);
ATF_TC_BODY(attempts, tc)
{
	static const struct {
		const char	*label;
		void		(*how)(struct chan *, struct msg_dns_query *,
				    size_t);
		enum dns_status	 status;
		int		 dials;
	} cases[] = {
		{ "new ones make way, the third answers", two_go, DNS_OK, 3 },
		{ "none answers: bounded", always_goes, DNS_TEMPFAIL, 3 },
		{ "none is there: asked once", NULL, DNS_TEMPFAIL, 1 },
	};
	struct arena *a = arena_new(0);
	struct dns d;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dns_lookup q = { .type = DNS_A, .name = "example" };

		dns_init(&d, dial, "resolver");
		behaviour = cases[i].how;
		dials = 0;
		ask(a, &d, &q, 1, 20000);
		ATF_CHECK_EQ_MSG(cases[i].status, q.status, "%s",
		    cases[i].label);
		ATF_CHECK_EQ_MSG(cases[i].dials, dials, "%s",
		    cases[i].label);
		dns_fini(&d);
	}
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(addresses);
ATF_TC_BODY(addresses, tc)
{
	static const struct {
		const char	*name;
		uint32_t	 families;
		enum dns_status	 status;
		enum dns_type	 type;
		size_t		 n;
	} rows[] = {
		{ "example", DNS_V4 | DNS_V6, DNS_OK, 0, 2 },
		{ "example", DNS_V4, DNS_OK, 0, 1 },
		{ "example", DNS_V6, DNS_OK, 0, 1 },
		{ "4only.example", DNS_V4 | DNS_V6, DNS_OK, 0, 1 },
		{ "4fail6.example", DNS_V4 | DNS_V6, DNS_OK, 0, 1 },
		{ "4only.example", DNS_V6, DNS_NODATA, DNS_AAAA, 0 },
		{ "no.example", DNS_V4 | DNS_V6, DNS_NXDOMAIN, DNS_AAAA, 0 },
		{ "fail.example", DNS_V4, DNS_TEMPFAIL, DNS_A, 0 },
		{ "example", 0, DNS_NODATA, 0, 0 },
	};
	struct arena *a = arena_new(0);
	struct dns_addrs n[2];
	struct dns d;

	dns_init(&d, dial, "resolver");
	behaviour = backwards;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		n[0] = (struct dns_addrs){ .name = "no.example" };
		n[1] = (struct dns_addrs){ .name = rows[i].name };
		dns_find_addrs(&d, a, n, 2, rows[i].families, 0,
		    mono_in(span_s(20)));
		ATF_CHECK_MSG(n[1].status == rows[i].status, "%zu: %d", i,
		    n[1].status);
		ATF_CHECK_EQ(rows[i].n, n[1].naddr);
		if (n[1].naddr == 0)
			ATF_CHECK_EQ(rows[i].type, n[1].type);
		ATF_CHECK_EQ(0, n[0].naddr);
	}
	dns_fini(&d);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(address_text);
ATF_TC_BODY(address_text, tc)
{
	static const struct {
		const char	*in, *out;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "[192.0.2.1]", "192.0.2.1" },
		{ "2001:DB8::1", "2001:db8::1" },
		{ "[IPv6:2001:db8:0:0::1]", "2001:db8::1" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "", NULL },
		{ "[]", NULL },
		{ "192.0.2", NULL },
		{ "192.0.2.256", NULL },
		{ "192.0.2.1 ", NULL },
		{ "example.com", NULL },
		{ "2001:db8::1%eth0", NULL },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb",
		    NULL },
	};
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr un = { .sa_family = AF_UNIX };
	struct dns_addr a, b;
	char text[DNS_ADDR_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool ok = dns_addr_parse(view_of(rows[i].in), &a);

		ATF_CHECK_MSG(ok == (rows[i].out != NULL), "%s", rows[i].in);
		if (ok)
			ATF_CHECK_STREQ(rows[i].out, dns_addr_text(&a, text));
	}
	in.sin_addr.s_addr = htonl(0xc0000201);
	in6.sin6_addr.s6_addr[15] = 1;
	ATF_CHECK(dns_addr_sockaddr((struct sockaddr *)&in, &a));
	ATF_CHECK_STREQ("192.0.2.1", dns_addr_text(&a, text));
	ATF_CHECK(dns_addr_sockaddr((struct sockaddr *)&in6, &b));
	ATF_CHECK_STREQ("::1", dns_addr_text(&b, text));
	ATF_CHECK(!dns_addr_eq(&a, &b));
	ATF_CHECK(dns_addr_eq(&a, &a));
	ATF_CHECK(!dns_addr_sockaddr(&un, &a));
	/* Records of a wrong size are no addresses. */
	ATF_CHECK(!dns_addr_record(&(struct dns_record){ .type = DNS_A,
	    .data = VIEW("abc") }, &a));
	ATF_CHECK(!dns_addr_record(&(struct dns_record){ .type = DNS_AAAA,
	    .data = VIEW("abcd") }, &a));
	ATF_CHECK(!dns_addr_record(&(struct dns_record){ .type = DNS_MX,
	    .data = VIEW("abcd") }, &a));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, batch);
	ATF_TP_ADD_TC(tp, strange_answers);
	ATF_TP_ADD_TC(tp, trouble);
	ATF_TP_ADD_TC(tp, attempts);
	ATF_TP_ADD_TC(tp, addresses);
	ATF_TP_ADD_TC(tp, address_text);
	return (atf_no_error());
}

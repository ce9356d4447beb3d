/* SPDX-License-Identifier: ISC */
/*
 * The resolver in its own confinement against a name server that answers
 * rightly and wrongly (nameserver.py), in a network of its own.
 */
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "role_run.h"

#define MAX_RR	120

static struct role_run	run;
static struct chan	*ch;

/* The last answer: as m, its records as text. */
static struct msg_dns_answer m;
static char	name[256];
static char	rr[MAX_RR][128];

/* Ends with the test: its standard input does. */
static void
start_server(const atf_tc_t *tc)
{
	char zone[512], word[16];
	int in[2], out[2];
	ssize_t n;
	pid_t pid;

	(void)snprintf(zone, sizeof(zone), "%s/signed.txt",
	    atf_tc_get_config_var(tc, "srcdir"));
	ATF_REQUIRE(pipe(in) == 0 && pipe(out) == 0);
	ATF_REQUIRE((pid = fork()) >= 0);
	if (pid == 0) {
		if (dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0)
			_exit(1);
		for (int i = 0; i < 2; i++) {
			(void)close(in[i]);
			(void)close(out[i]);
		}
		(void)execlp("python3", "python3", NAMESERVER, zone, NULL);
		_exit(1);
	}
	ATF_REQUIRE(fcntl(in[1], F_SETFD, FD_CLOEXEC) == 0);
	(void)close(in[0]);
	(void)close(out[1]);
	n = read(out[0], word, sizeof(word));
	/* "ready", of which the newline may come later */
	ATF_REQUIRE_MSG(n > 0 && word[0] == 'r', "no name server");
}

static void
put(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");

	ATF_REQUIRE(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

struct setup {
	const char	*maincf, *servers, *hosts;
	bool		 validate;
};

static void
begin(const atf_tc_t *tc, const struct setup *s)
{
	char anchor[512];
	struct run_file files[] = { { "resolv.conf", "resolv.conf" },
		{ "hosts", "hosts" }, { "trust_anchor", anchor } };

	(void)snprintf(anchor, sizeof(anchor), "%s/anchor.txt",
	    atf_tc_get_config_var(tc, "srcdir"));
	put("resolv.conf", s->servers != NULL ? s->servers :
	    "nameserver 127.0.0.1\n");
	put("hosts", s->hosts != NULL ? s->hosts : "");
	run_own_network();
	start_server(tc);
	run_start(&run, ROLE_RESOLVER, OBJTOP, s->maincf, files,
	    s->validate ? 3 : 2);
	ch = run_dial(&run, ROLE_SMTP);
}

static void
record_text(char *to, const struct msg_dns_record *r)
{
	size_t n = 0;

	n += (size_t)snprintf(to, 128, "%u", r->pref);
	if (r->weight != 0 || r->port != 0)
		n += (size_t)snprintf(to + n, 128 - n, "/%u/%u", r->weight,
		    r->port);
	n += (size_t)snprintf(to + n, 128 - n, " %s ", r->name);
	for (size_t i = 0; i < r->data.n && n < 125; i++)
		n += (size_t)snprintf(to + n, 128 - n,
		    r->type == DNS_TXT ? "%c" : "%02x",
		    (unsigned char)r->data.p[i]);
}

static void
send_query(uint32_t id, uint32_t type, const char *what, uint32_t flags)
{
	const struct msg_dns_query q = { id, type, flags, what };

	ATF_REQUIRE(chan_put(ch, V_dns_query, &q) == 0);
}

static void
read_answer(void)
{
	struct msg_dns_record r;
	enum verb verb;
	uint32_t count;

	ATF_REQUIRE(chan_next(ch, SOON, &verb) == CHAN_MESSAGE);
	ATF_REQUIRE_EQ(V_dns_answer, verb);
	ATF_REQUIRE(chan_get(ch, &m));
	(void)snprintf(name, sizeof(name), "%s", m.name);
	count = m.count;
	(void)printf("%u: status %u, secure %u, %u records, name %s, %s\n",
	    m.id, m.status, m.secure, m.count, m.name, m.text);
	ATF_REQUIRE(count <= MAX_RR);
	for (uint32_t i = 0; i < count; i++) {
		ATF_REQUIRE(chan_next(ch, SOON, &verb) == CHAN_MESSAGE);
		ATF_REQUIRE_EQ(V_dns_record, verb);
		ATF_REQUIRE(chan_get(ch, &r));
		record_text(rr[i], &r);
	}
}

static void
ask(uint32_t type, const char *what, uint32_t flags)
{
	send_query(7, type, what, flags);
	ATF_REQUIRE(chan_flush(ch, SOON) == 0);
	read_answer();
	ATF_CHECK_EQ(7, m.id);
	ATF_CHECK_EQ(type, m.type);
}

static int
rr_cmp(const void *a, const void *b)
{
	return (strcmp(a, b));
}

/* All records, sorted, as one text. */
static const char *
all(void)
{
	static char text[MAX_RR * 128];
	size_t n = 0;

	qsort(rr, m.count, sizeof(rr[0]), rr_cmp);
	text[0] = '\0';
	for (uint32_t i = 0; i < m.count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
		    i > 0 ? ", " : "", rr[i]);
	return (text);
}

#define SERVED_TC(tc, words)						\
	ATF_TC(tc);							\
	ATF_TC_HEAD(tc, t)						\
	{								\
		atf_tc_set_md_var(t, "descr", words);			\
		atf_tc_set_md_var(t, "require.user", "root");		\
		atf_tc_set_md_var(t, "require.progs", "python3");	\
	}								\
	ATF_TC_BODY(tc, t)

static const struct {
	const char	*label;
	uint32_t	 type;
	const char	*what;
	enum dns_status	 status;
	const char	*name, *records;
} cases[] = {
	{ "A", DNS_A, "host.example", DNS_OK, "host.example",
	    "0  c0000201, 0  c0000202" },
	{ "AAAA", DNS_AAAA, "host.example", DNS_OK, "host.example",
	    "0  20010db8000000000000000000000001" },
	{ "MX", DNS_MX, "mail.example", DNS_OK, "mail.example",
	    "10 mx1.example , 20 mx2.example " },
	{ "null MX", DNS_MX, "null.example", DNS_OK, "null.example", "0 . " },
	{ "TXT", DNS_TXT, "text.example", DNS_OK, "text.example",
	    "0  hello world" },
	{ "TLSA", DNS_TLSA, "_25._tcp.host.example", DNS_OK,
	    "_25._tcp.host.example", "196865  030101000102030405060708090a0b"
	    "0c0d0e0f101112131415161718191a1b1c1d1e1f" },
	{ "SRV", DNS_SRV, "_smtp._tcp.host.example", DNS_OK,
	    "_smtp._tcp.host.example", "1/2/25 host.example " },
	{ "NS", DNS_NS, "host.example", DNS_OK, "host.example",
	    "0 ns.example " },
	{ "SOA", DNS_SOA, "host.example", DNS_OK, "host.example",
	    "0 ns.example " },
	{ "CNAME itself", DNS_CNAME, "alias2.example", DNS_OK,
	    "alias2.example", "0 host.example " },
	{ "CNAME chain", DNS_A, "alias.example", DNS_OK, "host.example",
	    "0  c0000201, 0  c0000202" },
	{ "CNAME chain without", DNS_MX, "alias.example", DNS_NODATA,
	    "host.example", "" },
	{ "CNAME loop", DNS_A, "loop1.example", DNS_TEMPFAIL, NULL, "" },
	{ "PTR", DNS_PTR, "192.0.2.1", DNS_OK, "1.2.0.192.in-addr.arpa",
	    "0 host.example " },
	{ "PTR of IPv6", DNS_PTR, "2001:db8::1", DNS_OK, NULL,
	    "0 six.example " },
	{ "PTR of a private network", DNS_PTR, "10.0.0.1", DNS_OK, NULL,
	    "0 private.example " },
	{ "name does not exist", DNS_A, "nx.example", DNS_NXDOMAIN,
	    "nx.example", "" },
	{ "no such type", DNS_TXT, "host.example", DNS_NODATA,
	    "host.example", "" },
	{ "server failure", DNS_A, "servfail.example", DNS_TEMPFAIL, NULL,
	    "" },
	{ "garbage", DNS_A, "garbage.example", DNS_TEMPFAIL, NULL, "" },
	{ "noise after the header", DNS_A, "noise.example", DNS_TEMPFAIL,
	    NULL, "" },
	{ "cut short", DNS_A, "short.example", DNS_TEMPFAIL, NULL, "" },
	{ "another's answer", DNS_A, "wrongid.example", DNS_TEMPFAIL, NULL,
	    "" },
	{ "a host with a space", DNS_MX, "odd.example", DNS_OK,
	    "odd.example", "20 good.example " },
	{ "only such hosts", DNS_MX, "allodd.example", DNS_TEMPFAIL, NULL,
	    "" },
	{ "punycode", DNS_A, "xn--bcher-kva.example", DNS_OK,
	    "xn--bcher-kva.example", "0  c0000209" },
	{ "a name below test.", DNS_A, "odd.test", DNS_OK, "odd.test",
	    "0  c000020a" },
	{ "dot at the end", DNS_A, "xn--bcher-kva.example.", DNS_OK,
	    "xn--bcher-kva.example", "0  c0000209" },
	{ "empty name", DNS_A, "", DNS_INVALID, "", "" },
	{ "empty label", DNS_A, "a..example", DNS_INVALID, "", "" },
	{ "label too long", DNS_A, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaa.example", DNS_INVALID, "", "" },
	{ "space", DNS_A, "a b.example", DNS_INVALID, "", "" },
	{ "escape", DNS_A, "a\\.b.example", DNS_INVALID, "", "" },
	{ "UTF-8", DNS_A, "b\xc3\xbc" "cher.example", DNS_INVALID, "", "" },
	{ "PTR of a name", DNS_PTR, "host.example", DNS_INVALID, "", "" },
};

static void
play(const atf_tc_t *t, const char *servers)
{
	begin(t, &(struct setup){ .servers = servers,
	    .maincf = "resolver_timeout = 3s\n" });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask(cases[i].type, cases[i].what, 0);
		ATF_CHECK_MSG(m.status == cases[i].status,
		    "%s: status %u, want %u", cases[i].label, m.status,
		    cases[i].status);
		ATF_CHECK_MSG(cases[i].name == NULL ||
		    strcmp(name, cases[i].name) == 0, "%s: name %s",
		    cases[i].label, name);
		ATF_CHECK_MSG(strcmp(all(), cases[i].records) == 0,
		    "%s: got %s, want %s", cases[i].label, all(),
		    cases[i].records);
		ATF_CHECK_EQ_MSG(0, m.secure, "%s", cases[i].label);
	}
	ATF_CHECK_EQ(0, run_drain(&run));
}

SERVED_TC(answers, "each type, each error, over IPv4")
{
	play(t, "nameserver 127.0.0.1\n");
}

SERVED_TC(answers_ipv6, "the same over IPv6")
{
	play(t, "# comment\nsearch example\nnameserver ::1\noptions edns0\n");
}

SERVED_TC(large, "an answer that needs TCP; more records than are handed on")
{
	begin(t, &(struct setup){ 0 });
	ask(DNS_A, "big.example", 0);
	ATF_CHECK_EQ(60, m.count);
	ask(DNS_A, "many.example", 0);
	ATF_CHECK_EQ(DNS_RECORD_MAX, m.count);
}

SERVED_TC(cache, "the second question is not asked again")
{
	begin(t, &(struct setup){ 0 });
	for (int i = 0; i < 3; i++) {
		ask(DNS_A, "count.example", 0);
		ATF_CHECK_STREQ("0  c0000201", all());
	}
}

SERVED_TC(silence, "a server that says nothing; others do not wait for it")
{
	begin(t, &(struct setup){ .maincf = "resolver_timeout = 1s\n" });
	send_query(1, DNS_A, "silent.example", 0);
	send_query(2, DNS_A, "host.example", 0);
	ATF_REQUIRE(chan_flush(ch, SOON) == 0);
	read_answer();
	ATF_CHECK_EQ(2, m.id);
	ATF_CHECK_EQ(DNS_OK, m.status);
	read_answer();
	ATF_CHECK_EQ(1, m.id);
	ATF_CHECK_EQ(DNS_TEMPFAIL, m.status);
}

SERVED_TC(flood, "each of very many questions gets one answer")
{
	static bool seen[3000];
	unsigned refused = 0;

	begin(t, &(struct setup){ .maincf = "resolver_timeout = 2s\n" });
	for (uint32_t i = 0; i < 3000; i++) {
		send_query(i, DNS_A, "silent.example", 0);
		ATF_REQUIRE(i % 100 != 99 || chan_flush(ch, SOON) == 0);
	}
	for (int i = 0; i < 3000; i++) {
		read_answer();
		ATF_REQUIRE(m.id < 3000 && !seen[m.id]);
		seen[m.id] = true;
		ATF_CHECK_EQ(DNS_TEMPFAIL, m.status);
		refused += strcmp(m.text, "too many questions") == 0;
	}
	ATF_CHECK_EQ(3000 - 1024, refused);
	ask(DNS_A, "host.example", 0);
	ATF_CHECK_EQ(DNS_OK, m.status);
}

SERVED_TC(client_leaves, "a client that goes takes its questions with it")
{
	begin(t, &(struct setup){ .maincf = "resolver_timeout = 600s\n" });
	for (int i = 0; i < 20; i++) {
		for (uint32_t k = 0; k < 1000; k++)
			send_query(k, DNS_A, "silent.example", 0);
		ATF_REQUIRE(chan_flush(ch, SOON) == 0);
		chan_free(&ch);
		ch = run_dial(&run, ROLE_SMTPD);
	}
	ask(DNS_A, "host.example", 0);
	ATF_CHECK_EQ(DNS_OK, m.status);
	/* Were a question of them left, this would wait for it. */
	ATF_CHECK_EQ(0, run_drain(&run));
}

SERVED_TC(drains, "told to drain, it answers first")
{
	begin(t, &(struct setup){ .maincf = "resolver_timeout = 1s\n" });
	send_query(1, DNS_A, "silent.example", 0);
	send_query(2, DNS_A, "host.example", 0);
	ATF_REQUIRE(chan_flush(ch, SOON) == 0);
	read_answer();
	ATF_CHECK_EQ(0, run_drain(&run));
	read_answer();
	ATF_CHECK_EQ(1, m.id);
}

SERVED_TC(hosts, "names of the hosts file")
{
	begin(t, &(struct setup){ .hosts = "127.0.0.1 localhost\n"
	    "::1 localhost ip6-localhost\n"
	    "10.9.8.7 Inside.Example inside # comment\n"
	    "10.9.8.7 other\n10.9.8.6 inside.example\nbad line\n" });
	ask(DNS_A, "inside.example", DNS_Q_HOSTS);
	ATF_CHECK_STREQ("0  0a090806, 0  0a090807", all());
	ask(DNS_A, "INSIDE.", DNS_Q_HOSTS);
	ATF_CHECK_STREQ("0  0a090807", all());
	ask(DNS_AAAA, "inside.example", DNS_Q_HOSTS);
	ATF_CHECK_EQ(DNS_NODATA, m.status);
	ask(DNS_AAAA, "localhost", DNS_Q_HOSTS);
	ATF_CHECK_STREQ("0  00000000000000000000000000000001", all());
	ask(DNS_PTR, "10.9.8.7", DNS_Q_HOSTS);
	ATF_CHECK_STREQ("0 Inside.Example ", all());
	ask(DNS_PTR, "::ffff:10.9.8.7", DNS_Q_HOSTS);
	ATF_CHECK_STREQ("0 Inside.Example ", all());
	ask(DNS_A, "inside.example", 0);
	ATF_CHECK_EQ_MSG(DNS_NXDOMAIN, m.status, "without the flag");
	ask(DNS_A, "host.example", DNS_Q_HOSTS);
	ATF_CHECK_EQ_MSG(2, m.count, "DNS is next");
	ask(DNS_A, "host.example", DNS_Q_HOSTS | DNS_Q_NODNS);
	ATF_CHECK_EQ_MSG(DNS_NXDOMAIN, m.status, "no DNS");
}

SERVED_TC(no_server, "without a name server questions fail at once")
{
	begin(t, &(struct setup){ .servers = "search example\n",
	    .hosts = "192.0.2.99 h.example\n" });
	ask(DNS_MX, "mail.example", 0);
	ATF_CHECK_EQ(DNS_TEMPFAIL, m.status);
	ask(DNS_A, "h.example", DNS_Q_HOSTS);
	ATF_CHECK_EQ(DNS_OK, m.status);
}

#define GOOD_TLSA	"_25._tcp.good.signed.example"
#define FORGED_TLSA	"_25._tcp.forged.signed.example"

SERVED_TC(dnssec, "what is validated is secure; what is forged is not")
{
	begin(t, &(struct setup){ .validate = true });
	ask(DNS_A, "good.signed.example", 0);
	ATF_CHECK_EQ(1, m.secure);
	ATF_CHECK_STREQ("0  c0000250", all());
	ask(DNS_TLSA, GOOD_TLSA, 0);
	ATF_CHECK_EQ(1, m.secure);
	ATF_CHECK_EQ(1, m.count);
	ask(DNS_TXT, "good.signed.example", 0);
	ATF_CHECK_EQ(DNS_NODATA, m.status);
	ATF_CHECK_EQ_MSG(1, m.secure, "the absence is proven");
	ask(DNS_A, "host.example", 0);
	ATF_CHECK_EQ_MSG(0, m.secure, "no anchor for it");
	for (int i = 0; i < 2; i++) {
		ask(DNS_A, "forged.signed.example", 0);
		ATF_CHECK_EQ(DNS_OK, m.status);
		ATF_CHECK_EQ(0, m.secure);
		ATF_CHECK_EQ(1, m.count);
		ask(DNS_TLSA, FORGED_TLSA, 0);
		ATF_CHECK_EQ(DNS_BOGUS, m.status);
		ATF_CHECK_EQ(0, m.count);
		ask(DNS_A, "guarded.signed.example", 0);
		ATF_CHECK_EQ_MSG(DNS_TEMPFAIL, m.status,
		    "its server says that it is forged, not that it is not");
	}
}

SERVED_TC(dnssec_leaves, "a client goes while a question is asked again")
{
	begin(t, &(struct setup){ .validate = true });
	for (int i = 0; i < 20; i++) {
		for (uint32_t k = 0; k < 50; k++) {
			send_query(k, DNS_A, "forged.signed.example", 0);
			send_query(k, DNS_A, "guarded.signed.example", 0);
		}
		ATF_REQUIRE(chan_flush(ch, SOON) == 0);
		if (i % 2 == 0)
			read_answer();
		chan_free(&ch);
		ch = run_dial(&run, ROLE_SMTPD);
	}
	ask(DNS_A, "good.signed.example", 0);
	ATF_CHECK_EQ(1, m.secure);
	ATF_CHECK_EQ(0, run_drain(&run));
}

SERVED_TC(dnssec_strict, "resolver_dnssec_strict: what is forged is no answer")
{
	begin(t, &(struct setup){ .validate = true,
	    .maincf = "resolver_dnssec_strict = yes\n" });
	ask(DNS_A, "good.signed.example", 0);
	ATF_CHECK_EQ(1, m.secure);
	ask(DNS_A, "forged.signed.example", 0);
	ATF_CHECK_EQ(DNS_BOGUS, m.status);
	ATF_CHECK_EQ(0, m.count);
	ask(DNS_TLSA, FORGED_TLSA, 0);
	ATF_CHECK_EQ(DNS_BOGUS, m.status);
}

SERVED_TC(bad_client, "a type that nobody knows ends the channel, not the rest")
{
	enum verb verb;

	begin(t, &(struct setup){ 0 });
	send_query(1, 255, "host.example", 0);
	ATF_REQUIRE(chan_flush(ch, SOON) == 0);
	ATF_CHECK_EQ(CHAN_GONE, chan_next(ch, SOON, &verb));
	ATF_CHECK(strstr(run_log(&run), "unknown type of record") != NULL);
	chan_free(&ch);
	ch = run_dial(&run, ROLE_SMTP);
	ask(DNS_A, "host.example", 0);
	ATF_CHECK_EQ(DNS_OK, m.status);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, answers);
	ATF_TP_ADD_TC(tp, answers_ipv6);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, cache);
	ATF_TP_ADD_TC(tp, silence);
	ATF_TP_ADD_TC(tp, flood);
	ATF_TP_ADD_TC(tp, client_leaves);
	ATF_TP_ADD_TC(tp, drains);
	ATF_TP_ADD_TC(tp, hosts);
	ATF_TP_ADD_TC(tp, no_server);
	ATF_TP_ADD_TC(tp, dnssec);
	ATF_TP_ADD_TC(tp, dnssec_leaves);
	ATF_TP_ADD_TC(tp, dnssec_strict);
	ATF_TP_ADD_TC(tp, bad_client);
	return (atf_no_error());
}

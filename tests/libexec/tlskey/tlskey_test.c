/* SPDX-License-Identifier: ISC */
/* tlskey in its confinement: what it refuses, and whom it throws out. */
#include <sys/wait.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "broker/control.h"
#include "conf/conf.h"
#include "role_run.h"

#include "blob.h"
#include "tls_pairs.h"

#define SMTP	"smtp/inet"
#define OTHER	"submission/inet"

static struct role_run run;

/* The next line that has "part" in it; lines before it are skipped. */
static void
wait_log(const char *part)
{
	while (strstr(run_log(&run), part) == NULL)
		;
}

static void
put_file(const char *path, const char *a, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ATF_REQUIRE(fd >= 0 && fd_write_all(fd, a, n) == 0);
	fd_close(&fd);
}

/* What master makes of a line of master.cf. */
static void
put_params(const char *path, const char *maincf)
{
	struct arena *a = arena_new(0);
	struct conf_error e = { .text = "" };
	struct conf *c;
	struct buf b;

	put_file("main.cf", maincf, strlen(maincf));
	c = conf_load(a, ".", &e);
	ATF_REQUIRE_MSG(c != NULL, "%s", e.text);
	buf_init(&b, 1024 * 1024);
	ATF_REQUIRE(conf_export(c, conf_role_mask("tlskey"), &b, &e) == 0);
	put_file(path, b.p, b.n);
	buf_fini(&b);
	arena_free(&a);
}

static void
start(const char *type, const char *maincf)
{
	const struct run_file files[] = { { "/a.key", "a.key" },
		{ "/a.crt", "a.crt" } };
	char text[1024];

	make_pair(type, "a");
	(void)snprintf(text, sizeof(text), "smtpd_tls_cert_file = /a.crt\n"
	    "smtpd_tls_key_file = /a.key\n%s", maincf);
	run_start(&run, ROLE_TLSKEY, OBJTOP, text, files, 2);
}

static int
open_as(struct chan *ch, const char *service, enum tlskey_purpose purpose,
    struct msg_tlskey_opened *m)
{
	const struct msg_tlskey_open ask = { service, purpose };

	return (chan_call(ch, V_tlskey_open, &ask, V_tlskey_opened, m, SOON));
}

static struct chan *
opened(const char *service, enum tlskey_purpose purpose, uint32_t chains)
{
	struct chan *ch = run_dial(&run, ROLE_TLSPROXY);
	struct msg_tlskey_opened m;

	ATF_REQUIRE(open_as(ch, service, purpose, &m) == 0);
	ATF_REQUIRE_EQ(chains, m.chains);
	return (ch);
}

/* The identity of the key of NAME.crt. */
static void
identity(const char *path, unsigned char id[TLSKEY_ID_LEN])
{
	FILE *f = fopen(path, "r");
	unsigned char *der = NULL;
	X509 *cert;
	int n;

	ATF_REQUIRE(f != NULL);
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	ATF_REQUIRE(cert != NULL);
	n = i2d_PUBKEY(X509_get0_pubkey(cert), &der);
	ATF_REQUIRE(n > 0 && EVP_Digest(der, (size_t)n, id, NULL,
	    EVP_sha256(), NULL) == 1);
	OPENSSL_free(der);
	X509_free(cert);
	(void)fclose(f);
}

static int
sign(struct chan *ch, const char *cert, uint32_t scheme, struct view tbs)
{
	unsigned char id[TLSKEY_ID_LEN];
	struct msg_tlskey_signed answer;
	struct msg_tlskey_sign m = { .scheme = scheme, .tbs = tbs };

	identity(cert, id);
	m.key = (struct view){ (const char *)id, sizeof(id) };
	if (chan_call(ch, V_tlskey_sign, &m, V_tlskey_signed, &answer, SOON) <
	    0)
		return (-1);
	return ((int)answer.signature.n);
}

static struct view
good(void)
{
	static struct buf b;

	buf_init(&b, 1000);
	blob_tls13(&b, false, 32);
	return (buf_view(&b));
}

ROOT_TC(refuses, "all but a handshake ends the channel and is in the log")
{
	static const struct {
		const char	*label;
		uint32_t	 scheme;
		const char	*log;
	} cases[] = {
		{ "scheme", 0x0804, "scheme" },
		{ "client", 0x0403, "context string" },
		{ "short", 0x0403, "hash" },
		{ "group", 0x0403, "group" },
		{ "hash", 0x0403, "too short" },
		{ "empty", 0x0403, "too short" },
		{ "long", 0x0403, "too long" },
	};
	struct buf b[7];
	struct chan *ch;

	(void)t;
	start("p256", "");
	for (size_t i = 0; i < 7; i++)
		buf_init(&b[i], 10000);
	blob_tls13(&b[0], false, 32);
	blob_tls13(&b[1], true, 32);
	blob_tls13(&b[2], false, 20);
	blob_tls12(&b[3], 22, 65, 4);
	blob_fill(&b[4], 0x55, 32);
	blob_fill(&b[6], ' ', 513);
	for (size_t i = 0; i < 7; i++) {
		ch = opened(SMTP, TLSKEY_SERVER, 1);
		ATF_CHECK_MSG(sign(ch, "a.crt", 0x0403, good()) > 0,
		    "before %s", cases[i].label);
		ATF_CHECK_MSG(sign(ch, "a.crt", cases[i].scheme,
		    buf_view(&b[i])) < 0, "%s", cases[i].label);
		wait_log(cases[i].log);
		ATF_CHECK_MSG(sign(ch, "a.crt", 0x0403, good()) < 0,
		    "after %s", cases[i].label);
		chan_free(&ch);
	}
	ATF_CHECK_EQ(0, run_drain(&run));
}

ROOT_TC(belongs, "a channel signs with the keys of its service only")
{
	const struct run_file files[] = {
		{ "/a.key", "a.key" }, { "/a.crt", "a.crt" },
		{ "/b.pem", "b.pem" }, { "/c.pem", "c.pem" },
		{ "params:smtpd:" SMTP, "one" },
		{ "params:smtpd:" OTHER, "two" },
		{ "params:smtp:smtp/unix", "three" },
	};
	struct msg_tlskey_opened m;
	struct chan *ch;

	(void)t;
	make_pair("p256", "a");
	make_pair("ed25519", "b");
	make_pair("p384", "c");
	put_params("one", "smtpd_tls_cert_file = /a.crt\n"
	    "smtpd_tls_key_file = /a.key\n");
	put_params("two", "smtpd_tls_chain_files = /b.pem\n"
	    "smtp_tls_cert_file = /c.pem\n");
	put_params("three", "smtp_tls_cert_file = /c.pem\n"
	    "smtpd_tls_chain_files = /b.pem\n");
	run_start(&run, ROLE_TLSKEY, OBJTOP, NULL, files, 7);

	ch = opened(SMTP, TLSKEY_SERVER, 1);
	ATF_CHECK(sign(ch, "a.crt", 0x0403, good()) > 0);
	ATF_CHECK(sign(ch, "b.crt", 0x0807, good()) < 0);
	wait_log("service smtp/inet: the key is not one of this service");
	chan_free(&ch);

	ch = opened(OTHER, TLSKEY_SERVER, 1);
	ATF_CHECK(sign(ch, "b.crt", 0x0807, good()) > 0);
	ATF_CHECK(open_as(ch, SMTP, TLSKEY_SERVER, &m) < 0);
	wait_log("service submission/inet: the channel is for another");
	chan_free(&ch);

	ch = opened("smtp/unix", TLSKEY_SMTP_CLIENT, 1);
	ATF_CHECK(open_as(ch, "smtp/unix", TLSKEY_SERVER, &m) < 0);
	wait_log("the channel is for another");
	chan_free(&ch);

	/* A key of a client signs as a client. */
	ch = opened("smtp/unix", TLSKEY_SMTP_CLIENT, 1);
	ATF_CHECK(sign(ch, "c.crt", 0x0503, good()) < 0);
	wait_log("context string");
	chan_free(&ch);

	ch = opened("smtp/unix", TLSKEY_SERVER, 0);
	chan_free(&ch);
	ch = opened(SMTP, TLSKEY_SMTP_CLIENT, 0);
	chan_free(&ch);
	ch = opened("nobody/inet", TLSKEY_SERVER, 0);
	ATF_CHECK(sign(ch, "a.crt", 0x0403, good()) < 0);
	wait_log("service nobody/inet: the key is not one of this service");
	chan_free(&ch);
	ATF_CHECK_EQ(0, run_drain(&run));
}

ROOT_TC(order, "a channel is opened first")
{
	const struct msg_tlskey_chain first = { 0 }, second = { 1 };
	const struct msg_tlskey_name name = { "example.com" };
	struct msg_tlskey_opened m;
	struct msg_tlskey_certs c;
	struct chan *ch;

	(void)t;
	start("p256", "");
	ch = run_dial(&run, ROLE_TLSPROXY);
	ATF_CHECK(chan_call(ch, V_tlskey_chain, &first, V_tlskey_certs, &c,
	    SOON) < 0);
	wait_log("not open");
	chan_free(&ch);
	ch = run_dial(&run, ROLE_TLSPROXY);
	ATF_CHECK(sign(ch, "a.crt", 0x0403, good()) < 0);
	wait_log("not open");
	chan_free(&ch);
	ch = opened(SMTP, TLSKEY_SERVER, 1);
	ATF_CHECK(chan_call(ch, V_tlskey_chain, &first, V_tlskey_certs, &c,
	    SOON) == 0 && c.certs.n > 100);
	ATF_CHECK(chan_call(ch, V_tlskey_name, &name, V_tlskey_opened, &m,
	    SOON) == 0 && m.chains == 0);
	chan_free(&ch);
	ch = opened(SMTP, TLSKEY_SERVER, 1);
	ATF_CHECK(chan_call(ch, V_tlskey_chain, &second, V_tlskey_certs, &c,
	    SOON) < 0);
	wait_log("no such chain");
	chan_free(&ch);
	/* Who has nothing to do with TLS does not even get a channel. */
	ch = run_dial(&run, ROLE_SMTPD);
	ATF_CHECK(open_as(ch, SMTP, TLSKEY_SERVER, &m) < 0);
	wait_log("role smtpd");
	chan_free(&ch);
	ATF_CHECK_EQ(0, run_drain(&run));
}

ROOT_TC(limits, "a session, and a second, have so many signatures")
{
	struct chan *ch;

	(void)t;
	start("ed25519", "tlskey_channel_limit = 3\n");
	ch = opened(SMTP, TLSKEY_SERVER, 1);
	for (int i = 0; i < 3; i++)
		ATF_CHECK(sign(ch, "a.crt", 0x0807, good()) > 0);
	ATF_CHECK(sign(ch, "a.crt", 0x0807, good()) < 0);
	wait_log("tlskey_channel_limit");
	chan_free(&ch);
	ATF_CHECK_EQ(0, run_drain(&run));

	start("ed25519", "tlskey_rate_limit = 5\ntlskey_channel_limit = "
	    "1000\n");
	ch = opened(SMTP, TLSKEY_SERVER, 1);
	for (int i = 0; i < 5; i++)
		ATF_CHECK(sign(ch, "a.crt", 0x0807, good()) > 0);
	for (int i = 0; sign(ch, "a.crt", 0x0807, good()) > 0; i++)
		ATF_REQUIRE_MSG(i < 100, "there is no limit");
	wait_log("tlskey_rate_limit");
	chan_free(&ch);
	ATF_CHECK_EQ(0, run_drain(&run));
}

/* Files that are not a pair, each with what the log says. */
ROOT_TC(bad_pairs, "a bad pair is refused, others work")
{
	static const struct {
		const char	*cert, *key, *log;
	} cases[] = {
		{ "/b.crt", "/a.key", "is not that of its certificate" },
		{ "/a.key", "/a.key", "there is no certificate" },
		{ "/a.crt", "/a.crt", "there is no private key" },
		{ "/a.crt", "/cut", "not PEM" },
		{ "/cut", "/a.key", "not PEM" },
		{ "/none", "/a.key", "/none: cannot be read" },
		{ "/a.crt", "/locked", "encrypted" },
		{ "/zero", "/zero", "there is no private key" },
	};
	const struct run_file files[] = {
		{ "/a.key", "a.key" }, { "/a.crt", "a.crt" },
		{ "/b.crt", "b.crt" }, { "/b.key", "b.key" },
		{ "/cut", "cut" }, { "/locked", "locked" },
		{ "/zero", "/dev/null" },
	};
	char text[1024];
	struct chan *ch;
	FILE *f;

	(void)t;
	make_pair("rsa", "a");
	make_pair("p256", "b");
	put_file("cut", "-----BEGIN PRIVATE KEY-----\nMIIB\n", 33);
	ATF_REQUIRE((f = fopen("locked", "w")) != NULL);
	ATF_REQUIRE(fputs("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n"
	    "-----END ENCRYPTED PRIVATE KEY-----\n", f) >= 0);
	ATF_REQUIRE(fclose(f) == 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "smtpd_tls_cert_file = %s\nsmtpd_tls_key_file = %s\n"
		    "smtpd_tls_eccert_file = /b.crt\n"
		    "smtpd_tls_eckey_file = /b.key\n",
		    cases[i].cert, cases[i].key);
		run_start(&run, ROLE_TLSKEY, OBJTOP, text, files, 7);
		wait_log(cases[i].log);
		wait_log("1 of the configured certificates");
		ch = opened(SMTP, TLSKEY_SERVER, 1);
		ATF_CHECK(sign(ch, "b.crt", 0x0403, good()) > 0);
		chan_free(&ch);
		ATF_CHECK_EQ(0, run_drain(&run));
	}
}

ROOT_TC(chain_files, "several keys, each with its chain, over two files")
{
	const struct run_file files[] = { { "/a.pem", "a.pem" },
		{ "/b.key", "b.key" }, { "/b.crt", "b.crt" } };
	struct chan *ch;

	(void)t;
	make_pair("p256", "a");
	make_pair("rsa", "b");
	run_start(&run, ROLE_TLSKEY, OBJTOP,
	    "smtpd_tls_chain_files = /a.pem, /b.key /b.crt\n", files, 3);
	ch = opened(SMTP, TLSKEY_SERVER, 2);
	ATF_CHECK(sign(ch, "a.crt", 0x0403, good()) > 0);
	ATF_CHECK(sign(ch, "b.crt", 0x0804, good()) == 256);
	chan_free(&ch);
	ATF_CHECK_EQ(0, run_drain(&run));
	run_start(&run, ROLE_TLSKEY, OBJTOP,
	    "smtpd_tls_chain_files = /b.crt, /b.key\n", files, 3);
	wait_log("in front of its key");
	ATF_CHECK_EQ(0, run_drain(&run));
}

/* The other processes of the role have the first as their parent. */
static size_t
count_children(pid_t pid)
{
	char path[64], line[4096] = "";
	size_t n = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children",
	    (long)pid, (long)pid);
	if ((f = fopen(path, "r")) == NULL)
		atf_tc_skip("no list of children in /proc");
	if (fgets(line, sizeof(line), f) != NULL)
		for (const char *p = line; *p != '\0'; p++)
			n += *p == ' ';
	(void)fclose(f);
	return (n);
}

ROOT_TC(processes, "an RSA key has a process for each processor")
{
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct chan *ch[20];
	struct mono deadline = SOON;

	(void)t;
	start("rsa", "");
	for (size_t i = 0; i < 20; i++)
		ch[i] = opened(SMTP, TLSKEY_SERVER, 1);
	while (count_children(run.pid) != (size_t)(cpus > 64 ? 64 : cpus) - 1)
		ATF_REQUIRE_MSG(!mono_past(deadline), "%zu children",
		    count_children(run.pid));
	for (size_t i = 0; i < 20; i++)
		ATF_CHECK(sign(ch[i], "a.crt", 0x0804, good()) == 256);
	/* All of them go on for those that they have. */
	run_tell_drain(&run);
	for (size_t i = 0; i < 20; i++) {
		ATF_CHECK(sign(ch[i], "a.crt", 0x0804, good()) == 256);
		chan_free(&ch[i]);
	}
	ATF_CHECK_EQ(0, run_ended(&run));
	start("p256", "");
	ATF_CHECK_EQ(0, count_children(run.pid));
	ATF_CHECK_EQ(0, run_drain(&run));
}

static bool
scan(const char *key, pid_t pid)
{
	char number[24], byte;
	int sv[2], status;
	pid_t child;
	bool found;

	(void)snprintf(number, sizeof(number), "%ld", (long)pid);
	ATF_REQUIRE(pipe2(sv, O_CLOEXEC) == 0);
	ATF_REQUIRE((child = fork()) >= 0);
	if (child == 0) {
		(void)dup2(sv[1], STDOUT_FILENO);
		(void)execl(OBJTOP "/tests/libexec/tlskey/keyscan", "keyscan",
		    key, number, (char *)NULL);
		_exit(3);
	}
	fd_close(&sv[1]);
	found = read(sv[0], &byte, 1) == 1;
	fd_close(&sv[0]);
	ATF_REQUIRE(waitpid(child, &status, 0) == child && status == 0);
	return (found);
}

ROOT_TC(memory, "the scan finds a key where it is, and nowhere else")
{
	static const char *const types[] = { "rsa", "p256", "ed25519" };
	struct chan *ch;

	(void)t;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		start(types[i], "");
		ch = opened(SMTP, TLSKEY_SERVER, 1);
		ATF_CHECK_MSG(scan("a.key", run.pid), "%s", types[i]);
		make_pair(types[i], "b");
		ATF_CHECK_MSG(!scan("b.key", run.pid), "%s", types[i]);
		chan_free(&ch);
		ATF_CHECK_EQ(0, run_drain(&run));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, refuses);
	ATF_TP_ADD_TC(tp, belongs);
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, bad_pairs);
	ATF_TP_ADD_TC(tp, chain_files);
	ATF_TP_ADD_TC(tp, processes);
	ATF_TP_ADD_TC(tp, memory);
	return (atf_no_error());
}

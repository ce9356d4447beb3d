/* SPDX-License-Identifier: ISC */
/* dial(8)'s clients: what they get, what they do not. */
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "client.h"
#include "conf/conf.h"
#include "rules.h"

static int log_fd;

static void
sink(enum log_level level, const char *line, size_t n)
{
	(void)level;
	if (write(log_fd, line, n) < 0 || write(log_fd, "\n", 1) < 0)
		abort();
}

static const char *
logged(void)
{
	static char text[10000];
	ssize_t n = pread(log_fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return (text);
}

static void
configure(struct arena *a, const char *const *conf)
{
	static struct params params;
	struct conf *c = conf_new(a, "/nonexistent");
	struct conf_error e;

	for (; conf != NULL && *conf != NULL; conf += 2)
		conf_set(c, conf[0], conf[1]);
	if (conf_params(c, CONF_EVERYTHING, &params, &e) < 0)
		atf_tc_fail("%s", e.text);
	cf = &params;
	rules_init();
}

static _Noreturn void
all_gone(void)
{
	exit(0);
}

/* dial in a process of its own, with "n" clients of that role. */
static pid_t
start(enum role_id role, struct chan **ch, size_t n)
{
	int p[4][2];
	pid_t pid;

	log_fd = open("log", O_RDWR | O_CREAT | O_APPEND | O_TRUNC, 0600);
	for (size_t i = 0; i < n; i++)
		ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET |
		    SOCK_CLOEXEC, 0, p[i]));
	if ((pid = fork()) == 0) {
		struct loop *l = loop_new();

		log_open("postfix/dial", sink);
		role_self = ROLE_DIAL;
		for (size_t i = 0; i < n; i++) {
			close(p[i][0]);
			client_new(l, chan_server(p[i][1], role, 123));
		}
		client_drain(all_gone);
		loop_run(l);
		exit(1);
	}
	role_self = role;
	for (size_t i = 0; i < n; i++) {
		close(p[i][1]);
		ch[i] = chan_client(p[i][0], ROLE_DIAL);
	}
	return (pid);
}

static void
stop(pid_t pid, struct chan **ch, size_t n)
{
	int status;

	for (size_t i = 0; i < n; i++)
		chan_free(&ch[i]);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0, "0x%x",
	    status);
	close(log_fd);
}

static int
ask(struct chan *ch, const char *addr, uint32_t port, const char *source,
    uint32_t ms, int *fd)
{
	struct msg_dial_tcp m = { .id = 7, .port = port, .timeout_ms = ms,
		.address = addr, .source = source };
	struct msg_dial_done done;

	ATF_REQUIRE_EQ(0, chan_call(ch, V_dial_tcp, &m, V_dial_done, &done,
	    mono_in(span_s(20))));
	ATF_CHECK_EQ(7, done.id);
	*fd = chan_take_fd(ch);
	ATF_CHECK_EQ(done.error == 0, *fd >= 0);
	return ((int)done.error);
}

static int
listener(int family, int backlog, uint32_t *port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr *sa = family == AF_INET ? (void *)&four : (void *)&six;
	socklen_t n = family == AF_INET ? sizeof(four) : sizeof(six);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, sa, n) < 0)
		return (-1);
	ATF_REQUIRE_EQ(0, listen(fd, backlog));
	ATF_REQUIRE_EQ(0, getsockname(fd, sa, &n));
	*port = ntohs(family == AF_INET ? four.sin_port : six.sin6_port);
	return (fd);
}

static void
check_descriptor(int fd)
{
	int on = 0;
	socklen_t n = sizeof(on);

	ATF_CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
	ATF_CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	ATF_CHECK_EQ(0, getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &n));
	ATF_CHECK(on != 0);
}

ATF_TC_WITHOUT_HEAD(connect);
ATF_TC_BODY(connect, tc)
{
	struct arena *a = arena_new(0);
	struct sockaddr_in from;
	socklen_t n = sizeof(from);
	struct chan *ch;
	uint32_t port, port6;
	int l = listener(AF_INET, 5, &port), fd, peer;
	int l6 = listener(AF_INET6, 5, &port6);
	pid_t pid;

	configure(a, NULL);
	pid = start(ROLE_SMTP, &ch, 1);
	ATF_CHECK_EQ(0, ask(ch, "127.0.0.1", port, "", 5000, &fd));
	check_descriptor(fd);
	peer = accept(l, NULL, NULL);
	ATF_REQUIRE_EQ(2, write(fd, "hi", 2));
	ATF_CHECK_EQ(2, read(peer, (char[2]){ 0 }, 2));
	close(fd);
	close(peer);
	ATF_CHECK_EQ(0, ask(ch, "127.0.0.1", port, "127.0.0.5", 5000, &fd));
	peer = accept(l, (struct sockaddr *)&from, &n);
	ATF_CHECK_EQ(0x7f000005, ntohl(from.sin_addr.s_addr));
	close(fd);
	close(peer);
	ATF_CHECK_EQ(EADDRNOTAVAIL, ask(ch, "127.0.0.1", port, "192.0.2.250",
	    5000, &fd));
	ATF_CHECK_EQ(EADDRNOTAVAIL, ask(ch, "127.0.0.1", port, "::1", 5000,
	    &fd));
	ATF_CHECK_EQ(EADDRNOTAVAIL, ask(ch, "127.0.0.1", port, "x", 5000,
	    &fd));
	if (l6 >= 0) {
		ATF_CHECK_EQ(0, ask(ch, "::1", port6, "", 5000, &fd));
		check_descriptor(fd);
		close(fd);
		close(l6);
	}
	/* A port where nobody listens; the child has the old one open. */
	peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	from = (struct sockaddr_in){ .sin_family = AF_INET };
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE_EQ(0, bind(peer, (struct sockaddr *)&from, n));
	ATF_REQUIRE_EQ(0, getsockname(peer, (struct sockaddr *)&from, &n));
	ATF_CHECK_EQ(ECONNREFUSED, ask(ch, "127.0.0.1", ntohs(from.sin_port),
	    "", 5000, &fd));
	close(peer);
	close(l);
	stop(pid, &ch, 1);
	arena_free(&a);
}

/* A listener whose queue is full does not answer. */
static int
full_listener(uint32_t *port, int *holders, size_t n)
{
	int l = listener(AF_INET, 0, port);
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)*port) };

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (size_t i = 0; i < n; i++) {
		holders[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC |
		    SOCK_NONBLOCK, 0);
		(void)connect(holders[i], (struct sockaddr *)&sa, sizeof(sa));
	}
	return (l);
}

ATF_TC_WITHOUT_HEAD(timeout);
ATF_TC_BODY(timeout, tc)
{
	static const char *const conf[] = { "dial_client_limit", "2", NULL };
	struct arena *a = arena_new(0);
	int holders[4], fd, l, good;
	uint32_t port, open_port;
	struct chan *ch[2];
	struct msg_dial_tcp m = { .timeout_ms = 10000, .address = "127.0.0.1",
		.source = "" };
	struct msg_dial_done done;
	enum verb verb;
	pid_t pid;

	configure(a, conf);
	l = full_listener(&port, holders, 4);
	good = listener(AF_INET, 5, &open_port);
	pid = start(ROLE_SMTP, ch, 2);
	ATF_CHECK_EQ(ETIMEDOUT, ask(ch[0], "127.0.0.1", port, "", 100, &fd));

	/* One client may wait for two; others are not held up. */
	m.port = port;
	for (m.id = 1; m.id <= 3; m.id++)
		ATF_REQUIRE_EQ(0, chan_put(ch[0], V_dial_tcp, &m));
	ATF_REQUIRE_EQ(0, chan_flush(ch[0], mono_in(span_s(5))));
	ATF_REQUIRE_EQ(CHAN_MESSAGE, chan_next(ch[0], mono_in(span_s(5)),
	    &verb));
	ATF_REQUIRE(chan_get(ch[0], &done));
	ATF_CHECK_EQ(3, done.id);
	ATF_CHECK_EQ(EAGAIN, (int)done.error);
	ATF_CHECK_EQ(0, ask(ch[1], "127.0.0.1", open_port, "", 5000, &fd));
	close(fd);
	/* It goes away in the middle; the other one does not notice. */
	chan_free(&ch[0]);
	ATF_CHECK_EQ(0, ask(ch[1], "127.0.0.1", open_port, "", 5000, &fd));
	close(fd);
	stop(pid, ch, 2);
	close(l);
	close(good);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const struct {
		const char	*addr;
		uint32_t	 port;
	} rows[] = {
		{ "127.0.0.1", 80 }, { "127.0.0.1", 0 }, { "127.0.0.1", 27 },
		{ "0.0.0.0", 25 }, { "0.1.2.3", 25 }, { "::", 25 },
		{ "255.255.255.255", 25 }, { "224.0.0.1", 25 },
		{ "ff02::1", 25 }, { "localhost", 25 }, { "", 25 },
		{ "[127.0.0.1]", 25 }, { "127.1", 25 },
	};
	static const char *const conf[] = { "dial_allowed_ports",
		"25-26, 587", NULL };
	struct arena *a = arena_new(0);
	struct chan *ch;
	char want[200];
	pid_t pid;
	int fd;

	configure(a, conf);
	pid = start(ROLE_SMTP, &ch, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ATF_CHECK_EQ_MSG(EPERM, ask(ch, rows[i].addr, rows[i].port, "",
		    1000, &fd), "%s", rows[i].addr);
		(void)snprintf(want, sizeof(want), "warning: refused: role "
		    "smtp(123) asked for [%s]:%u: ", rows[i].addr,
		    rows[i].port);
		ATF_CHECK_MSG(strstr(logged(), want) != NULL, "%s in %s", want,
		    logged());
	}
	ATF_CHECK(strstr(logged(), "the port is not in dial_allowed_ports") !=
	    NULL);
	stop(pid, &ch, 1);
	/* The rules themselves, for roles that have no endpoint. */
	ATF_CHECK(rules_tcp(ROLE_SMTP, "192.0.2.1", 26) == NULL);
	ATF_CHECK(rules_tcp(ROLE_SMTPD, "192.0.2.1", 26) != NULL);
	ATF_CHECK(rules_tcp(ROLE_SMTP, "192.0.2.1", 65536 + 25) != NULL);
	ATF_CHECK(rules_tcp(ROLE_LMTP, "192.0.2.1", 26) == NULL);
	arena_free(&a);
}

/* A verb that the matrix does not grant ends the channel. */
ATF_TC_WITHOUT_HEAD(stranger);
ATF_TC_BODY(stranger, tc)
{
	struct arena *a = arena_new(0);
	struct msg_dial_tcp m = { .address = "127.0.0.1", .port = 25 };
	struct msg_dial_done done;
	struct chan *ch;
	pid_t pid;

	configure(a, NULL);
	pid = start(ROLE_ANVIL, &ch, 1);
	ATF_CHECK_EQ(-1, chan_call(ch, V_dial_tcp, &m, V_dial_done, &done,
	    mono_in(span_s(5))));
	stop(pid, &ch, 1);
	arena_free(&a);
}

/* master, for UNIX sockets: number 1 is there, 2 is gone, 3 is full twice. */
static void
master(uint32_t id, uint32_t number)
{
	static int full = 2;
	int p[2];

	switch (number) {
	case 1:
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p) < 0)
			abort();
		if (write(p[1], "hi", 2) != 2)
			abort();
		close(p[1]);
		client_connected(id, 0, p[0]);
		return;
	case 3:
		if (full-- > 0)
			client_connected(id, EAGAIN, -1);
		else
			client_connected(id, ECONNREFUSED, -1);
		return;
	case 4:
		client_connected(id + 1, 0, -1);	/* of nobody */
		return;
	default:
		client_connected(id, ENOENT, -1);
		return;
	}
}

ATF_TC_WITHOUT_HEAD(unix_socket);
ATF_TC_BODY(unix_socket, tc)
{
	static const char *const conf[] = { "dial_endpoints",
		" smtpd=unix:/no/socket  lmtp=unix:/there.sock "
		"lmtp=unix:gone.sock lmtp=unix:full.sock lmtp=unix:deaf.sock",
		NULL };
	static const struct {
		const char	*path;
		int		 error;
	} rows[] = {
		{ "unix:/there.sock", 0 }, { "unix:gone.sock", ENOENT },
		{ "unix:full.sock", ECONNREFUSED }, { "unix:deaf.sock", ETIMEDOUT },
		{ "unix:other.sock", EPERM }, { "unix:there.sock", EPERM },
		{ "unix:/no/socket", EPERM }, { "", EPERM },
		{ "/there.sock", EPERM }, { "unix:", EPERM },
		{ "unix:/../there.sock", EPERM },
	};
	struct arena *a = arena_new(0);
	struct chan *ch;
	pid_t pid;

	configure(a, conf);
	client_ask = master;
	pid = start(ROLE_LMTP, &ch, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct msg_dial_endpoint m = { .text = rows[i].path,
			.timeout_ms = 300 };
		struct msg_dial_done done;
		char two[2] = "";
		int fd;

		ATF_REQUIRE_EQ(0, chan_call(ch, V_dial_endpoint, &m, V_dial_done,
		    &done, mono_in(span_s(5))));
		ATF_CHECK_EQ_MSG(rows[i].error, (int)done.error, "%s: %u",
		    rows[i].path, done.error);
		fd = chan_take_fd(ch);
		ATF_CHECK_EQ(rows[i].error == 0, fd >= 0);
		if (fd >= 0)
			ATF_CHECK(read(fd, two, 2) == 2 && two[0] == 'h');
		fd_close(&fd);
	}
	stop(pid, &ch, 1);
	arena_free(&a);
}

/* What a role may name; nothing that it asks can widen that. */
ATF_TC_WITHOUT_HEAD(by_role);
ATF_TC_BODY(by_role, tc)
{
	static const char *const conf[] = { "dial_endpoints",
		"lmtp=unix:/x smtpd=unix:private/auth nobody=unix:/y "
		"smtpd=inet:127.0.0.1:10023 smtpd=inet:localhost:7 "
		"smtpd=inet:[::1]:8 smtpd=inet:policy.example:9 "
		"smtpd=inet:127.0.0.1:0 smtpd=inet:127.0.0.1 smtpd=inet::5 "
		"smtpd= smtpd smtpd=tcp:x:1 smtpd=inet:a:65536", NULL };
	static const struct {
		enum role_id	 role;
		const char	*text;
		bool		 may;
	} rows[] = {
		{ ROLE_LMTP, "unix:/x", true }, { ROLE_SMTP, "unix:/x", false },
		{ ROLE_SMTPD, "unix:/x", false },
		{ ROLE_SMTPD, "unix:private/auth", true },
		{ ROLE_LMTP, "unix:private/auth", false },
		{ ROLE_SMTPD, "unix:/y", false },
		{ ROLE_SMTPD, "inet:127.0.0.1:10023", true },
		{ ROLE_CLEANUP, "inet:127.0.0.1:10023", false },
		{ ROLE_SMTPD, "inet:127.0.0.1:10024", false },
		{ ROLE_SMTPD, "inet:127.0.0.1:0", false },
		{ ROLE_SMTPD, "inet:127.0.0.1", false },
		{ ROLE_SMTPD, "inet:localhost:7", true },
		{ ROLE_SMTPD, "inet:LOCALHOST:7", false },
		{ ROLE_SMTPD, "inet:[::1]:8", true },
		{ ROLE_SMTPD, "inet:policy.example:9", true },
		{ ROLE_SMTPD, "inet::5", false }, { ROLE_SMTPD, "", false },
		{ ROLE_SMTPD, "tcp:x:1", false },
		{ ROLE_SMTPD, "inet:a:65536", false },
	};
	struct arena *a = arena_new(0);
	const struct endpoint *e;

	log_fd = open("log", O_RDWR | O_CREAT | O_TRUNC, 0600);
	log_open("dial", sink);
	configure(a, conf);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ATF_CHECK_EQ_MSG(rows[i].may, rules_endpoint(rows[i].role,
		    rows[i].text) != NULL, "%zu: %s", i, rows[i].text);
	ATF_CHECK(strstr(logged(), "not an address of a server: "
	    "smtpd=inet:127.0.0.1:0\n") != NULL);
	e = rules_endpoint(ROLE_SMTPD, "unix:private/auth");
	ATF_CHECK(e->is_unix && e->number == 1);
	e = rules_endpoint(ROLE_SMTPD, "inet:localhost:7");
	ATF_CHECK(e->host == NULL && e->naddr == 2 && e->port == 7);
	e = rules_endpoint(ROLE_SMTPD, "inet:policy.example:9");
	ATF_CHECK_STREQ("policy.example", e->host);
	arena_free(&a);
}

static int
ask_named(struct chan *ch, const char *text, int *fd)
{
	struct msg_dial_endpoint m = { .id = 9, .text = text,
		.timeout_ms = 5000 };
	struct msg_dial_done done;

	ATF_REQUIRE_EQ(0, chan_call(ch, V_dial_endpoint, &m, V_dial_done,
	    &done, mono_in(span_s(20))));
	*fd = chan_take_fd(ch);
	ATF_CHECK_EQ(done.error == 0, *fd >= 0);
	return ((int)done.error);
}

/* A fixed endpoint over TCP: each address in turn; and no verb for others. */
ATF_TC_WITHOUT_HEAD(inet);
ATF_TC_BODY(inet, tc)
{
	struct msg_dial_tcp m = { .id = 1, .address = "127.0.0.1",
		.source = "", .timeout_ms = 1000 };
	struct msg_dial_done done;
	struct arena *a = arena_new(0);
	const char *conf[] = { "dial_endpoints", NULL, NULL };
	uint32_t port;
	int l = listener(AF_INET6, 5, &port), fd;
	struct chan *ch;
	char text[60];
	pid_t pid;

	if (l < 0)
		l = listener(AF_INET, 5, &port);
	conf[1] = arena_printf(a, "smtpd=inet:localhost:%u", port);
	configure(a, conf);
	pid = start(ROLE_SMTPD, &ch, 1);
	(void)snprintf(text, sizeof(text), "inet:localhost:%u", port);
	ATF_CHECK_EQ(0, ask_named(ch, text, &fd));
	check_descriptor(fd);
	fd_close(&fd);
	(void)snprintf(text, sizeof(text), "inet:127.0.0.1:%u", port);
	ATF_CHECK_EQ(EPERM, ask_named(ch, text, &fd));
	ATF_CHECK(strstr(logged(), "warning: refused: role smtpd(123) asked "
	    "for inet:127.0.0.1:") != NULL);
	/* smtpd(8) has no verb for a host of its choice. */
	m.port = port;
	ATF_CHECK_EQ(-1, chan_call(ch, V_dial_tcp, &m, V_dial_done, &done,
	    mono_in(span_s(5))));
	close(l);
	stop(pid, &ch, 1);
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, connect);
	ATF_TP_ADD_TC(tp, timeout);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, stranger);
	ATF_TP_ADD_TC(tp, unix_socket);
	ATF_TP_ADD_TC(tp, by_role);
	ATF_TP_ADD_TC(tp, inet);
	return (atf_no_error());
}

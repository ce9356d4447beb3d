/* SPDX-License-Identifier: ISC */
/*
 * error(8), retry and discard(8): what they report to qmgr(8) and log, for
 * each form of nexthop.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/role.h"
#include "conf/conf.h"

#define SOON	mono_in(span_s(20))

int	error_main(int argc, char **argv);
int	discard_main(int argc, char **argv);

static const struct role *agent;
static const char *service;
static int log_fd;

/* In place of the skeleton. */
int
role_main(const struct role *role, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	agent = role;
	return (0);
}

const char *
role_service(void)
{
	return (service);
}

static void
sink(enum log_level level, const char *line, size_t n)
{
	(void)level;
	if (fd_write_all(log_fd, line, n) == -1 ||
	    fd_write_all(log_fd, "\n", 1) == -1)
		_exit(9);
}

static void
make_params(const char *role, const char *soft_bounce)
{
	static struct params params;
	static struct arena *a;	/* what it points to */
	struct conf_error e;
	struct conf *c;
	struct buf out;

	arena_free(&a);
	a = arena_new(0);
	c = conf_new(a, "/nonexistent");
	conf_set(c, "myhostname", "mx.test");
	conf_set(c, "soft_bounce", soft_bounce);
	buf_init(&out, 1 << 20);
	ATF_REQUIRE_MSG(conf_export(c, conf_role_mask(role), &out, &e) == 0,
	    "%s", e.text);
	ATF_REQUIRE_MSG(conf_import(a, buf_view(&out), &params, &e) == 0,
	    "%s", e.text);
	buf_fini(&out);
}

/* A request for two recipients; the answers as text, then the log. */
static void
deliver(const char *nexthop, char *out, size_t size)
{
	const struct msg_deliver m = { .queue_id = "4ABC", .rcpt_count = 2,
		.nexthop = nexthop, .sender = "a@b.test" };
	const struct msg_deliver_rcpt rcpts[] = {
		{ .index = 3, .addr = "x y@c.test" },
		{ .index = 7, .addr = "z@c.test", .orig = "o@mx.test" } };
	struct session s = { .fd = -1 };
	struct msg_deliver_status st;
	struct msg_deliver_done done;
	enum verb verb;
	struct chan *ch;
	int sv[2], status, fd;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    sv) == 0);
	log_fd = open("log", O_RDWR | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE((fd = open("/dev/null", O_RDONLY)) != -1 && log_fd != -1);
	if ((pid = fork()) == 0) {
		fd_close(&sv[0]);
		log_open("agent", sink);
		role_self = agent->id;
		s.chan = chan_server(sv[1], ROLE_QMGR, getpid());
		agent->session(&s);
		_exit(0);
	}
	fd_close(&sv[1]);
	role_self = ROLE_QMGR;
	ch = chan_client(sv[0], agent->id);
	ATF_REQUIRE(chan_put_fd(ch, V_deliver, &m, fd) == 0);
	for (int i = 0; i < 2; i++)
		ATF_REQUIRE(chan_put(ch, V_deliver_rcpt, &rcpts[i]) == 0);
	ATF_REQUIRE(chan_flush(ch, SOON) == 0);
	while (chan_next(ch, SOON, &verb) == CHAN_MESSAGE &&
	    verb == V_deliver_status) {
		ATF_REQUIRE(chan_get(ch, &st));
		n += (size_t)snprintf(out + n, size - n,
		    "%u %s %s (%s) %u\n", st.index, st.dsn, st.action,
		    st.reason, st.outcome);
	}
	ATF_REQUIRE(verb == V_deliver_done && chan_get(ch, &done));
	ATF_CHECK_EQ(0, done.hop_failed);
	chan_free(&ch);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid && status == 0);
	got = fd_pread_all(log_fd, out + n, size - n - 1, 0);
	ATF_REQUIRE(got >= 0);
	out[n + (size_t)got] = '\0';
	fd_close(&fd);
	fd_close(&log_fd);
}

static const struct {
	const char	*service, *soft, *nexthop, *dsn, *status, *text;
	enum outcome	 outcome;
} cases[] = {
	{ "error", "no", "5.1.2 moved away", "5.1.2", "bounced",
	    "moved away", OUTCOME_BOUNCED },
	{ "error", "no", "no such place", "5.0.0", "bounced",
	    "no such place", OUTCOME_BOUNCED },
	{ "error", "no", "4.7.0 later", "5.0.0", "bounced", "later",
	    OUTCOME_BOUNCED },
	{ "error", "no", "5.1.x odd", "5.0.0", "bounced", "5.1.x odd",
	    OUTCOME_BOUNCED },
	{ "error", "no", "", "5.0.0", "bounced", "mail is not accepted",
	    OUTCOME_BOUNCED },
	{ "error", "yes", "5.1.2 moved", "4.1.2", "SOFTBOUNCE", "moved",
	    OUTCOME_DEFERRED },
	{ "retry", "no", "4.4.1 down", "4.4.1", "deferred", "down",
	    OUTCOME_DEFERRED },
	{ "retry", "no", "5.4.1 down", "4.4.1", "deferred", "down",
	    OUTCOME_DEFERRED },
	{ "retry", "no", "down", "4.3.0", "deferred", "down",
	    OUTCOME_DEFERRED },
	{ "discard", "no", "not wanted", "2.0.0", "sent", "not wanted",
	    OUTCOME_SENT },
	{ "discard", "no", "", "2.0.0", "sent", "discarded", OUTCOME_SENT },
};

ATF_TC_WITHOUT_HEAD(agents);
ATF_TC_BODY(agents, tc)
{
	/* What is taken here is nobody else's to report. */
	static const char *const actions[] = { "delivered", "delayed",
		"failed" };
	char out[8192], want[500];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		service = cases[i].service;
		if (strcmp(service, "discard") == 0)
			(void)discard_main(0, NULL);
		else
			(void)error_main(0, NULL);
		make_params(agent->id == ROLE_DISCARD ? "discard" : "error",
		    cases[i].soft);
		deliver(cases[i].nexthop, out, sizeof(out));
		(void)snprintf(want, sizeof(want),
		    "3 %s %s (%s) %u\n7 %s %s (%s) %u\n", cases[i].dsn,
		    actions[cases[i].outcome], cases[i].text,
		    cases[i].outcome, cases[i].dsn,
		    actions[cases[i].outcome], cases[i].text,
		    cases[i].outcome);
		ATF_CHECK_MSG(strncmp(out, want, strlen(want)) == 0,
		    "%s \"%s\":\n%s", service, cases[i].nexthop, out);
		(void)snprintf(want, sizeof(want), "dsn=%s, status=%s (%s)\n",
		    cases[i].dsn, cases[i].status, cases[i].text);
		ATF_CHECK_MSG(strstr(out, want) != NULL,
		    "%s \"%s\":\n%s", service, cases[i].nexthop, out);
		ATF_CHECK_MSG(strstr(out, "\n4ABC: to=<\"x y\"@c.test>, "
		    "relay=none, delay=") != NULL, "%s", out);
		ATF_CHECK_MSG(strstr(out, "\n4ABC: to=<z@c.test>, "
		    "orig_to=<o@mx.test>, relay=none, delay=") != NULL, "%s",
		    out);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, agents);
	return (atf_no_error());
}

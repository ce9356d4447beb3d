/* SPDX-License-Identifier: ISC */
/*
 * The skeleton as it runs: a supervisor under its real policy, started by the
 * spawner's code, its workers, and each way in which a client or a bundle can
 * be wrong.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"
#include "broker/bundle.h"
#include "broker/chan.h"
#include "broker/control.h"
#include "broker/order.h"
#include "conf/conf.h"

#define SOON	mono_in(span_s(20))

static struct ids	ids[ROLE_COUNT];
static uint32_t		uids[ROLE_COUNT];
static int		control, dial, log_in;
static pid_t		supervisor;

static void
pair(int sv[2])
{
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    sv) == 0);
}

static void
export_params(struct arena *a, struct bundle *b)
{
	struct conf *c = conf_new(a, "/nowhere");
	struct conf_error e;
	struct buf buf;

	buf_init(&buf, 1024 * 1024);
	ATF_REQUIRE(conf_export(c, conf_role_mask("discard"), &buf, &e) == 0);
	b->params = (struct view){ arena_strn(a, buf.p, buf.n), buf.n };
	b->stress = b->params;
	buf_fini(&buf);
}

static void
find_ids(void)
{
	const char *missing;

	if (ids_load(ids, &missing) < 0)
		atf_tc_fail("no user %s: share/users.sh makes them", missing);
	for (int i = 0; i < ROLE_COUNT; i++)
		uids[i] = ids[i].uid;
}

/* A copy: the tree may be where the role's user cannot go. */
static void
copy_binary(const char *from, const char *to)
{
	char block[65536];
	int in, out;
	ssize_t n;

	ATF_REQUIRE_MSG((in = open(from, O_RDONLY | O_CLOEXEC)) >= 0, "%s: %s",
	    from, strerror(errno));
	ATF_REQUIRE((out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0755)) >= 0);
	while ((n = read(in, block, sizeof(block))) > 0)
		ATF_REQUIRE(fd_write_all(out, block, (size_t)n) == 0);
	ATF_REQUIRE(n == 0);
	fd_close(&in);
	fd_close(&out);
}

/* Start it with all but one kind of descriptor (BUNDLE_KINDS: with all). */
static void
start(const atf_tc_t *tc, uint32_t limit, enum bundle_kind without)
{
	const int one = 1;
	struct arena *a = arena_new(0);
	struct bundle_item items[4];
	struct bundle b = { .role = ROLE_DISCARD, .service = "discard",
		.type = "unix", .config_dir = "", .limit = limit,
		.uids = uids, .items = items };
	int sv[2], rv[2], lv[2], fds[5];
	char libexec[512], path[1024];

	find_ids();
	export_params(a, &b);
	pair(sv);
	pair(rv);
	pair(lv);
	ATF_REQUIRE(setsockopt(rv[0], SOL_SOCKET, SO_PASSCRED, &one,
	    sizeof(one)) == 0);
	ATF_REQUIRE(mkdir("empty", 0555) == 0 && mkdir("bin", 0755) == 0 &&
	    chmod(".", 0755) == 0);
	items[0] = (struct bundle_item){ .kind = BUNDLE_CONTROL, .fd = sv[1] };
	items[1] = (struct bundle_item){ .kind = BUNDLE_LOG, .fd = lv[1] };
	items[2] = (struct bundle_item){ .kind = BUNDLE_ROOT,
		.fd = open("empty", O_PATH | O_DIRECTORY | O_CLOEXEC) };
	items[3] = (struct bundle_item){ .kind = BUNDLE_SERVE, .fd = rv[0] };
	for (size_t i = 0; i < 4; i++) {
		items[i].name = "";
		if (items[i].kind == without)
			items[i].kind = BUNDLE_PROBE;
	}
	b.nitems = 4;
	ATF_REQUIRE((fds[0] = bundle_seal(&b)) >= 0);
	for (int i = 0; i < 4; i++)
		fds[1 + i] = items[i].fd;
	(void)snprintf(path, sizeof(path), "%s/testrole",
	    atf_tc_get_config_var(tc, "srcdir"));
	copy_binary(path, "bin/discard");
	ATF_REQUIRE(getcwd(libexec, sizeof(libexec) - 5) != NULL);
	(void)snprintf(libexec + strlen(libexec), 5, "/bin");
	supervisor = spawn_role(ROLE_DISCARD, ids, libexec, fds, 5);
	ATF_REQUIRE(supervisor > 0);
	for (int i = 0; i < 5; i++)
		fd_close(&fds[i]);
	control = sv[0];
	dial = rv[1];
	log_in = lv[0];
}

static struct control
hear(void)
{
	struct control c = { 0, 0, 0 };

	ATF_REQUIRE_MSG(fd_wait(control, POLLIN, SOON) == 1,
	    "nothing on the control channel");
	ATF_REQUIRE(recv(control, &c, sizeof(c), 0) == (ssize_t)sizeof(c));
	return (c);
}

static void
start_ready(const atf_tc_t *tc, uint32_t limit)
{
	start(tc, limit, BUNDLE_KINDS);
	ATF_REQUIRE_EQ(CONTROL_READY, hear().word);
}

static void
become(enum role_id role)
{
	const struct ids *id = &ids[role];

	if (role != ROLE_MASTER && (setresgid(id->gid, id->gid, id->gid) <
	    0 || setresuid(id->uid, id->uid, id->uid) < 0))
		_exit(1);
}

/* Connect as that role: the kernel must say so, so a child does it. */
static struct chan *
connect_as(enum role_id role)
{
	int sv[2], status;
	pid_t pid;

	pair(sv);
	if ((pid = fork()) == 0) {
		become(role);
		_exit(fd_send(dial, "1", 1, &sv[1], 1, 0) != 1);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid && status == 0);
	fd_close(&sv[1]);
	return (chan_client(sv[0], ROLE_DISCARD));
}

static int
ask(struct chan *ch, struct msg_deliver_done *done, struct mono deadline)
{
	const struct msg_deliver q = { .rcpt_count = 1, .queue_id = "4ABC" };

	return (chan_call(ch, V_deliver, &q, V_deliver_done, done, deadline));
}

static long
answer(struct chan *ch)
{
	struct msg_deliver_done done;
	int64_t n;

	ATF_REQUIRE_MSG(ask(ch, &done, SOON) == 0, "no answer: %s",
	    strerror(errno));
	ATF_REQUIRE(num_parse(view_of(done.hop_reason), INT32_MIN, INT32_MAX,
	    &n));
	return ((long)n);
}

static int
ended(void)
{
	int status;

	ATF_REQUIRE(waitpid(supervisor, &status, 0) == supervisor);
	return (status);
}

static bool
is_alive(long pid)
{
	return (kill((pid_t)pid, 0) == 0);
}

/* The supervisor's workers; how many there are. */
static size_t
workers(pid_t *pids, size_t max)
{
	char path[64], text[512];
	struct view rest, word;
	size_t n = 0;
	ssize_t len;
	int64_t pid;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children",
	    (long)supervisor, (long)supervisor);
	ATF_REQUIRE((fd = open(path, O_RDONLY)) >= 0);
	ATF_REQUIRE((len = read(fd, text, sizeof(text))) >= 0);
	fd_close(&fd);
	rest = (struct view){ text, (size_t)len };
	while (n < max && (word = view_word(&rest, " ")).n > 0) {
		ATF_REQUIRE(num_parse(word, 1, INT32_MAX, &pid));
		pids[n++] = (pid_t)pid;
	}
	return (n);
}

/* Until the supervisor has no more than "n" workers. */
static bool
wait_children(size_t n)
{
	struct mono deadline = SOON;
	pid_t pids[32];

	while (!mono_past(deadline)) {
		if (workers(pids, 32) <= n)
			return (true);
		(void)poll(NULL, 0, 5);
	}
	return (false);
}

#define ROOT_TEST(name, words)						\
	ATF_TC(name);							\
	ATF_TC_HEAD(name, tc)						\
	{								\
		atf_tc_set_md_var(tc, "descr", words);			\
		atf_tc_set_md_var(tc, "require.user", "root");		\
		atf_tc_set_md_var(tc, "timeout", "120");		\
	}								\
	ATF_TC_BODY(name, tc)

ROOT_TEST(a_worker_for_each_session, "I4: no process serves two clients")
{
	long pids[5];

	start_ready(tc, 10);
	for (int i = 0; i < 5; i++) {
		struct chan *ch = connect_as(ROLE_QMGR);

		pids[i] = answer(ch);
		/* the same channel stays with the same process */
		ATF_CHECK_EQ(pids[i], answer(ch));
		for (int k = 0; k < i; k++)
			ATF_CHECK(pids[k] != pids[i]);
		ATF_CHECK(pids[i] != supervisor);
		chan_free(&ch);
	}
}

ROOT_TEST(role_that_may_not, "I8: a rendezvous that the policy does not grant")
{
	static const enum role_id roles[] = { ROLE_SMTPD, ROLE_MASTER,
		ROLE_ANVIL };
	struct msg_deliver_done done;
	struct chan *ch;

	start_ready(tc, 10);
	for (size_t i = 0; i < 3; i++) {
		ch = connect_as(roles[i]);
		ATF_CHECK_EQ(-1, ask(ch, &done, SOON));
		chan_free(&ch);
	}
	/* it says so, and goes on */
	ATF_CHECK(fd_wait(log_in, POLLIN, SOON) == 1);
	ch = connect_as(ROLE_QMGR);
	ATF_CHECK(answer(ch) > 0);
}

ROOT_TEST(verb_that_is_not_granted, "I8: the channel ends, the service not")
{
	const struct msg_queue_flush q = { 1 };
	struct msg_queue_done done;
	struct chan *ch;

	start_ready(tc, 10);
	ch = connect_as(ROLE_QMGR);
	ATF_CHECK_EQ(-1, chan_call(ch, V_queue_flush, &q, V_queue_done, &done,
	    SOON));
	chan_free(&ch);
	ch = connect_as(ROLE_QMGR);
	ATF_CHECK(answer(ch) > 0);
}

ROOT_TEST(limit_reached_and_freed, "a client waits until a process is free")
{
	struct msg_deliver_done done;
	struct chan *ch[3];

	start_ready(tc, 2);
	for (int i = 0; i < 3; i++)
		ch[i] = connect_as(ROLE_QMGR);
	(void)answer(ch[0]);
	(void)answer(ch[1]);
	ATF_CHECK_EQ(-1, ask(ch[2], &done, mono_in(span_ms(300))));
	ATF_CHECK_EQ(ETIMEDOUT, errno);
	chan_free(&ch[0]);
	/* the question was sent already: the answer to it comes now */
	enum verb v;
	ATF_REQUIRE_EQ(CHAN_MESSAGE, chan_next(ch[2], SOON, &v));
	ATF_REQUIRE(chan_get(ch[2], &done));
}

ROOT_TEST(stress, "the last process of the limit has stressed parameters")
{
	struct msg_deliver_done first, last;
	struct chan *a, *b;

	start_ready(tc, 2);
	a = connect_as(ROLE_QMGR);
	ATF_REQUIRE_EQ(0, ask(a, &first, SOON));
	b = connect_as(ROLE_QMGR);
	ATF_REQUIRE_EQ(0, ask(b, &last, SOON));
	ATF_CHECK_EQ(1, first.kept + last.kept);
}

ROOT_TEST(flood, "many connections at once: each is served, none is lost")
{
	enum { N = 120 };
	static struct chan *ch[N];

	start_ready(tc, 8);
	for (int i = 0; i < N; i++)
		ch[i] = connect_as(ROLE_QMGR);
	for (int i = 0; i < N; i++) {
		ATF_CHECK(answer(ch[i]) > 0);
		chan_free(&ch[i]);
	}
}

ROOT_TEST(worker_dies, "in the middle of a request: told, and replaced")
{
	struct control c;
	struct chan *ch;
	enum verb v;
	long pid;

	start_ready(tc, 10);
	ch = connect_as(ROLE_QMGR);
	pid = answer(ch);
	ATF_REQUIRE(kill((pid_t)pid, SIGKILL) == 0);
	ATF_CHECK_EQ(CHAN_GONE, chan_next(ch, SOON, &v));
	c = hear();
	ATF_CHECK_EQ(CONTROL_WORKER_DIED, c.word);
	ATF_CHECK_EQ(pid, c.pid);
	ATF_CHECK(WIFSIGNALED(c.value));
	chan_free(&ch);
	ch = connect_as(ROLE_QMGR);
	ATF_CHECK(answer(ch) != pid);
}

ROOT_TEST(idle_worker_dies, "while nobody is there: replaced for the next")
{
	struct mono deadline = SOON;
	struct chan *ch;
	pid_t pids[32];
	size_t n;

	start_ready(tc, 10);
	while ((n = workers(pids, 32)) == 0 && !mono_past(deadline))
		(void)poll(NULL, 0, 5);
	ATF_REQUIRE(n > 0);
	for (size_t i = 0; i < n; i++)
		ATF_REQUIRE(kill(pids[i], SIGKILL) == 0);
	for (size_t i = 0; i < n; i++)
		ATF_CHECK_EQ(CONTROL_WORKER_DIED, hear().word);
	ch = connect_as(ROLE_QMGR);
	ATF_CHECK(answer(ch) > 0);
}

/* Of the role's user, by a process of that user. */
static void
allow_processes(rlim_t n)
{
	struct rlimit rl;
	pid_t pid;
	int status;

	if ((pid = fork()) == 0) {
		become(ROLE_DISCARD);
		if (prlimit(supervisor, RLIMIT_NPROC, NULL, &rl) < 0)
			_exit(1);
		rl.rlim_cur = n;
		_exit(prlimit(supervisor, RLIMIT_NPROC, &rl, NULL) != 0);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid && status == 0);
}

ROOT_TEST(no_process_left, "a fork that fails is tried again")
{
	struct mono deadline = SOON;
	struct msg_deliver_done done;
	struct chan *ch;
	pid_t pids[32];
	enum verb v;

	start_ready(tc, 10);
	while (workers(pids, 32) == 0 && !mono_past(deadline))
		(void)poll(NULL, 0, 5);
	allow_processes(1);
	ch = connect_as(ROLE_QMGR);
	ATF_CHECK(answer(ch) > 0);
	chan_free(&ch);
	ATF_REQUIRE(wait_children(0));
	ch = connect_as(ROLE_QMGR);
	ATF_CHECK_EQ(-1, ask(ch, &done, mono_in(span_ms(300))));
	ATF_CHECK_EQ(ETIMEDOUT, errno);
	allow_processes(100);
	ATF_REQUIRE_EQ(CHAN_MESSAGE, chan_next(ch, SOON, &v));
}

ROOT_TEST(drain, "sessions finish, nothing new is taken, then it ends")
{
	const struct control drain_word = { CONTROL_DRAIN, 0, 0 };
	struct chan *ch, *late;
	struct msg_deliver_done done;

	start_ready(tc, 10);
	ch = connect_as(ROLE_QMGR);
	(void)answer(ch);
	ATF_REQUIRE(send(control, &drain_word, sizeof(drain_word), 0) > 0);
	/* the session that runs goes on */
	(void)answer(ch);
	/* when the idle workers have gone nobody answers */
	ATF_REQUIRE(wait_children(1));
	late = connect_as(ROLE_QMGR);
	ATF_CHECK_EQ(-1, ask(late, &done, mono_in(span_ms(300))));
	ATF_CHECK_EQ(0, waitpid(supervisor, NULL, WNOHANG));
	chan_free(&ch);
	ATF_CHECK_EQ(0, ended());
}

ROOT_TEST(master_gone, "no process is left over without a master")
{
	struct chan *ch;
	struct mono deadline = SOON;
	long pid;

	start_ready(tc, 10);
	ch = connect_as(ROLE_QMGR);
	pid = answer(ch);
	fd_close(&control);
	(void)ended();
	while (is_alive(pid) && !mono_past(deadline))
		(void)poll(NULL, 0, 5);
	ATF_CHECK(!is_alive(pid));
}

ROOT_TEST(supervisor_dies, "its workers die with it")
{
	struct mono deadline = SOON;
	struct chan *ch;
	long pid;

	start_ready(tc, 10);
	ch = connect_as(ROLE_QMGR);
	pid = answer(ch);
	ATF_REQUIRE(kill(supervisor, SIGKILL) == 0);
	(void)ended();
	while (is_alive(pid) && !mono_past(deadline))
		(void)poll(NULL, 0, 5);
	ATF_CHECK(!is_alive(pid));
}

ROOT_TEST(bundle_misses_something, "a role does not start half equipped")
{
	static const enum bundle_kind kinds[] = { BUNDLE_LOG, BUNDLE_ROOT };
	int status;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		start(tc, 10, kinds[i]);
		status = ended();
		ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) != 0,
		    "without %d: status %x", (int)kinds[i],
		    (unsigned)status);
		ATF_REQUIRE(rmdir("empty") == 0 && unlink("bin/discard") ==
		    0 && rmdir("bin") == 0);
	}
}

ROOT_TEST(started_by_hand, "a daemon says who starts it")
{
	char path[1024], out[256] = "";
	char name[] = "testrole";
	char *argv[] = { name, NULL };
	int p[2], status;
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/testrole",
	    atf_tc_get_config_var(tc, "srcdir"));
	ATF_REQUIRE(pipe(p) == 0);
	if ((pid = fork()) == 0) {
		(void)dup2(p[1], 2);
		(void)close_range(3, ~0U, 0);
		(void)execv(path, argv);
		_exit(1);
	}
	fd_close(&p[1]);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid && status != 0);
	ATF_REQUIRE(read(p[0], out, sizeof(out) - 1) > 0);
	ATF_CHECK_MATCH("started by master", out);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_worker_for_each_session);
	ATF_TP_ADD_TC(tp, role_that_may_not);
	ATF_TP_ADD_TC(tp, verb_that_is_not_granted);
	ATF_TP_ADD_TC(tp, limit_reached_and_freed);
	ATF_TP_ADD_TC(tp, stress);
	ATF_TP_ADD_TC(tp, flood);
	ATF_TP_ADD_TC(tp, worker_dies);
	ATF_TP_ADD_TC(tp, idle_worker_dies);
	ATF_TP_ADD_TC(tp, no_process_left);
	ATF_TP_ADD_TC(tp, drain);
	ATF_TP_ADD_TC(tp, master_gone);
	ATF_TP_ADD_TC(tp, supervisor_dies);
	ATF_TP_ADD_TC(tp, bundle_misses_something);
	ATF_TP_ADD_TC(tp, started_by_hand);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/*
 * A process that writes or moves a message is killed at every step; what it
 * leaves must be one of the states of queue-layout(5): never a file that is
 * taken for complete and is not, never a message that was there and is not.
 */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>

#include "base/fd.h"
#include "base/log.h"
#include "make.h"
#include "queue-layout/dsnlog.h"
#include "queue-layout/fault.h"

static struct q_hash hash;
static int root;

/* Run fn in a child with a step armed; true if the step killed it. */
static bool
killed_at(const char *step, void (*fn)(void))
{
	int status;
	pid_t pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (qfault_arm(step) == -1)
			_exit(2);
		fn();
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	if (WIFEXITED(status))
		ATF_REQUIRE_EQ_MSG(0, WEXITSTATUS(status), "%s", step);
	return (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void
write_message(void)
{
	struct arena *a = arena_new(0);
	static char part[100000];
	struct qw *w;

	memset(part, 'x', sizeof(part));
	if ((w = qw_open(a, make_dir(root, "incoming"), &make_key, false)) ==
	    NULL || qw_facts(w, &make_env) == -1 ||
	    qw_rcpt(w, &(struct qf_rcpt){ .addr = "a" }) == -1 ||
	    qw_content(w, part, sizeof(part)) == -1 ||
	    qw_move(w, make_dir(root, "hold")) == -1 || qw_finish(w) == -1)
		_exit(3);
	qw_close(&w);
}

/* What is in a directory: good files, unfinished ones, others. */
static void
count(enum q_dir dir, int *good, int *unfinished, int *other)
{
	const uid_t owners[1] = { geteuid() };
	struct qf_rules rules = { owners, 1, &make_key, NULL };
	struct arena *a = arena_new(0);
	struct q_scan *s;
	struct q_entry e;
	struct qf_why why;
	struct qf qf;
	int fd, got;

	*good = *unfinished = *other = 0;
	ATF_REQUIRE((s = q_scan_open(root, &hash, dir)) != NULL);
	while ((got = q_scan_next(s, &e)) != 0) {
		if (got != 1)
			continue;
		ATF_REQUIRE((fd = openat(root, e.path, O_RDWR)) != -1);
		rules.id = e.id_ok ? e.name : NULL;
		switch (qf_open(&qf, a, fd, &rules, &why)) {
		case QF_OK:
			*good += e.id_ok;
			*other += !e.id_ok;
			break;
		case QF_UNFINISHED:
			++*unfinished;
			break;
		case QF_DAMAGED:
		case QF_ERROR:
			++*other;
			break;
		}
		fd_close(&fd);
		ATF_REQUIRE_EQ(0, unlinkat(root, e.path, 0));
	}
	q_scan_close(&s);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(writing);
ATF_TC_BODY(writing, tc)
{
	/* A file is good from the moment its mode is set, and not before. */
	static const struct {
		enum qfault_step step;
		bool good;
	} steps[] = {
		{ QFAULT_file_made, false }, { QFAULT_file_named, false },
		{ QFAULT_envelope_done, false },
		{ QFAULT_content_part, false }, { QFAULT_file_moved, false },
		{ QFAULT_body_done, false }, { QFAULT_header_done, false },
		{ QFAULT_mode_set, true }, { QFAULT_file_synced, true },
	};
	int good, unfinished, other, in_hold, part;
	size_t i;

	root = make_queue();
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const char *name = qfault_name(steps[i].step);

		ATF_CHECK_MSG(killed_at(name, write_message), "%s", name);
		count(Q_incoming, &good, &unfinished, &other);
		count(Q_hold, &in_hold, &part, &other);
		ATF_CHECK_EQ_MSG(steps[i].good, good + in_hold, "%s", name);
		ATF_CHECK_EQ_MSG(!steps[i].good, unfinished + part, "%s",
		    name);
		ATF_CHECK_EQ_MSG(0, other, "%s", name);
	}
	ATF_CHECK(!killed_at("rcpt_marked", write_message));
	ATF_CHECK(!killed_at("content_part:9", write_message));
	count(Q_hold, &good, &unfinished, &other);
	ATF_CHECK_EQ(2, good);
}

static void
move_message(void)
{
	if (q_rename(root, &hash, Q_active, Q_deferred, make_id) == -1)
		_exit(3);
}

ATF_TC_WITHOUT_HEAD(moving);
ATF_TC_BODY(moving, tc)
{
	int active, deferred, a, b, fd;

	root = make_queue();
	q_hash_set(&hash, VIEW("deferred"), 2, NULL);
	fd = make_message(make_dir(root, "active"), 100, 1);
	fd_close(&fd);
	ATF_CHECK(killed_at("move_start", move_message));
	ATF_CHECK(killed_at("move_done", move_message));
	count(Q_active, &active, &a, &b);
	count(Q_deferred, &deferred, &a, &b);
	ATF_CHECK_EQ(0, active);
	ATF_CHECK_EQ(1, deferred);
}

static void
mark_and_log(void)
{
	const struct qf_rules rules = { NULL, 0, &make_key, make_id };
	struct arena *a = arena_new(0);
	struct qf_why why;
	struct qf qf;
	int fd;

	if ((fd = q_open(root, &hash, Q_active, make_id, O_RDWR)) == -1 ||
	    qf_open(&qf, a, fd, &rules, &why) != QF_OK ||
	    dsnlog_append(root, &hash, Q_bounce, make_id,
	    &(struct dsnlog_entry){ .recipient = "r" }, true) == -1 ||
	    qf_mark_done(&qf, 0) == -1)
		_exit(3);
}

/* The log of a bounce is there before the recipient is marked done. */
ATF_TC_WITHOUT_HEAD(marking);
ATF_TC_BODY(marking, tc)
{
	static const struct {
		const char *step;
		int logged;
		bool done;
	} steps[] = { { "log_open", 0, false }, { "log_written", 1, false },
		{ "rcpt_marked", 2, true } };
	const struct qf_rules rules = { NULL, 0, &make_key, NULL };
	struct arena *a = arena_new(0);
	struct dsnlog_entry e;
	struct qf_rcpt r[2];
	struct qf_why why;
	struct dsnlog *l;
	struct qf qf;
	int fd, logfd, n;
	size_t i;

	root = make_queue();
	fd = make_message(make_dir(root, "active"), 100, 1);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		ATF_CHECK_MSG(killed_at(steps[i].step, mark_and_log), "%s",
		    steps[i].step);
		ATF_REQUIRE_EQ(QF_OK, qf_open(&qf, a, fd, &rules, &why));
		ATF_REQUIRE_EQ(2, qf_rcpts(&qf, a, &(struct qf_cursor){ 0 },
		    false, r, 2, &why));
		ATF_CHECK_EQ_MSG(steps[i].done, r[0].done, "%s",
		    steps[i].step);
		ATF_REQUIRE((logfd = q_open(root, &hash, Q_bounce, make_id,
		    O_RDONLY)) != -1);
		l = dsnlog_open(logfd);
		for (n = 0; dsnlog_next(l, &e) == 1; n++)
			;
		ATF_CHECK_EQ_MSG(steps[i].logged, n, "%s", steps[i].step);
		dsnlog_close(&l);
		fd_close(&logfd);
	}
	arena_free(&a);
}

static int data;

static void
make_key_file(void)
{
	if (seal_key_make(data, "seal.key") == -1)
		_exit(3);
}

ATF_TC_WITHOUT_HEAD(key);
ATF_TC_BODY(key, tc)
{
	struct seal_key k;

	ATF_REQUIRE_EQ(0, mkdir("data", 0755));
	ATF_REQUIRE((data = open("data", O_RDONLY | O_DIRECTORY)) != -1);
	ATF_CHECK(killed_at("key_written", make_key_file));
	ATF_CHECK_EQ(-1, seal_key_open(data, "seal.key", &k));
	ATF_CHECK_EQ(1, seal_key_make(data, "seal.key"));
	ATF_CHECK_EQ(0, seal_key_open(data, "seal.key", &k));
}

ATF_TC_WITHOUT_HEAD(arm);
ATF_TC_BODY(arm, tc)
{
	static const char *const bad[] = { "nonsense", "file_made:0",
		"file_made:x", ":1", "file_made:-1" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, qfault_arm(bad[i]), "%s", bad[i]);
	for (i = 0; i < QFAULT_COUNT; i++)
		ATF_CHECK_EQ(0, qfault_arm(qfault_name((enum qfault_step)i)));
	ATF_CHECK_EQ(0, qfault_arm("file_made:3"));
	ATF_CHECK_EQ(0, qfault_arm(""));
	ATF_CHECK_EQ(0, qfault_arm(NULL));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, writing);
	ATF_TP_ADD_TC(tp, moving);
	ATF_TP_ADD_TC(tp, marking);
	ATF_TP_ADD_TC(tp, key);
	ATF_TP_ADD_TC(tp, arm);
	return (atf_no_error());
}

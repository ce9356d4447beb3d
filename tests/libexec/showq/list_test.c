/* SPDX-License-Identifier: ISC */
/* What showq(8) tells of a queue, as lines of text. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/log.h"
#include "list.h"
#include "queue-layout/dsnlog.h"
#include "queue-layout/seal.h"
#include "tests/queue-layout/make.h"

static struct q_hash hash;

/* The listing as one text; the id of the last message in make_id is "ID". */
static const char *
listing(int root)
{
	static char text[1024 * 1024];
	struct msg_showq_message m;
	struct msg_showq_rcpt r;
	struct msg_showq_end end = { 9 };
	enum verb verb = V_showq_list;
	struct chan *ch;
	size_t n = 0;
	int sv[2], status;
	pid_t pid;

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    sv) == 0);
	if ((pid = fork()) == 0) {
		fd_close(&sv[0]);
		role_self = ROLE_SHOWQ;
		ch = chan_server(sv[1], ROLE_MASTER, getpid());
		_exit(list_queue(ch, root, &hash, span_s(20)) == 0 ? 0 : 1);
	}
	fd_close(&sv[1]);
	role_self = ROLE_MASTER;
	ch = chan_client(sv[0], ROLE_SHOWQ);
	while (verb != V_showq_end && chan_next(ch, mono_in(span_s(20)),
	    &verb) == CHAN_MESSAGE) {
		if (verb == V_showq_message) {
			ATF_REQUIRE(chan_get(ch, &m));
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s %s %llu %llu %u %s\n", m.queue_name,
			    strcmp(m.queue_id, make_id) == 0 ? "ID" : "other",
			    (unsigned long long)m.arrival,
			    (unsigned long long)m.size, m.forced_expire,
			    m.sender);
		} else if (verb == V_showq_rcpt) {
			ATF_REQUIRE(chan_get(ch, &r));
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    " %s|%s|%s|%s\n", r.addr, r.orig, r.log_class,
			    r.reason);
		} else
			ATF_REQUIRE(chan_get(ch, &end));
	}
	text[n] = '\0';
	chan_free(&ch);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid && status == 0);
	ATF_CHECK_EQ(0, end.status);
	return (text);
}

static void
put_log(int root, enum q_dir dir, const char *addr, uint64_t index,
    const char *reason)
{
	ATF_REQUIRE_EQ(0, dsnlog_append(root, &hash, dir, make_id,
	    &(struct dsnlog_entry){ .recipient = addr, .reason = reason,
	    .offset = index }, false));
}

ATF_TC_WITHOUT_HEAD(reasons);
ATF_TC_BODY(reasons, tc)
{
	int root = make_queue(), dir, fd;
	const struct qf_rules rules = { NULL, 0, &make_key, NULL };
	struct arena *a = arena_new(0);
	struct qf_why why;
	struct qf qf;

	seal_init();
	q_hash_set(&hash, VIEW("deferred, defer"), 1, NULL);
	ATF_CHECK_STREQ("", listing(root));
	dir = make_dir(root, "incoming");
	fd = make_message(dir, 100, 3);
	ATF_REQUIRE(qf_open(&qf, a, fd, &rules, &why) == QF_OK);
	ATF_CHECK_STREQ("incoming ID 1764000000 100 0 a@example.test\n"
	    " rcpt0@example.test|orig@example.test||\n"
	    " rcpt1@example.test|orig@example.test||\n"
	    " rcpt2@example.test|orig@example.test||\n"
	    " bcc@example.test|||\n", listing(root));
	/* The one in the middle is done; an old entry does not revive it. */
	ATF_REQUIRE(qf_mark_done(&qf, 1) == 0);
	ATF_REQUIRE(qf_set_expire(&qf, true) == 0);
	ATF_REQUIRE(q_rename(root, &hash, Q_incoming, Q_deferred, make_id) ==
	    0);
	put_log(root, Q_defer, "rcpt2@example.test", 2, "refused");
	put_log(root, Q_defer, "rcpt1@example.test", 1, "old");
	put_log(root, Q_defer, "rcpt2@example.test", 2, "again");
	put_log(root, Q_defer, "x@example.test", 99, "no such");
	put_log(root, Q_bounce, "rcpt1@example.test", 1, "unknown");
	ATF_CHECK_STREQ("deferred ID 1764000000 100 1 a@example.test\n"
	    " rcpt2@example.test||defer|refused\n"
	    " rcpt1@example.test||bounce|unknown\n"
	    " rcpt0@example.test|orig@example.test||\n"
	    " bcc@example.test|||\n", listing(root));
	/* Removed by a command, not yet by qmgr. */
	ATF_REQUIRE(qf_set_killed(&qf) == 0);
	ATF_CHECK_STREQ("", listing(root));
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(order);
ATF_TC_BODY(order, tc)
{
	static const char *const dirs[] = { "hold", "deferred", "incoming",
		"active", "maildrop" };
	int root = make_queue(), dir, fd;
	const char *text, *last = "";
	size_t i;

	seal_init();
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		dir = make_dir(root, dirs[i]);
		fd = make_message(dir, 10, 1);
		fd_close(&fd);
		fd_close(&dir);
	}
	text = listing(root);
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		static const char *const order[] = { "maildrop ", "active ",
			"incoming ", "deferred ", "hold " };
		const char *at = strstr(text, order[i]);

		ATF_REQUIRE_MSG(at != NULL, "%s is missing", order[i]);
		ATF_CHECK_MSG(at > last || i == 0, "%s is too early",
		    order[i]);
		last = at;
	}
}

ATF_TC_WITHOUT_HEAD(skipped);
ATF_TC_BODY(skipped, tc)
{
	int root = make_queue(), dir, fd;

	seal_init();
	dir = make_dir(root, "active");
	/* Unfinished, damaged, no id, a link, a pipe. */
	fd = make_message(dir, 10, 1);
	ATF_REQUIRE(fchmod(fd, QF_MODE_WRITING) == 0);
	fd = make_message(dir, 10, 1);
	ATF_REQUIRE(pwrite(fd, "X", 1, 0) == 1);
	ATF_REQUIRE(linkat(dir, make_id, dir, "README", 0) == 0);
	ATF_REQUIRE(symlinkat("/etc/passwd", dir, "B18CCA768C3") == 0);
	ATF_REQUIRE(mkfifoat(dir, "B18CCA768C4", 0600) == 0);
	ATF_CHECK_STREQ("", listing(root));
	fd = make_message(dir, 10, 0);
	ATF_CHECK_STREQ("active ID 1764000000 10 0 a@example.test\n"
	    " bcc@example.test|||\n", listing(root));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reasons);
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, skipped);
	return (atf_no_error());
}

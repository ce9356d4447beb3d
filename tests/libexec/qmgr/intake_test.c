/* SPDX-License-Identifier: ISC */
/* How messages get in: hand-over, scans, requests, limits, damage. */
#include <sys/file.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "world.h"

static int
open_incoming(const char *id, int flags)
{
	char path[200];
	int fd;

	(void)snprintf(path, sizeof(path), "incoming/%s", id);
	ATF_REQUIRE((fd = openat(world.rootfd, path, flags)) >= 0);
	return (fd);
}

ATF_TC_WITHOUT_HEAD(found_at_start);
ATF_TC_BODY(found_at_start, tc)
{
	char a[QID_SIZE], b[QID_SIZE];
	int fd;

	world_make(NULL);
	(void)snprintf(a, sizeof(a), "%s",
	    world_write("a@sender.test", RCPTS("x@ok.test"), NULL));
	(void)snprintf(b, sizeof(b), "%s",
	    world_write("a@sender.test", RCPTS("y@ok.test"), NULL));
	/* One was being delivered when the machine went down. */
	ATF_REQUIRE_EQ(0, q_rename(world.rootfd, &(struct q_hash){ 0, 1 },
	    Q_incoming, Q_active, a));
	/* Another one is still being written. */
	fd = openat(world.rootfd, "incoming/123.456", O_RDWR | O_CREAT, 0600);
	ATF_REQUIRE(fd >= 0);
	world_start();
	world_settle();
	CHECK_COUNT(1, "deliver smtp ok.test x@ok.test");
	CHECK_COUNT(1, "deliver smtp ok.test y@ok.test");
	CHECK_COUNT(0, "log warning");
	ATF_CHECK_EQ(0, faccessat(world.rootfd, "incoming/123.456", F_OK, 0));
}

/* Ways to spoil a file that lies finished in incoming/. */
static void
flip_bit(int fd)
{
	char c;

	ATF_REQUIRE_EQ(1, pread(fd, &c, 1, 200));
	c ^= 1;
	ATF_REQUIRE_EQ(1, pwrite(fd, &c, 1, 200));
}

static void
cut_tail(int fd)
{
	struct stat st;

	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_REQUIRE_EQ(0, ftruncate(fd, st.st_size - 1));
}

static void
give_away(int fd)
{
	ATF_REQUIRE_EQ(0, fchown(fd, 12345, 12345));
}

static void
open_to_all(int fd)
{
	ATF_REQUIRE_EQ(0, fchmod(fd, 0666));
}

static void
empty(int fd)
{
	ATF_REQUIRE_EQ(0, ftruncate(fd, 0));
}

ATF_TC(damaged);
ATF_TC_HEAD(damaged, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(damaged, tc)
{
	static const struct {
		const char	*label;
		void		 (*spoil)(int fd);
	} cases[] = {
		{ "bit", flip_bit }, { "tail", cut_tail },
		{ "owner", give_away }, { "mode", open_to_all },
		{ "empty", empty },
	};
	char id[QID_SIZE], want[200];

	world_make(NULL);
	world_start();
	world_rest();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd;

		(void)snprintf(id, sizeof(id), "%s", world_write(
		    "a@sender.test", RCPTS("x@ok.test"), NULL));
		fd = open_incoming(id, O_RDWR);
		cases[i].spoil(fd);
		world_forget();
		if (i % 2 == 0)
			world_flush(QUEUE_SCAN_INCOMING);
		else
			world_tell(V_queue_new, &(struct msg_queue_new){
			    .queue_id = id }, fd);
		fd_close(&fd);
		world_settle();
		(void)snprintf(want, sizeof(want),
		    "log warning: corrupt queue file %s", id);
		ATF_CHECK_EQ_MSG(1, world_count(want), "%s", cases[i].label);
		ATF_CHECK_MSG(world_has(Q_corrupt, id), "%s",
		    cases[i].label);
		ATF_CHECK_EQ_MSG(0, world_count("deliver"), "%s",
		    cases[i].label);
	}
	/* The queue goes on. */
	(void)world_send("a@sender.test", RCPTS("x@ok.test"), NULL);
	world_settle();
	CHECK_COUNT(1, "deliver");
}

static void
flip_content(const char *id)
{
	char text[4096], *at;
	int fd = open_incoming(id, O_RDWR);
	ssize_t n = pread(fd, text, sizeof(text), 0);

	ATF_REQUIRE(n > 0);
	ATF_REQUIRE((at = memmem(text, (size_t)n, "Subject: x", 10)) != NULL);
	ATF_REQUIRE_EQ(1, pwrite(fd, "y", 1, at + 9 - text));
	fd_close(&fd);
}

/* The agent says that the content is damaged: only if it is, it goes. */
ATF_TC_WITHOUT_HEAD(damaged_content);
ATF_TC_BODY(damaged_content, tc)
{
	for (int spoil = 0; spoil < 2; spoil++) {
		char id[QID_SIZE];

		if (spoil == 0) {
			world_make(NULL);
			world_start();
			world_rest();
		}
		(void)snprintf(id, sizeof(id), "%s", world_write(
		    "a@sender.test", RCPTS("x@defer-damaged.test"), NULL));
		if (spoil)
			flip_content(id);
		world_forget();
		world_flush(QUEUE_SCAN_INCOMING);
		world_settle();
		CHECK_COUNT(1, "deliver smtp defer-damaged.test");
		CHECK_COUNT((unsigned)spoil, "log warning: corrupt queue file");
		CHECK_COUNT((unsigned)spoil, "remove defer");
		ATF_CHECK_EQ(spoil == 1, world_has(Q_corrupt, id));
		ATF_CHECK_EQ(spoil == 0, world_has(Q_deferred, id));
	}
}

ATF_TC_WITHOUT_HEAD(foreign);
ATF_TC_BODY(foreign, tc)
{
	int fd;

	world_make(NULL);
	ATF_REQUIRE((fd = openat(world.rootfd, "incoming/hello",
	    O_WRONLY | O_CREAT, 0660)) >= 0);
	ATF_REQUIRE_EQ(0, fchmod(fd, 0660));
	ATF_REQUIRE_EQ(0, symlinkat("/etc/passwd", world.rootfd,
	    "incoming/0123456789"));
	ATF_REQUIRE_EQ(0, symlinkat("../x", world.rootfd, "deferred/ABCDEF1"));
	world_start();
	world_settle();
	ATF_CHECK_EQ(0, faccessat(world.rootfd, "corrupt/hello", F_OK, 0));
	ATF_CHECK_EQ(-1, faccessat(world.rootfd, "incoming/0123456789", F_OK,
	    AT_SYMLINK_NOFOLLOW));
	CHECK_COUNT(1, "log warning: corrupt queue file incoming/hello");
	CHECK_COUNT(0, "deliver");
}

ATF_TC_WITHOUT_HEAD(mismatch);
ATF_TC_BODY(mismatch, tc)
{
	char a[QID_SIZE], b[QID_SIZE];
	int fd;

	world_make(NULL);
	world_start();
	world_rest();
	(void)snprintf(a, sizeof(a), "%s",
	    world_write("a@sender.test", RCPTS("x@ok.test"), NULL));
	(void)snprintf(b, sizeof(b), "%s",
	    world_write("a@sender.test", RCPTS("y@ok.test"), NULL));
	/* The descriptor of one, the name of another. */
	fd = open_incoming(a, O_RDWR);
	world_tell(V_queue_new, &(struct msg_queue_new){ .queue_id = b }, fd);
	world_rest();
	CHECK_COUNT(1, "log warning: channel with cleanup(#) closed: "
	    "queue_new: descriptor and queue id do not match");
	CHECK_COUNT(0, "deliver");
	ATF_CHECK(world_has(Q_incoming, b));
}

ATF_TC_WITHOUT_HEAD(told_twice);
ATF_TC_BODY(told_twice, tc)
{
	const char *id;
	int fd;

	world_make(NULL);
	world_start();
	world.agents_wait = true;
	id = world_send("a@sender.test", RCPTS("x@ok.test"), NULL);
	world_rest();
	ATF_REQUIRE((fd = q_open(world.rootfd, &qm.hash, Q_active, id,
	    O_RDWR)) >= 0);
	world_tell(V_queue_new, &(struct msg_queue_new){ .queue_id = id },
	    fd);
	world_flush(QUEUE_SCAN_INCOMING);
	world_rest();
	world_release();
	world_settle();
	/* And when it is gone. */
	world_tell(V_queue_new, &(struct msg_queue_new){ .queue_id = id },
	    fd);
	world_settle();
	CHECK_COUNT(1, "deliver");
	CHECK_COUNT(0, "log warning");
}

ATF_TC_WITHOUT_HEAD(active_limit);
ATF_TC_BODY(active_limit, tc)
{
	unsigned i;

	world_make(SET("qmgr_message_active_limit=10"));
	world_start();
	world.agents_wait = true;
	for (i = 0; i < 25; i++) {
		(void)world_send("a@sender.test", RCPTS("x@ok.test"), NULL);
		world_rest();
		ATF_CHECK(qm.nactive <= 10);
	}
	world_listen();
	ATF_CHECK(world.slow);
	world_release();
	world_settle();
	/* What stayed in incoming/ was fetched when there was room. */
	CHECK_COUNT(25, "deliver");
	CHECK_COUNT(25, "log #removed");
	world_listen();
	ATF_CHECK(!world.slow);
}

ATF_TC_WITHOUT_HEAD(requests);
ATF_TC_BODY(requests, tc)
{
	char id[QID_SIZE];
	static const struct {
		const char	*id;
		int		 want;
	} cases[] = {
		{ NULL, 0 }, { "ABCDEF123", 1 }, { "../../etc/passwd", 1 },
		{ "", 1 },
	};

	world_make(NULL);
	world.as = ROLE_MASTER;
	world_start();
	world_rest();
	(void)snprintf(id, sizeof(id), "%s",
	    world_write("a@sender.test", RCPTS("x@dead.test"), NULL));
	world_tell(V_queue_flush, &(struct msg_queue_flush){
	    .what = QUEUE_SCAN_INCOMING }, -1);
	world_settle();
	world_listen();
	ATF_CHECK_EQ(0, world.done);
	CHECK_COUNT(1, "deliver smtp");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_forget();
		world_tell(V_queue_flush_one, &(struct msg_queue_flush_one){
		    .queue_id = cases[i].id == NULL ? id : cases[i].id }, -1);
		world_settle();
		world_listen();
		ATF_CHECK_EQ_MSG(cases[i].want, world.done, "%s: %d",
		    cases[i].id, world.done);
		ATF_CHECK_EQ(cases[i].want == 0, world_count(
		    "deliver smtp dead.test") == 1);
	}
}

/* A file that another queue manager has at an agent is left alone. */
ATF_TC_WITHOUT_HEAD(still_delivered);
ATF_TC_BODY(still_delivered, tc)
{
	struct q_hash h = { 0, 1 };
	char id[QID_SIZE];
	int fd;

	world_make(NULL);
	(void)snprintf(id, sizeof(id), "%s",
	    world_write("a@sender.test", RCPTS("x@ok.test"), NULL));
	ATF_REQUIRE_EQ(0, q_rename(world.rootfd, &h, Q_incoming, Q_active,
	    id));
	fd = q_open(world.rootfd, &h, Q_active, id, O_RDWR);
	ATF_REQUIRE(fd >= 0);
	ATF_REQUIRE_EQ(0, flock(fd, LOCK_EX));
	world_start();
	world_settle();
	CHECK_COUNT(1, "log #skipped, still being delivered");
	CHECK_COUNT(0, "deliver");
	ATF_CHECK(world_has(Q_active, id));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, found_at_start);
	ATF_TP_ADD_TC(tp, damaged);
	ATF_TP_ADD_TC(tp, damaged_content);
	ATF_TP_ADD_TC(tp, foreign);
	ATF_TP_ADD_TC(tp, mismatch);
	ATF_TP_ADD_TC(tp, told_twice);
	ATF_TP_ADD_TC(tp, active_limit);
	ATF_TP_ADD_TC(tp, requests);
	ATF_TP_ADD_TC(tp, still_delivered);
	return (atf_no_error());
}

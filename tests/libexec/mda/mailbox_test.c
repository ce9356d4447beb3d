/* SPDX-License-Identifier: ISC */
/* Mailboxes and maildirs: what is written, and what never is. */
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <net/if.h>
#include <netinet/in.h>

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "play.h"

#define SENT_MBOX	"sent 2.0.0 delivered to mailbox"
#define SENT_DIR	"sent 2.0.0 delivered to maildir"

static void
want(struct play *p, const char *label, const char *said)
{
	play_run(p);
	ATF_CHECK_MSG(strncmp(p->said, said, strlen(said)) == 0 &&
	    (said[0] != '\0' || p->said[0] == '\0'), "%s: %s", label,
	    p->said);
}

ATF_TC(mbox);
ATF_TC_HEAD(mbox, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(mbox, tc)
{
	struct play p;
	struct stat st;
	const char *text, *rest;

	play_init(&p, tc);
	p.t.path = play_path(&p, "box");
	p.content = "Subject: s\nFrom here\n\nFrom\nFrom me\n.\nno end";
	want(&p, "first", SENT_MBOX);
	text = play_read(&p, "box");
	ATF_CHECK_MSG(strncmp(text, "From s@x  ", 10) == 0, "%s", text);
	rest = strchr(text, '\n');
	ATF_CHECK_STREQ("\nReturn-Path: <s@x>\nX-Original-To: o@x\n"
	    "Delivered-To: user@d.example\nSubject: s\n>From here\n\nFrom\n"
	    ">From me\n.\nno end\n\n", rest);
	ATF_REQUIRE(stat("box", &st) == 0);
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	ATF_CHECK_EQ(PLAY_UID, st.st_uid);
	ATF_CHECK(access("box.lock", F_OK) < 0);
	want(&p, "second", SENT_MBOX);
	ATF_CHECK_EQ(strlen(text) * 2, strlen(play_read(&p, "box")));
	p.m.sender = "";
	p.m.orig_recipient = p.m.delivered_to = "";
	(void)unlink("box");
	want(&p, "no sender", SENT_MBOX);
	text = play_read(&p, "box");
	ATF_CHECK(strncmp(text, "From MAILER-DAEMON  ", 20) == 0);
	ATF_CHECK(strstr(text, "\nReturn-Path: <>\nSubject") != NULL);
}

/* "From " over the end of a piece: every split of the reader's buffer. */
ATF_TC(pieces);
ATF_TC_HEAD(pieces, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(pieces, tc)
{
	static char text[65536 + 64];
	char tail[12] = "";
	struct play p;
	struct stat st;
	int fd;

	play_init(&p, tc);
	p.t.path = play_path(&p, "box");
	for (size_t before = 65536 - 7; before <= 65536; before++) {
		memset(text, 'x', before);
		text[before - 1] = '\n';
		(void)snprintf(text + before, 64, "From me\n");
		p.content = text;
		(void)unlink("box");
		want(&p, "piece", SENT_MBOX);
		ATF_REQUIRE(stat("box", &st) == 0);
		ATF_REQUIRE((fd = open("box", O_RDONLY)) >= 0);
		ATF_REQUIRE(pread(fd, tail, 11, st.st_size - 11) == 11);
		(void)close(fd);
		ATF_CHECK_MSG(strcmp(tail, "\n>From me\n\n") == 0,
		    "%zu: %s", before, tail);
	}
}

static const struct {
	const char	*label, *params;
	size_t		 file_limit;
	bool		 damaged;
	const char	*mbox, *maildir;
} failures[] = {
	{ "limit", "mailbox_size_limit = 50\n", 0, false,
	    "bounced 5.2.2 cannot update mailbox ",
	    "bounced 5.2.2 maildir delivery failed: error writing message: "
	    "File too large" },
	/* In the middle of a write(2): a part is there, and cut off. */
	{ "file system", "mailbox_size_limit = 0\n", 40, false,
	    "bounced 5.2.2 cannot update mailbox ",
	    "bounced 5.2.2 maildir delivery failed: error writing message: "
	    "File too large" },
	{ "damaged", "", 0, true, "deferred 4.3.0 message file is damaged",
	    "deferred 4.3.0 message file is damaged" },
};

static size_t
files_in(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	size_t n = 0;

	ATF_REQUIRE(d != NULL);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return (n);
}

ATF_TC(nothing_or_all);
ATF_TC_HEAD(nothing_or_all, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(nothing_or_all, tc)
{
	struct play p;

	play_init(&p, tc);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		play_file("box", "before\n", 0600);
		p.params = failures[i].params;
		p.file_limit = failures[i].file_limit;
		p.damaged = failures[i].damaged;
		p.t.op = MDA_OP_MBOX;
		p.t.path = play_path(&p, "box");
		want(&p, failures[i].label, failures[i].mbox);
		ATF_CHECK_EQ(p.damaged, p.was_damaged);
		ATF_CHECK_STREQ("before\n", play_read(&p, "box"));
		ATF_CHECK(access("box.lock", F_OK) < 0);
		p.t.op = MDA_OP_MAILDIR;
		p.t.path = play_path(&p, "dir/");
		want(&p, failures[i].label, failures[i].maildir);
		ATF_CHECK_EQ_MSG(0, files_in("dir/tmp"), "%s",
		    failures[i].label);
		ATF_CHECK_EQ_MSG(0, files_in("dir/new"), "%s",
		    failures[i].label);
	}
}

static void
as_symlink(void)
{
	play_file("secret", "s", 0666);
	ATF_REQUIRE(symlink("secret", "box") == 0);
}

static void
as_hard_link(void)
{
	play_file("secret", "s", 0600);
	ATF_REQUIRE(link("secret", "box") == 0);
}

static void
as_directory(void)
{
	ATF_REQUIRE(mkdir("box", 0777) == 0);
	ATF_REQUIRE(chown("box", PLAY_UID, PLAY_UID) == 0);
}

static void
as_fifo(void)
{
	ATF_REQUIRE(mkfifo("box", 0666) == 0);
	ATF_REQUIRE(chmod("box", 0666) == 0);
}

static void
as_another(void)
{
	play_file("box", "", 0666);
	ATF_REQUIRE(chown("box", 0, 0) == 0);
}

static void
as_closed(void)
{
	play_file("box", "", 0600);
	ATF_REQUIRE(chown("box", 0, 0) == 0);
}

static void
as_locked(void)
{
	play_file("box", "", 0600);
	play_file("box.lock", "", 0600);
}

static const struct {
	void		(*make)(void);
	const char	*outcome, *why;
} tricks[] = {
	{ as_symlink, "bounced 5.2.0", "file is a symbolic link" },
	{ as_hard_link, "bounced 5.2.0", "file has 2 hard links" },
	{ as_directory, "bounced 5.2.0", "cannot open file: Is a directory" },
	{ as_fifo, "bounced 5.2.0",
	    "cannot open file: No such device or address" },
	{ as_another, "deferred 4.2.0", " is not owned by recipient" },
	{ as_closed, "bounced 5.2.0", "cannot open file: Permission denied" },
	{ as_locked, "deferred 4.2.0", "/box.lock: File exists" },
};

/* What a mailbox of local(8), or of virtual(8), says of a trick. */
static void
try_trick(struct play *p, size_t i)
{
	tricks[i].make();
	want(p, tricks[i].why, (p->t.flags & MDA_VIRTUAL) ? "deferred 4.2.0 "
	    "delivery failed to mailbox " : arena_printf(p->arena,
	    "%s cannot update mailbox ", tricks[i].outcome));
	ATF_CHECK_MSG(strstr(p->said, tricks[i].why) != NULL, "%s: %s",
	    tricks[i].why, p->said);
	(void)unlink("box.lock");
	if (rmdir("box") < 0)
		ATF_REQUIRE(unlink("box") == 0);
	ATF_CHECK(access("secret", F_OK) < 0 ||
	    strcmp(play_read(p, "secret"), "s") == 0);
	(void)unlink("secret");
}

ATF_TC(no_tricks);
ATF_TC_HEAD(no_tricks, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(no_tricks, tc)
{
	struct play p;

	play_init(&p, tc);
	p.t.path = play_path(&p, "box");
	p.params = "deliver_lock_delay = 1s\n";
	for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++) {
		p.t.flags = MDA_CREATE;
		try_trick(&p, i);
		p.t.flags |= MDA_VIRTUAL;
		try_trick(&p, i);
	}
	/* Loose modes are the user's to choose. */
	p.t.flags = MDA_CREATE;
	play_file("box", "", 0666);
	want(&p, "loose", SENT_MBOX);
}

/* A home that is not there. */
ATF_TC(no_home);
ATF_TC_HEAD(no_home, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(no_home, tc)
{
	struct play p;

	play_init(&p, tc);
	ATF_REQUIRE(chown(".", 0, 0) == 0);
	p.t.path = play_path(&p, "gone/box");
	want(&p, "mailbox", "bounced 5.2.0 cannot update mailbox ");
	p.t.op = MDA_OP_MAILDIR;
	p.t.path = play_path(&p, "gone/Maildir/");
	want(&p, "maildir", "bounced 5.2.0 maildir delivery failed: ");
	ATF_CHECK(access("gone", F_OK) < 0);
}

/* A file system that has room for a part of the message. */
ATF_TC(full);
ATF_TC_HEAD(full, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(full, tc)
{
	static char text[40001];
	struct play p;

	play_init(&p, tc);
	ATF_REQUIRE(unshare(CLONE_NEWNS) == 0);
	ATF_REQUIRE(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	ATF_REQUIRE(mkdir("tiny", 0755) == 0);
	ATF_REQUIRE(mount("none", "tiny", "tmpfs", 0, "size=16k,mode=777") ==
	    0);
	play_file("tiny/box", "before\n", 0600);
	memset(text, 'x', sizeof(text) - 1);
	p.content = text;
	p.t.path = play_path(&p, "tiny/box");
	want(&p, "mailbox", "deferred 4.3.0 cannot update mailbox ");
	ATF_CHECK_MSG(strstr(p.said, "error writing message: No space left "
	    "on device") != NULL, "%s", p.said);
	ATF_CHECK_STREQ("before\n", play_read(&p, "tiny/box"));
	p.t.op = MDA_OP_MAILDIR;
	p.t.path = play_path(&p, "tiny/dir/");
	want(&p, "maildir", "deferred 4.3.0 maildir delivery failed: error "
	    "writing message: No space left");
	ATF_CHECK_EQ(0, files_in("tiny/dir/tmp"));
	ATF_CHECK_EQ(0, files_in("tiny/dir/new"));
}

static int
comsat(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(512) };
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	const struct timeval limit = { 20, 0 };
	int fd;

	ATF_REQUIRE(unshare(CLONE_NEWNET) == 0);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_DGRAM, 0)) >= 0);
	ATF_REQUIRE(ioctl(fd, SIOCSIFFLAGS, &lo) == 0);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0);
	ATF_REQUIRE(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
	    sizeof(limit)) == 0);
	return (fd);
}

ATF_TC(biff);
ATF_TC_HEAD(biff, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(biff, tc)
{
	char said[100] = "";
	struct play p;
	int fd;

	play_init(&p, tc);
	fd = comsat();
	play_file("box", "before\n", 0600);
	p.t.path = play_path(&p, "box");
	p.params = "biff = no\n";
	want(&p, "off", SENT_MBOX);
	ATF_CHECK_EQ(-1, recv(fd, said, sizeof(said) - 1, MSG_DONTWAIT));
	ATF_REQUIRE(truncate("box", 7) == 0);
	p.params = "biff = yes\n";
	want(&p, "on", SENT_MBOX);
	ATF_CHECK_EQ(6, recv(fd, said, sizeof(said) - 1, 0));
	ATF_CHECK_STREQ("user@7", said);
	/* Nobody listens: no reason not to deliver. */
	(void)close(fd);
	want(&p, "nobody", SENT_MBOX);
	p.t.flags |= MDA_VIRTUAL;
	want(&p, "virtual", SENT_MBOX);
}

ATF_TC(loop);
ATF_TC_HEAD(loop, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(loop, tc)
{
	struct play p;

	play_init(&p, tc);
	p.t.path = play_path(&p, "box");
	p.content = "A: b\ndelivered-to:  USER@d.example \n\nx\n";
	want(&p, "loop", "bounced 5.4.6 mail forwarding loop for "
	    "User@d.example");
	ATF_CHECK_STREQ("", play_read(&p, "box"));
	p.content = "A: b\n\nDelivered-To: user@d.example\n";
	want(&p, "in the body", SENT_MBOX);
}

ATF_TC(maildir);
ATF_TC_HEAD(maildir, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(maildir, tc)
{
	struct play p;
	struct stat st;

	play_init(&p, tc);
	p.t.op = MDA_OP_MAILDIR;
	p.t.path = play_path(&p, "a/b/Maildir/");
	for (int i = 1; i <= 3; i++) {
		want(&p, "maildir", SENT_DIR);
		ATF_CHECK_EQ((size_t)i, files_in("a/b/Maildir/new"));
		ATF_CHECK_EQ(0, files_in("a/b/Maildir/tmp"));
	}
	ATF_REQUIRE(stat("a/b/Maildir/cur", &st) == 0);
	ATF_CHECK_EQ(0700, st.st_mode & 07777);
	/* new/ leads to somewhere else: not followed. */
	ATF_REQUIRE(rename("a/b/Maildir/new", "away") == 0);
	ATF_REQUIRE(symlink("../../../away", "a/b/Maildir/new") == 0);
	want(&p, "link", "bounced 5.2.0 maildir delivery failed: "
	    "create directory ");
	ATF_CHECK_EQ(3, files_in("away"));
}

/* Below a base nothing leads out of it. */
static const struct {
	const char	*path, *said;
} below[] = {
	{ "d/box", SENT_MBOX },
	{ "../out", "deferred 4.2.0" },
	{ "d/../../out", "deferred 4.2.0" },
	{ "up/out", "deferred 4.2.0" },
	{ "abs/out", "deferred 4.2.0" },
	{ "d/./box", "deferred 4.2.0" },
};

ATF_TC(beneath);
ATF_TC_HEAD(beneath, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(beneath, tc)
{
	struct play p;

	play_init(&p, tc);
	ATF_REQUIRE(mkdir("base", 0755) == 0 && mkdir("base/d", 0755) == 0);
	ATF_REQUIRE(chown("base/d", PLAY_UID, PLAY_UID) == 0);
	ATF_REQUIRE(symlink("..", "base/up") == 0);
	ATF_REQUIRE(symlink(play_path(&p, ""), "base/abs") == 0);
	p.t.base = play_path(&p, "base");
	p.t.flags = MDA_VIRTUAL;
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		p.t.path = below[i].path;
		want(&p, below[i].path, below[i].said);
	}
	ATF_CHECK(access("out", F_OK) < 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mbox);
	ATF_TP_ADD_TC(tp, pieces);
	ATF_TP_ADD_TC(tp, nothing_or_all);
	ATF_TP_ADD_TC(tp, no_tricks);
	ATF_TP_ADD_TC(tp, no_home);
	ATF_TP_ADD_TC(tp, full);
	ATF_TP_ADD_TC(tp, biff);
	ATF_TP_ADD_TC(tp, loop);
	ATF_TP_ADD_TC(tp, maildir);
	ATF_TP_ADD_TC(tp, beneath);
	return (atf_no_error());
}

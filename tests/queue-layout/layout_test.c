/* SPDX-License-Identifier: ISC */
/*
 * The layout is checked, made and repaired, for users of a file of ours; a
 * link that somebody put in the place of a directory is left alone.
 */
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "queue-layout/layout.h"

static const struct layout_names names = { "passwd", "group", NULL, NULL };
static struct buf said;

static void
write_file(const char *name, const char *text)
{
	FILE *fp = fopen(name, "w");

	ATF_REQUIRE(fp != NULL && fputs(text, fp) >= 0 && fclose(fp) == 0);
}

static void
write_users(void)
{
	write_file("passwd", "root:x:0:0::/:/bin/sh\n"
	    "_postern_qmgr:x:60001:60011::/:/bin/false\n"
	    "_postern_bounce:x:60002:60012::/:/bin/false\n"
	    "_postern_pickup:x:60003:60013::/:/bin/false\n"
	    "_postern_flush:x:60004:60014::/:/bin/false\n"
	    "_postern_showq:x:60005:60015::/:/bin/false\n"
	    "_postern_dial:x:60006:60016::/:/bin/false\n");
	/* The other groups are the users' own, as in the passwd file. */
	write_file("group", "_postern_qin:x:60020:_postern_qmgr,_postern_showq\n"
	    "postdrop:x:60021:\n_postern_showq:x:60015:_postern_qmgr\n");
	buf_init(&said, 100000);
}

static void
report(void *arg, const char *text)
{
	(void)arg;
	buf_xprintf(&said, "%s\n", text);
}

static int
check(bool fix)
{
	buf_reset(&said);
	return (layout_check("queue", &names, fix, report, NULL));
}

static bool
says(const char *text)
{
	return (strstr(buf_str(&said), text) != NULL);
}

ATF_TC(repair);
ATF_TC_HEAD(repair, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(repair, tc)
{
	struct stat st;

	write_users();
	ATF_CHECK_EQ(-1, check(false));
	ATF_REQUIRE_EQ(0, mkdir("queue", 0777));
	ATF_REQUIRE_EQ(0, chmod("queue", 0777));
	ATF_CHECK_EQ(Q_COUNT + 1, check(false));
	ATF_CHECK(says("queue: mode 0777, should be 0755\n"));
	ATF_CHECK(says("incoming: missing\n"));
	ATF_CHECK_EQ_MSG(0, check(true), "%s", buf_str(&said));
	ATF_CHECK_EQ_MSG(0, check(false), "%s", buf_str(&said));
	ATF_CHECK_EQ(0, said.n);
	ATF_REQUIRE_EQ(0, stat("queue/incoming", &st));
	ATF_CHECK_EQ(60001, st.st_uid);
	ATF_CHECK_EQ(60020, st.st_gid);
	ATF_CHECK_EQ(03770, st.st_mode & 07777);
	ATF_REQUIRE_EQ(0, stat("queue/maildrop", &st));
	ATF_CHECK_EQ(60003, st.st_uid);
	ATF_CHECK_EQ(60021, st.st_gid);
	ATF_CHECK_EQ(01730, st.st_mode & 07777);
	ATF_REQUIRE_EQ(0, stat("queue/saved", &st));
	ATF_CHECK_EQ(0, st.st_uid);
	ATF_REQUIRE_EQ(0, chown("queue/bounce", 1, 2));
	ATF_REQUIRE_EQ(0, chmod("queue/defer", 0777));
	ATF_CHECK_EQ(2, check(false));
	ATF_CHECK(says("bounce: owned by 1:2, should be 60002:60015\n"));
	ATF_CHECK(says("defer: mode 0777, should be 2750\n"));
	ATF_CHECK_EQ(0, check(true));
	ATF_CHECK(says("bounce: owned by 1:2"));
	ATF_CHECK_EQ(0, check(false));
	buf_fini(&said);
}

ATF_TC(links);
ATF_TC_HEAD(links, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(links, tc)
{
	struct stat st;

	write_users();
	ATF_REQUIRE_EQ(0, check(true));
	ATF_REQUIRE_EQ(0, mkdir("victim", 0711));
	ATF_REQUIRE_EQ(0, rmdir("queue/active"));
	ATF_REQUIRE_EQ(0, symlink("../victim", "queue/active"));
	ATF_REQUIRE_EQ(0, rmdir("queue/hold"));
	write_file("queue/hold", "x");
	ATF_CHECK_EQ(2, check(true));
	ATF_CHECK(says("active: not a directory\n"));
	ATF_CHECK(says("hold: not a directory\n"));
	ATF_REQUIRE_EQ(0, stat("victim", &st));
	ATF_CHECK_EQ(0, st.st_uid);
	ATF_CHECK_EQ(0711, st.st_mode & 07777);
	buf_fini(&said);
}

ATF_TC(users);
ATF_TC_HEAD(users, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(users, tc)
{
	struct layout_want want;
	uid_t uid;
	gid_t gid, groups[4];
	char missing[64];

	write_users();
	ATF_CHECK_EQ(0, owner_user("passwd", "_postern_qmgr", &uid, &gid));
	ATF_CHECK_EQ(60001, uid);
	ATF_CHECK_EQ(60011, gid);
	ATF_CHECK_EQ(-1, owner_user("passwd", "_postern_qmg", &uid, &gid));
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_CHECK_EQ(-1, owner_user("none", "_postern_qmgr", &uid, &gid));
	ATF_CHECK_EQ(2, owner_groups("group", "_postern_qmgr", groups, 4));
	ATF_CHECK_EQ(60020, groups[0]);
	ATF_CHECK_EQ(1, owner_groups("group", "_postern_qmgr", groups, 1));
	ATF_CHECK_EQ(0, layout_owner(&names, Q_defer, &want, missing));
	ATF_CHECK_EQ(60002, want.uid);
	ATF_CHECK_EQ(60015, want.gid);
	ATF_CHECK_EQ(02750, want.mode);
	write_file("passwd", "root:x:0:0::/:/bin/sh\n");
	ATF_CHECK_EQ(-1, layout_owner(&names, Q_defer, &want, missing));
	ATF_CHECK_STREQ("_postern_bounce", missing);
	/* A role that is not installed yet: the directory is root's. */
	ATF_CHECK_EQ(0, layout_owner(&names, Q_maildrop, &want, missing));
	ATF_CHECK_EQ(0, want.uid);
	ATF_CHECK_EQ(0, want.gid);
	ATF_CHECK_EQ(0700, want.mode);
	ATF_CHECK(check(true) > 0);
	ATF_CHECK(says("user or group _postern_bounce does not exist"));
	buf_fini(&said);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, repair);
	ATF_TP_ADD_TC(tp, links);
	ATF_TP_ADD_TC(tp, users);
	return (atf_no_error());
}

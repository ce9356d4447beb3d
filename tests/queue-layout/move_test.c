/* SPDX-License-Identifier: ISC */
/* Files go from directory to directory; scans find them wherever they are. */
#include <sys/stat.h>

#include <errno.h>

#include "base/fd.h"
#include "make.h"

static struct q_hash
hashed(int depth)
{
	struct q_hash h;

	q_hash_set(&h, VIEW("deferred, defer, corrupt"), depth, NULL);
	return (h);
}

static void
touch(int root, const char *path)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT, 0600);

	ATF_REQUIRE_MSG(fd != -1, "%s", path);
	fd_close(&fd);
}

static bool
there(int root, const char *path)
{
	return (faccessat(root, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
}

ATF_TC_WITHOUT_HEAD(renames);
ATF_TC_BODY(renames, tc)
{
	struct q_hash h = hashed(2);
	int root = make_queue(), fd;
	struct stat st;

	touch(root, "incoming/B18CCA768C3");
	ATF_CHECK_EQ(0, q_rename(root, &h, Q_incoming, Q_active,
	    "B18CCA768C3"));
	ATF_CHECK_EQ(0, q_rename(root, &h, Q_active, Q_deferred,
	    "B18CCA768C3"));
	ATF_CHECK(there(root, "deferred/B/1/B18CCA768C3"));
	ATF_REQUIRE_EQ(0, fstatat(root, "deferred/B", &st, 0));
	ATF_CHECK_EQ(0750, st.st_mode & 0777);
	ATF_CHECK_EQ(-1, q_rename(root, &h, Q_active, Q_deferred,
	    "B18CCA768C3"));
	ATF_CHECK_EQ(ENOENT, errno);
	/* Nothing is replaced. */
	touch(root, "active/B18CCA768C3");
	ATF_CHECK_EQ(-1, q_rename(root, &h, Q_active, Q_deferred,
	    "B18CCA768C3"));
	ATF_CHECK_EQ(EEXIST, errno);
	ATF_CHECK(there(root, "active/B18CCA768C3"));
	ATF_CHECK_EQ(-1, q_rename(root, &h, Q_active, Q_deferred, "../x"));
	ATF_CHECK_EQ(EINVAL, errno);
	/* Not a queue file: it has no marks, and stays as it is. */
	ATF_CHECK_EQ(-1, q_set_time(root, &h, Q_deferred, "B18CCA768C3",
	    1764000000));
	ATF_CHECK_EQ(EBADMSG, errno);
	ATF_REQUIRE((fd = q_open(root, &h, Q_deferred, "B18CCA768C3",
	    O_RDWR)) != -1);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_CHECK_EQ(0, st.st_size);
	ATF_CHECK_EQ(0, q_unlink(root, &h, Q_deferred, "B18CCA768C3"));
	ATF_CHECK_EQ(-1, q_unlink(root, &h, Q_deferred, "B18CCA768C3"));
	ATF_REQUIRE_EQ(0, symlinkat("/etc/passwd", root, "active/000001"));
	ATF_CHECK_EQ(-1, q_open(root, &h, Q_active, "000001", O_RDONLY));
	ATF_CHECK_EQ(ELOOP, errno);
}

ATF_TC_WITHOUT_HEAD(marks);
ATF_TC_BODY(marks, tc)
{
	static const struct {
		int64_t	set, want;
	} cases[] = {
		{ 1764000000, 1764000000 }, { 0, 0 }, { -5, 0 },
		{ INT64_MAX, UINT32_MAX },
	};
	struct q_hash h = hashed(1);
	int root = make_queue(), dir = make_dir(root, "incoming");
	int fd = make_message(dir, 100, 3);
	struct qf_marks m;
	struct qf_why why;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_CHECK_EQ(0, q_set_time(root, &h, Q_incoming, make_id,
		    cases[i].set));
		ATF_REQUIRE_EQ(0, qf_marks_peek(fd, &m));
		ATF_CHECK_EQ(cases[i].want, m.retry_time);
		ATF_CHECK_EQ(0, m.warn_time);
		ATF_CHECK_EQ(0, m.logs);
	}
	ATF_CHECK_EQ(QF_OK, make_check(fd, &why));
	/* A place for the marks that is beyond the end. */
	ATF_REQUIRE_EQ(0, ftruncate(fd, 200));
	ATF_CHECK_EQ(-1, qf_marks_peek(fd, &m));
	ATF_CHECK_EQ(-1, q_set_time(root, &h, Q_incoming, make_id, 1));
	ATF_CHECK_EQ(200, lseek(fd, 0, SEEK_END));
}

ATF_TC_WITHOUT_HEAD(condemned);
ATF_TC_BODY(condemned, tc)
{
	struct q_hash h = hashed(1);
	int root = make_queue();

	touch(root, "incoming/B18CCA768C3");
	touch(root, "active/B18CCA768C3");
	touch(root, "incoming/some name");
	ATF_CHECK_EQ(0, q_condemn(root, &h, "incoming/B18CCA768C3"));
	ATF_CHECK(there(root, "corrupt/B/B18CCA768C3"));
	ATF_CHECK_EQ(0, q_condemn(root, &h, "active/B18CCA768C3"));
	ATF_CHECK(there(root, "corrupt/B18CCA768C3.1"));
	ATF_CHECK_EQ(0, q_condemn(root, &h, "incoming/some name"));
	ATF_CHECK(there(root, "corrupt/some name"));
	ATF_CHECK_EQ(-1, q_condemn(root, &h, "incoming/gone"));
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_CHECK_EQ(-1, q_condemn(root, &h, "incoming/"));
}

ATF_TC_WITHOUT_HEAD(scan);
ATF_TC_BODY(scan, tc)
{
	struct q_hash h = hashed(1);
	int root = make_queue(), found = 0, odd = 0, moved = 0, got;
	char path[64], id[32];
	struct q_scan *s;
	struct q_entry e;
	int i;

	for (i = 0; i < 16; i++) {
		(void)snprintf(path, sizeof(path), "deferred/%X", i);
		ATF_REQUIRE_EQ(0, mkdirat(root, path, 0700));
	}
	for (i = 1; i <= 300; i++) {
		(void)snprintf(id, sizeof(id), "%05X%X", i * 3000, i);
		(void)snprintf(path, sizeof(path), "deferred/%c/%s", id[0], id);
		touch(root, path);
	}
	touch(root, "deferred/000011");		/* not in its subdirectory */
	touch(root, "deferred/1/000021");	/* in the wrong one */
	touch(root, "deferred/12345.678");
	ATF_REQUIRE_EQ(0, mkdirat(root, "deferred/x", 0700));
	ATF_REQUIRE_EQ(0, symlinkat("..", root, "deferred/F/link"));
	ATF_REQUIRE((s = q_scan_open(root, &h, Q_deferred)) != NULL);
	while ((got = q_scan_next(s, &e)) != 0) {
		ATF_REQUIRE(got == 1 || got == 2);
		if (got == 2)
			continue;
		ATF_CHECK_MSG(there(root, e.path), "%s", e.path);
		if (!e.id_ok)
			odd++;
		else if (!e.placed)
			moved++;
		else
			found++;
	}
	q_scan_close(&s);
	ATF_CHECK(s == NULL);
	ATF_CHECK_EQ(300, found);
	ATF_CHECK_EQ(2, moved);
	ATF_CHECK_EQ(3, odd);
	/* A file that goes away in the meantime, a directory that is none. */
	ATF_REQUIRE_EQ(0, symlinkat("..", root, "trace/x"));
	ATF_REQUIRE_EQ(0, unlinkat(root, "flush", AT_REMOVEDIR));
	ATF_REQUIRE_EQ(0, symlinkat("active", root, "flush"));
	ATF_CHECK(q_scan_open(root, &h, Q_flush) == NULL);
	ATF_CHECK_MSG(errno == ELOOP || errno == ENOTDIR, "%d", errno);
}

/* One call looks at a bounded number of entries. */
ATF_TC_WITHOUT_HEAD(budget);
ATF_TC_BODY(budget, tc)
{
	static const char hex[] = "0123456789ABCDEF";
	int root = make_queue(), i, again = 0, got;
	struct q_hash h = hashed(3);
	struct q_scan *s;
	struct q_entry e;
	char path[64];

	for (i = 0; i < 16 * 16 * 4; i++) {
		(void)snprintf(path, sizeof(path), "deferred/%c", hex[i / 64]);
		(void)mkdirat(root, path, 0700);
		(void)snprintf(path + 10, 4, "/%c", hex[i / 4 % 16]);
		(void)mkdirat(root, path, 0700);
		(void)snprintf(path + 12, 4, "/%c", hex[i % 4]);
		ATF_REQUIRE_EQ_MSG(0, mkdirat(root, path, 0700), "%s", path);
	}
	ATF_REQUIRE((s = q_scan_open(root, &h, Q_deferred)) != NULL);
	while ((got = q_scan_next(s, &e)) == 2)
		again++;
	ATF_CHECK_EQ(0, got);
	ATF_CHECK_MSG(again >= 10, "%d", again);
	q_scan_close(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, renames);
	ATF_TP_ADD_TC(tp, marks);
	ATF_TP_ADD_TC(tp, condemned);
	ATF_TP_ADD_TC(tp, scan);
	ATF_TP_ADD_TC(tp, budget);
	return (atf_no_error());
}

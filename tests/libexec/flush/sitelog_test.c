/* SPDX-License-Identifier: ISC */
/* Lists of sites: their names, their bounds, what a crash leaves. */
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "sitelog.h"

#define ID	"ABCDE1234"
#define HEAD	"# since 7\n"

static struct arena *mem;

static struct sitelogs
logs(void)
{
	mem = arena_new(64 * 1024 * 1024);
	ATF_REQUIRE_EQ(0, mkdir("flush", 0700));
	return ((struct sitelogs){ .rootfd = AT_FDCWD, .max_bytes = 4096,
		.max_sites = 2 });
}

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, fd_write_all(fd, text, strlen(text)));
	fd_close(&fd);
}

static const char *
file(const char *path)
{
	static char text[8192];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd == -1)
		return ("none");
	n = read(fd, text, sizeof(text) - 1);
	ATF_REQUIRE(n >= 0);
	text[n] = '\0';
	fd_close(&fd);
	return (text);
}

/* What NAME~ holds: ids with a blank between. */
static const char *
taken(const struct sitelogs *l, const char *name)
{
	static char text[8192];
	struct site_ids ids;
	size_t n = 0;

	if (sitelog_taken(l, name, mem, &ids) == -1)
		return (strerror(errno));
	text[0] = '\0';
	for (size_t i = 0; i < ids.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
		    i > 0 ? " " : "", ids.ids[i]);
	return (text);
}

static const struct {
	const char *label, *site, *want;
} names[] = {
	{ "as it is", "a-b.example", "a-b.example" },
	{ "lower case", "A.Example", "a.example" },
	{ "a literal", "[192.0.2.1]", "=5B192.0.2.1=5D" },
	{ "IPv6", "[IPv6:fd00::1]", "=5Bipv6=3Afd00=3A=3A1=5D" },
	{ "no way up", "../../x", "=2E.=2F..=2Fx" },
	{ "itself", ".", "=2E" },
	{ "marks", "a~", "a=7E" },
	{ "marks", "a+", "a=2B" },
	{ "an escape", "a=2E", "a=3D2e" },
	{ "8 bit", "\xc3\xa9.example", "=C3=A9.example" },
	{ "nothing", "", NULL },
};

ATF_TC_WITHOUT_HEAD(name);
ATF_TC_BODY(name, tc)
{
	char out[SITELOG_NAME], site[300];

	(void)tc;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool ok = sitelog_name(names[i].site, out);

		ATF_CHECK_EQ_MSG(names[i].want != NULL, ok, "%s",
		    names[i].label);
		if (ok)
			ATF_CHECK_STREQ_MSG(names[i].want, out, "%s",
			    names[i].label);
	}
	memset(site, 'a', sizeof(site));
	site[251] = '\0';
	ATF_CHECK(sitelog_name(site, out));
	site[251] = 'a';
	site[255] = '\0';
	ATF_CHECK(!sitelog_name(site, out));
}

static const struct {
	const char *label, *before, *after;
} adds[] = {
	{ "a new one", NULL, HEAD ID "\n" },
	{ "an empty file", "", HEAD ID "\n" },
	{ "behind others", HEAD "ABCDE1111\n", HEAD "ABCDE1111\n" ID "\n" },
	{ "behind a cut line", HEAD "ABC", HEAD "ABC\n" ID "\n" },
};

ATF_TC_WITHOUT_HEAD(add);
ATF_TC_BODY(add, tc)
{
	struct sitelogs l = logs();

	(void)tc;
	for (size_t i = 0; i < sizeof(adds) / sizeof(adds[0]); i++) {
		(void)unlink("flush/a.example");
		l.n = 0;
		if (adds[i].before != NULL)
			write_file("flush/a.example", adds[i].before);
		ATF_CHECK_EQ(0, sitelog_add(&l, "a.example", ID, 7));
		ATF_CHECK_STREQ_MSG(adds[i].after, file("flush/a.example"),
		    "%s", adds[i].label);
		ATF_CHECK_EQ(adds[i].before == NULL, l.n);
	}
	errno = 0;
	ATF_CHECK_EQ(-1, sitelog_add(&l, "a.example", "no id", 7));
	ATF_CHECK_EQ(EINVAL, errno);
	ATF_CHECK_EQ(0, symlink("a.example", "flush/link"));
	ATF_CHECK_EQ(-1, sitelog_add(&l, "link", ID, 7));
	ATF_CHECK_EQ(ELOOP, errno);
	arena_free(&mem);
}

static const struct {
	const char *label, *text, *ids;
	int64_t since;
	size_t bad;
} contents[] = {
	{ "nothing", "", "", 0, 0 },
	{ "each once", HEAD "ABCDE1235\n" ID "\n" ID "\n", ID " ABCDE1235", 7,
	    0 },
	{ "a cut line", HEAD ID "\nABCDE12", ID, 7, 0 },
	{ "a cut header", "# sin", "", 0, 0 },
	{ "no header", ID "\n", ID, 0, 0 },
	{ "no number", "# since x\n" ID "\n", ID, 0, 0 },
	{ "not below 0", "# since -5\n", "", 0, 0 },
	{ "no ids", HEAD "../../x\n\nabc\n" ID "\n", ID, 7, 2 },
};

ATF_TC_WITHOUT_HEAD(parse);
ATF_TC_BODY(parse, tc)
{
	struct sitelogs l = logs();
	struct site_ids ids;

	(void)tc;
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		write_file("flush/a~", contents[i].text);
		ATF_CHECK_STREQ_MSG(contents[i].ids, taken(&l, "a"), "%s",
		    contents[i].label);
		sitelog_parse(view_of(contents[i].text), mem, &ids);
		ATF_CHECK_EQ_MSG(contents[i].since, ids.since, "%s",
		    contents[i].label);
		ATF_CHECK_EQ_MSG(contents[i].bad, ids.bad, "%s",
		    contents[i].label);
	}
	arena_free(&mem);
}

ATF_TC_WITHOUT_HEAD(take);
ATF_TC_BODY(take, tc)
{
	struct sitelogs l = logs();
	int64_t since;
	bool empty;

	(void)tc;
	ATF_CHECK_EQ(-1, sitelog_take(&l, "a"));
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_CHECK_EQ(0, sitelog_add(&l, "a", ID, 7));
	ATF_CHECK_EQ(0, sitelog_look(&l, "a", &since, &empty));
	ATF_CHECK(since == 7 && !empty);
	ATF_CHECK_EQ(0, sitelog_take(&l, "a"));
	ATF_CHECK_EQ(0, l.n);
	/* What comes meanwhile is not lost, and not sent twice. */
	ATF_CHECK_EQ(0, sitelog_add(&l, "a", "ABCDE9999", 8));
	ATF_CHECK_STREQ(ID, taken(&l, "a"));
	ATF_CHECK_EQ(-1, sitelog_take(&l, "a"));
	ATF_CHECK_EQ(EEXIST, errno);
	ATF_CHECK_EQ(0, sitelog_drop(&l, "a"));
	ATF_CHECK_EQ(0, sitelog_drop(&l, "a"));
	ATF_CHECK_EQ(0, sitelog_take(&l, "a"));
	ATF_CHECK_STREQ("ABCDE9999", taken(&l, "a"));
	write_file("flush/b", HEAD);
	ATF_CHECK_EQ(0, sitelog_look(&l, "b", &since, &empty));
	ATF_CHECK(since > 7 && empty);
	arena_free(&mem);
}

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	struct sitelogs l = logs();
	char id[32];
	unsigned n;

	(void)tc;
	/* The same one over and over: it is written anew, with one of it. */
	for (n = 0; n < 2000; n++)
		ATF_REQUIRE_EQ(0, sitelog_add(&l, "a", ID, 7));
	ATF_CHECK(strlen(file("flush/a")) <= l.max_bytes);
	ATF_CHECK_EQ(-1, access("flush/a+", F_OK));
	ATF_CHECK_EQ(0, sitelog_take(&l, "a"));
	ATF_CHECK_STREQ(ID, taken(&l, "a"));
	/* Others: as many as there is room for. */
	for (n = 0; n < 2000; n++) {
		(void)snprintf(id, sizeof(id), "ABCDE%X", 0x10000 + n);
		if (sitelog_add(&l, "b", id, 7) == -1)
			break;
	}
	ATF_CHECK_EQ(EFBIG, errno);
	ATF_CHECK_MSG(n > 300 && n < 400, "%u", n);
	ATF_CHECK_EQ(0, sitelog_add(&l, "c", ID, 7));
	errno = 0;
	ATF_CHECK_EQ(-1, sitelog_add(&l, "d", ID, 7));
	ATF_CHECK_EQ(EDQUOT, errno);
	ATF_CHECK_EQ(2, l.n);
	arena_free(&mem);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, name);
	ATF_TP_ADD_TC(tp, add);
	ATF_TP_ADD_TC(tp, parse);
	ATF_TP_ADD_TC(tp, take);
	ATF_TP_ADD_TC(tp, bounds);
	return (atf_no_error());
}

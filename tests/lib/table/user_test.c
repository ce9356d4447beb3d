/* SPDX-License-Identifier: ISC */
/* Names of users in a file like passwd(5). */
#include <sys/mman.h>

#include <atf-c.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "table/user.h"

static int
file_of(const char *text)
{
	int fd = memfd_create("passwd", MFD_CLOEXEC);

	ATF_REQUIRE(fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0);
	return (fd);
}

static const char file[] = "root:x:0:0:root:/root:/bin/sh\n"
    "\n"
    "# not an entry:x:7\n"
    "bad:x:seven:7\n"
    ":x:8:8\n"
    "ada:x:1000:1000:Ada L.,,,:/home/ada:/bin/sh\n"
    "again:x:1000:1000:other:/:/\n"
    "short:x:9\n"
    "last:x:10:10:no line end";

static const struct {
	const char	*label;
	uid_t		 uid;
	const char	*name, *gecos;
} rows[] = {
	{ "first", 0, "root", "root" },
	{ "the first of two", 1000, "ada", "Ada L.,,," },
	{ "without the rest", 9, "short", "" },
	{ "at the end", 10, "last", "no line end" },
	{ "not there", 77, NULL, NULL },
	{ "without a name", 8, NULL, NULL },
};

ATF_TC_WITHOUT_HEAD(find);
ATF_TC_BODY(find, tc)
{
	struct user_entry e;
	int fd = file_of(file);

	(void)tc;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ATF_REQUIRE_EQ_MSG(rows[i].name != NULL,
		    user_find(fd, rows[i].uid, &e), "%s", rows[i].label);
		if (rows[i].name == NULL)
			continue;
		ATF_CHECK_STREQ(rows[i].name, e.name);
		ATF_CHECK_STREQ(rows[i].gecos, e.gecos);
	}
	fd_close(&fd);
	ATF_CHECK(!user_find(-1, 0, &e));
}

/* Whatever is in front of it, in lines of any length. */
ATF_TC_WITHOUT_HEAD(long_lines);
ATF_TC_BODY(long_lines, tc)
{
	static char text[40000];
	struct user_entry e;

	(void)tc;
	for (size_t n = 3000; n < 13000; n += 997) {
		int fd;

		memset(text, 'x', n);
		memcpy(text + n, "\nada:x:5:5:A:/:/\n", 18);
		fd = file_of(text);
		ATF_CHECK_MSG(user_find(fd, 5, &e), "%zu", n);
		ATF_CHECK_STREQ("ada", e.name);
		fd_close(&fd);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, find);
	ATF_TP_ADD_TC(tp, long_lines);
	return (atf_no_error());
}

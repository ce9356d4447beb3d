/* SPDX-License-Identifier: ISC */
/* export_environment: names, and what they stand for. */
#include <sys/mman.h>

#include <atf-c.h>
#include <string.h>
#include <unistd.h>

#include "warrant.h"

static const char given[] = "MAIL_CONFIG=/etc/x\0TZ=Europe/Paris\0TZX=no\0"
    "EMPTY=\0odd";

int
role_file_fd(const char *name)
{
	int fd;

	ATF_REQUIRE_STREQ("environment", name);
	fd = memfd_create("environment", MFD_CLOEXEC);
	ATF_REQUIRE(write(fd, given, sizeof(given)) ==
	    (ssize_t)sizeof(given));
	return (fd);
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	static const struct {
		const char	*export, *want;		/* "|" for each NUL */
	} rows[] = {
		{ "", "" },
		{ "TZ MAIL_CONFIG LANG", "TZ=Europe/Paris|MAIL_CONFIG=/etc/x|" },
		{ "LANG=C, TZ", "LANG=C|TZ=Europe/Paris|" },
		{ "{ A = b c } T EMPTY", "A = b c|EMPTY=|" },
		{ "odd TZ=here", "TZ=here|" },
	};
	struct arena *a = arena_new(0);

	(void)tc;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct view got = environment_of(a, rows[i].export);
		char *text = arena_strn(a, got.p, got.n);

		for (size_t k = 0; k < got.n; k++)
			if (text[k] == '\0')
				text[k] = '|';
		ATF_CHECK_STREQ(rows[i].want, text);
	}
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	return (atf_no_error());
}

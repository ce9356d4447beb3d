/* SPDX-License-Identifier: ISC */
/* Files of maildrop/: cut at every byte, changed at every byte, split. */
#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "queue-layout/drop.h"

static const char whole[] = "POSTERND\1\0\0\0" "O\3\0\0\0abc" "R\1\0\0\0x"
    "R\0\0\0\0" "D\2\0\0\0yz" "E\0\0\0";	/* and the NUL behind it */

/* What is read of it through a pipe, as text; *why is set at a refusal. */
static const char *
letters(const char *p, size_t n, const char **why)
{
	static char text[64];
	static struct drop d;
	struct drop_record r;
	int fds[2], got;
	size_t k = 0;

	ATF_REQUIRE(pipe(fds) == 0);
	ATF_REQUIRE(fd_write_all(fds[1], p, n) == 0);
	fd_close(&fds[1]);
	drop_open(&d, fds[0]);
	while ((got = drop_next(&d, &r)) == 1 && k < sizeof(text) - 1) {
		ATF_CHECK_EQ(r.raw.n, r.body.n + DROP_RECORD);
		text[k++] = "QORrDE"[r.type];
	}
	text[k] = '\0';
	*why = got == 0 ? NULL : d.why;
	fd_close(&fds[0]);
	return (text);
}

ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	const char *why;

	(void)tc;
	ATF_CHECK_STREQ("ORRDE", letters(whole, sizeof(whole), &why));
	ATF_CHECK_EQ(NULL, why);
	for (size_t n = 0; n < sizeof(whole); n++) {
		(void)letters(whole, n, &why);
		ATF_CHECK_STREQ_MSG("it is cut short",
		    why != NULL ? why : "nothing", "%zu", n);
	}
}

static const struct {
	const char	*label, *text;
	size_t		 n;
	const char	*want, *why;
} rows[] = {
#define ROW(label, text, want, why)	{ label, text, sizeof(text) - 1, want, why }
#define HEAD	"POSTERND\1\0\0\0"
	ROW("more behind it", HEAD "O\0\0\0\0" "E\0\0\0\0" "E", "OE",
	    "something follows its end"),
	ROW("another file", "Subject: hello", "",
	    "it is no submitted message"),
	ROW("another version", "POSTERND\2\0\0\0", "",
	    "it is of another version"),
	ROW("no open", HEAD "R\0\0\0\0", "", "a record is out of order"),
	ROW("two opens", HEAD "O\0\0\0\0" "O\0\0\0\0", "O",
	    "a record is out of order"),
	ROW("back", HEAD "O\0\0\0\0" "D\0\0\0\0" "R\0\0\0\0", "OD",
	    "a record is out of order"),
	ROW("unknown", HEAD "O\0\0\0\0" "Q\0\0\0\0", "O",
	    "a record is out of order"),
	ROW("too long", HEAD "O\1\340\0\0", "", "a record is too long"),
	ROW("huge", HEAD "O\377\377\377\377", "", "a record is too long"),
	ROW("least", HEAD "O\0\0\0\0" "E\0\0\0\0", "OE", NULL),
};

ATF_TC_WITHOUT_HEAD(form);
ATF_TC_BODY(form, tc)
{
	const char *why;

	(void)tc;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ATF_CHECK_STREQ_MSG(rows[i].want, letters(rows[i].text,
		    rows[i].n, &why), "%s", rows[i].label);
		ATF_CHECK_STREQ_MSG(rows[i].why != NULL ? rows[i].why : "",
		    why != NULL ? why : "", "%s: %s", rows[i].label,
		    why != NULL ? why : "");
	}
}

/* Records that fill the buffer, in pieces of a byte. */
ATF_TC_WITHOUT_HEAD(pieces);
ATF_TC_BODY(pieces, tc)
{
	static uint8_t body[DROP_BODY_MAX], head[DROP_HEAD];
	static struct drop d;
	struct drop_record r;
	uint8_t start[DROP_RECORD];
	int sv[2];

	(void)tc;
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0);
	drop_put_head(head);
	for (size_t i = 0; i < sizeof(head); i++)
		ATF_REQUIRE(write(sv[1], &head[i], 1) == 1);
	drop_open(&d, sv[0]);
	drop_put_record(start, DROP_submit_open, 0);
	ATF_REQUIRE(fd_write_all(sv[1], start, sizeof(start)) == 0);
	ATF_CHECK_EQ(1, drop_next(&d, &r));
	for (int k = 0; k < 3; k++) {
		memset(body, k + 1, sizeof(body));
		drop_put_record(start, DROP_submit_data, sizeof(body));
		ATF_REQUIRE(fd_write_all(sv[1], start, sizeof(start)) == 0 &&
		    fd_write_all(sv[1], body, sizeof(body)) == 0);
		ATF_REQUIRE_EQ(1, drop_next(&d, &r));
		ATF_CHECK_EQ(r.body.n, sizeof(body));
		ATF_CHECK(memcmp(r.body.p, body, sizeof(body)) == 0);
	}
	fd_close(&sv[1]);
	ATF_CHECK_EQ(-1, drop_next(&d, &r));
	fd_close(&sv[0]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, form);
	ATF_TP_ADD_TC(tp, pieces);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/* sasl_test - what an authentication server says, good and bad. */
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sasl/sasl.h"

#define V(lit)	((struct view){ lit, sizeof(lit) - 1 })

ATF_TC_WITHOUT_HEAD(hello);
ATF_TC_BODY(hello, tc)
{
	static const struct {
		const char *label;
		struct view line;
		enum sasl_hello want;
		size_t mechs;
	} rows[] = {
		{ "version 1", V("VERSION\t1\t2"), HELLO_MORE, 0 },
		{ "version 2", V("VERSION\t2\t0"), HELLO_BAD, 0 },
		{ "no version", V("VERSION"), HELLO_BAD, 0 },
		{ "plain", V("MECH\tPLAIN\tplaintext"), HELLO_MORE, 1 },
		{ "twice", V("MECH\tPLAIN"), HELLO_MORE, 1 },
		{ "private", V("MECH\tEXT\tprivate"), HELLO_MORE, 1 },
		{ "no name", V("MECH"), HELLO_MORE, 1 },
		{ "a blank in it", V("MECH\tA B"), HELLO_MORE, 1 },
		{ "a line end in it", V("MECH\tA\rB"), HELLO_MORE, 1 },
		{ "too long", V("MECH\tABCDEFGHIJKLMNOPQRSTU"), HELLO_MORE, 1 },
		{ "scram", V("MECH\tSCRAM-SHA-256\tmutual-auth"), HELLO_MORE,
		    2 },
		{ "others", V("COOKIE\t0123"), HELLO_MORE, 2 },
		{ "empty", V(""), HELLO_MORE, 2 },
		{ "the end", V("DONE"), HELLO_DONE, 2 },
	};
	struct arena *a = arena_new(0);
	struct sasl s;

	sasl_init(&s, a);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ATF_CHECK_EQ_MSG(rows[i].want, sasl_hello_line(&s,
		    rows[i].line), "%s", rows[i].label);
		ATF_CHECK_EQ_MSG(rows[i].mechs, s.nmech, "%s", rows[i].label);
	}
	ATF_CHECK(sasl_find(&s, V("plain")) == &s.mech[0]);
	ATF_CHECK(sasl_find(&s, V("EXT")) == NULL);
	ATF_CHECK_EQ(SASL_PLAINTEXT, s.mech[0].properties);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(answers);
ATF_TC_BODY(answers, tc)
{
	static const struct {
		const char *label;
		struct view line;
		bool ours;
		enum sasl_got want;
		const char *user, *data, *reason;
	} rows[] = {
		{ "ok", V("OK\t7\tuser=ada\tx"), true, SASL_OK, "ada", "", "" },
		{ "nobody", V("OK\t7"), true, SASL_GONE, "", "", "" },
		{ "no name", V("OK\t7\tuser="), true, SASL_GONE, "", "", "" },
		{ "escapes", V("OK\t7\tuser=a\001tb\001nc\001"), true, SASL_OK,
		    "a?b?c?", "", "" },
		{ "NUL", V("OK\t7\tuser=a\0b"), true, SASL_OK, "a?b", "", "" },
		{ "fail", V("FAIL\t7\tuser=x\treason=no way"), true, SASL_FAIL,
		    "x", "", "no way" },
		{ "later", V("FAIL\t7\ttemp"), true, SASL_TEMPFAIL, "", "", "" },
		{ "later, as a code", V("FAIL\t7\tcode=temp_fail"), true,
		    SASL_TEMPFAIL, "", "", "" },
		{ "challenge", V("CONT\t7\tUGFz"), true, SASL_CONTINUE, "",
		    "UGFz", "" },
		{ "empty challenge", V("CONT\t7\t"), true, SASL_CONTINUE, "", "",
		    "" },
		{ "no base64", V("CONT\t7\tUG\rz"), true, SASL_GONE, "", "", "" },
		{ "cut base64", V("CONT\t7\tUGF"), true, SASL_GONE, "", "", "" },
		{ "of another", V("OK\t8\tuser=ada"), false, SASL_OK, "", "", "" },
		{ "no number", V("OK\tx\tuser=ada"), false, SASL_OK, "", "", "" },
		{ "too big a number", V("OK\t4294967303\tuser=ada"), false,
		    SASL_OK, "", "", "" },
		{ "negative", V("OK\t-7\tuser=ada"), false, SASL_OK, "", "", "" },
		{ "unknown word", V("YES\t7\tuser=ada"), false, SASL_OK, "", "",
		    "" },
		{ "nothing", V(""), false, SASL_OK, "", "", "" },
	};
	struct arena *a = arena_new(0);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sasl_answer got;
		enum sasl_got g = SASL_GONE;
		bool ours = sasl_answer_line(a, rows[i].line, 7, &g, &got);

		ATF_CHECK_EQ_MSG(rows[i].ours, ours, "%s", rows[i].label);
		if (!ours)
			continue;
		ATF_CHECK_EQ_MSG(rows[i].want, g, "%s", rows[i].label);
		ATF_CHECK_STREQ_MSG(rows[i].user, got.user != NULL ? got.user :
		    "", "%s", rows[i].label);
		ATF_CHECK_STREQ_MSG(rows[i].data, got.data, "%s",
		    rows[i].label);
		ATF_CHECK_STREQ_MSG(rows[i].reason, got.reason != NULL ?
		    got.reason : "", "%s", rows[i].label);
	}
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(base64);
ATF_TC_BODY(base64, tc)
{
	static const struct {
		struct view v;
		bool good;
	} rows[] = {
		{ V(""), true }, { V("AbC/"), true }, { V("Ab+="), true },
		{ V("Ab=="), true }, { V("A==="), false }, { V("===="), false },
		{ V("AbC"), false }, { V("Ab=C"), false }, { V("Ab\tC"), false },
		{ V("AbC\n"), false }, { V("Ab\0C"), false }, { V("*"), false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ATF_CHECK_EQ_MSG(rows[i].good, sasl_is_base64(rows[i].v),
		    "%s", rows[i].v.p);
}

ATF_TC_WITHOUT_HEAD(demands);
ATF_TC_BODY(demands, tc)
{
	static const struct {
		const char *text;
		unsigned properties;
		bool meets;
	} rows[] = {
		{ "", SASL_ANONYMOUS, true },
		{ "noanonymous", SASL_ANONYMOUS, false },
		{ "noanonymous", SASL_PLAINTEXT, true },
		{ "noanonymous, noplaintext", SASL_PLAINTEXT, false },
		{ "NOACTIVE nodictionary", SASL_DICTIONARY, false },
		{ "mutual_auth", SASL_PLAINTEXT, false },
		{ "mutual_auth", SASL_MUTUAL_AUTH | SASL_DICTIONARY, true },
		{ "forward_secrecy,mutual_auth", SASL_MUTUAL_AUTH, false },
	};
	struct sasl_demands d;
	struct view bad;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sasl_mech m = { "X", rows[i].properties };

		ATF_REQUIRE(sasl_demands_parse(rows[i].text, &d, &bad));
		ATF_CHECK_EQ_MSG(rows[i].meets, sasl_meets(&m, &d), "%s",
		    rows[i].text);
	}
	ATF_CHECK(!sasl_demands_parse("noanonymous, nothing", &d, &bad));
	ATF_CHECK(view_eq(bad, "nothing"));
}

/* A server that says this and closes, or waits for ever. */
static int
server(const char *says, bool waits, pid_t *pid)
{
	int p[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, p));
	if ((*pid = fork()) == 0) {
		char c;

		close(p[0]);
		if (write(p[1], says, strlen(says)) < 0)
			_exit(1);
		if (!waits)
			(void)shutdown(p[1], SHUT_WR);
		while (read(p[1], &c, 1) > 0)
			continue;
		_exit(0);
	}
	close(p[1]);
	return (p[0]);
}

ATF_TC_WITHOUT_HEAD(connection);
ATF_TC_BODY(connection, tc)
{
#define HELLO	"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nDONE\n"
	static char flood[SASL_LINE_MAX + 100];
	const struct {
		const char *label, *says;
		bool waits, opens;
		enum sasl_got want;
	} rows[] = {
		{ "good", HELLO "OK\t1\tuser=ada\n", false, true, SASL_OK },
		{ "refuses", HELLO "FAIL\t1\n", true, true, SASL_FAIL },
		{ "others first", HELLO "OK\t9\tuser=x\nOK\t1\tuser=ada\n",
		    true, true, SASL_OK },
		{ "dies after the greeting", HELLO, false, true, SASL_GONE },
		{ "dies in an answer", HELLO "OK\t1\tuser=ad", false, true,
		    SASL_GONE },
		{ "hangs after the greeting", HELLO, true, true, SASL_GONE },
		{ "hangs", "", true, false, SASL_GONE },
		{ "dies", "", false, false, SASL_GONE },
		{ "dies in the greeting", "VERSION\t1\t0\nMECH\tPL", false,
		    false, SASL_GONE },
		{ "another version", "VERSION\t3\t0\nDONE\n", true, false,
		    SASL_GONE },
		{ "a line without end", flood, true, false, SASL_GONE },
	};
	struct arena *a = arena_new(0);
	struct sasl_begin b = { .mech = "PLAIN", .service = "smtp",
		.local = "", .remote = "", .response = "AA==" };

	memset(flood, 'x', sizeof(flood) - 1);
	flood[sizeof(flood) - 2] = '\n';
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sasl_answer got;
		const char *why = NULL;
		struct sasl s;
		pid_t pid;
		int fd = server(rows[i].says, rows[i].waits, &pid);

		sasl_init(&s, a);
		ATF_CHECK_EQ_MSG(rows[i].opens, sasl_open(&s, fd,
		    span_ms(300), &why) == 0, "%s: %s", rows[i].label, why);
		if (rows[i].opens)
			ATF_CHECK_EQ_MSG(rows[i].want, sasl_begin(&s, a, &b,
			    span_ms(300), &got), "%s", rows[i].label);
		if (rows[i].want == SASL_GONE)
			ATF_CHECK_EQ_MSG(-1, s.fd, "%s", rows[i].label);
		sasl_close(&s);
		ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
	}
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, hello);
	ATF_TP_ADD_TC(tp, answers);
	ATF_TP_ADD_TC(tp, base64);
	ATF_TP_ADD_TC(tp, demands);
	ATF_TP_ADD_TC(tp, connection);
	return (atf_no_error());
}

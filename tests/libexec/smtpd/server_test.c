/* SPDX-License-Identifier: ISC */
/*
 * server_test - smtpd(8) and the servers that it asks, good ones and broken
 * ones: policy servers, SASL.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"

#define RC	"smtpd_recipient_restrictions"
#define MAIL	"EHLO c.example\r\n" TURN "MAIL FROM:<a@b.example>\r\n"
#define RCPT	"RCPT TO:<alice@acc.example>\r\n"

/*
 * What the server does, a step for each connection: "R" waits for a request
 * and answers with what follows, "C" closes, "H" hangs, "N" is not there.
 */
static const char *const *steps;
static size_t connections;
static int said;			/* what it was asked */

static void
hang(int fd)
{
	char c[1000];

	while (read(fd, c, sizeof(c)) > 0)
		continue;
}

/* A request ends with an empty line, or is one line ("lines"). */
static bool
hear(int fd, bool lines)
{
	char c, was = 0;

	while (read(fd, &c, 1) == 1) {
		if (write(said, &c, 1) != 1)
			abort();
		if (c == '\n' && (lines || was == '\n'))
			return (true);
		was = c;
	}
	return (false);
}

static void
serve(int fd, const char *step)
{
	struct view rest = view_of(step), part;

	while (view_field(&rest, '|', &part)) {
		if (part.n == 0 || part.p[0] == 'C')
			_exit(0);
		if (part.p[0] == 'H')
			hang(fd);
		else if (part.p[0] == 'W' || (part.p[0] == 'R' &&
		    hear(fd, false)) || (part.p[0] == 'L' && hear(fd, true)))
			(void)!write(fd, part.p + 1, part.n - 1);
		else
			_exit(0);
	}
	hang(fd);
	_exit(0);
}

static int
connect_to(const char *endpoint)
{
	const char *step = steps[connections];
	int p[2];

	(void)endpoint;
	if (step == NULL || step[0] == 'N') {
		if (step != NULL)
			connections++;
		errno = ECONNREFUSED;
		return (-1);
	}
	connections++;
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    p));
	if (fork() == 0) {
		close(p[0]);
		serve(p[1], step);
	}
	close(p[1]);
	return (p[0]);
}

static char *
was_asked(void)
{
	static char text[100000];
	ssize_t n = pread(said, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return (text);
}

static const char *
play(const char *const *params, const char *const *script, const char *in)
{
	char name[] = "said.XXXXXX";
	const char *out;

	if (said > 0)
		close(said);
	ATF_REQUIRE((said = mkstemp(name)) > 0);
	(void)unlink(name);
	steps = script;
	connections = 0;
	fake_server = connect_to;
	fake_setup(params);
	out = FAKE_PLAY(NULL, in);
	fake_teardown();
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	return (out);
}

static void
has(const char *label, const char *text, const char *want)
{
	ATF_CHECK_MSG(strstr(text, want) != NULL, "%s: no %s in %s", label,
	    want, text);
}

ATF_TC_WITHOUT_HEAD(policy);
ATF_TC_BODY(policy, tc)
{
	static const struct row {
		const char *label;
		const char *options;
		const char *script[6];
		const char *reply, *log;
		size_t used;
	} rows[] = {
		{ "dunno", "", { "Raction=DUNNO\n\n" }, "\r\n250 2.1.5 Ok", "",
		    1 },
		{ "reject", "", { "Raction=REJECT go away\n\n" },
		    "554 5.7.1 <alice@acc.example>: Recipient address "
		    "rejected: go away", "NOQUEUE: reject: RCPT", 1 },
		{ "own code", "", { "Raction=450 4.7.0 grey\n\n" },
		    "450 4.7.0 <alice@acc.example>: Recipient address "
		    "rejected: grey", "", 1 },
		{ "other attributes", "", { "Rx=y\naction = ok\n\n" },
		    "\r\n250 2.1.5 Ok", "", 1 },
		{ "no such action", "", { "Raction=frobnicate\n\n" },
		    "451 4.3.5", "unknown smtpd restriction", 1 },
		{ "nobody there", "", { "N", "N" },
		    "451 4.3.5 <alice@acc.example>: Recipient address "
		    "rejected: Server configuration problem",
		    "connect to 127.0.0.1:1: Connection refused", 2 },
		{ "there at the second try", "", { "N",
		    "Raction=REJECT second\n\n" }, "second",
		    "Connection refused", 2 },
		{ "dies at once", "", { "C", "C" }, "451 4.3.5",
		    "problem talking to server 127.0.0.1:1: Connection lost",
		    2 },
		{ "dies in the answer", "", { "Raction=OK|C",
		    "Raction=OK\n|C" }, "451 4.3.5", "Connection lost", 2 },
		{ "hangs", "", { "H", "Raction=OK\n\n" }, "451 4.3.5",
		    "Connection timed out", 1 },
		{ "hangs in the answer", "", { "Raction=OK\n|H" },
		    "451 4.3.5", "timed out", 1 },
		{ "no action", "", { "Rfoo=bar\n\n", "R\n" }, "451 4.3.5",
		    "Malformed reply", 2 },
		{ "two actions", "", { "Raction=OK\naction=OK\n\n", "N" },
		    "451 4.3.5", "Malformed reply", 2 },
		{ "no attribute", "", { "RHTTP/1.0 400\n\n", "N" },
		    "451 4.3.5", "Malformed reply", 2 },
		{ "more than was asked", "", { "Raction=OK\n\naction=OK\n\n",
		    "N" }, "451 4.3.5", "Malformed reply", 2 },
		{ "default action", ", { default_action = DUNNO }",
		    { "N", "N" }, "\r\n250 2.1.5 Ok", "", 2 },
		{ "default action with a code",
		    ", { default_action=451 4.3.5 down }, try_limit = 1",
		    { "N", "N" }, "rejected: down", "", 1 },
	};
	const char *params[] = { RC, NULL, "smtpd_policy_service_retry_delay",
		"1", NULL };
	struct arena *a = arena_new(0);
	const char *out;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		params[1] = arena_printf(a, "check_policy_service "
		    "{ inet:127.0.0.1:1, timeout=1s%s }, "
		    "reject_unauth_destination", rows[i].options);
		out = play(params, rows[i].script, MAIL RCPT);
		has(rows[i].label, out, rows[i].reply);
		has(rows[i].label, fake_log.p, rows[i].log);
		ATF_CHECK_EQ_MSG(rows[i].used, connections, "%s: %zu",
		    rows[i].label, connections);
	}
	arena_free(&a);
}

/* One connection for all of a session; a new one where limits say so. */
ATF_TC_WITHOUT_HEAD(policy_reuse);
ATF_TC_BODY(policy_reuse, tc)
{
	static const struct {
		const char *label, *options;
		const char *script[4];
		size_t used;
	} rows[] = {
		{ "kept", "", { "Raction=OK\n\n|Raction=REJECT two\n\n" }, 1 },
		{ "closed by the server", "", { "Raction=OK\n\n|C",
		    "Raction=REJECT two\n\n" }, 2 },
		{ "one request each", ", request_limit=1",
		    { "Raction=OK\n\n|Raction=OK\n\n",
		    "Raction=REJECT two\n\n" }, 2 },
	};
	const char *params[] = { RC, NULL, NULL };
	struct arena *a = arena_new(0);
	const char *out;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		params[1] = arena_printf(a, "check_policy_service "
		    "{ unix:private/p, timeout=5%s }, reject", rows[i].options);
		out = play(params, rows[i].script, MAIL RCPT TURN RCPT);
		has(rows[i].label, out, "250 2.1.5 Ok\r\n554 5.7.1");
		has(rows[i].label, out, "rejected: two");
		ATF_CHECK_EQ_MSG(rows[i].used, connections, "%s: %zu",
		    rows[i].label, connections);
		ATF_CHECK_MSG(strstr(fake_log.p, "problem") == NULL, "%s",
		    fake_log.p);
	}
	arena_free(&a);
}

/* What is asked: each attribute is one line, whatever the client says. */
ATF_TC_WITHOUT_HEAD(policy_request);
ATF_TC_BODY(policy_request, tc)
{
	static const char *const params[] = { RC, "reject_unauth_destination",
		"smtpd_end_of_data_restrictions", "check_policy_service "
		"{ unix:p, policy_context = here }", NULL };
	static const char *const script[] = { "Raction=OK\n\n", NULL };
	static const char *const want[] = { "request=smtpd_access_policy\n",
		"\nprotocol_state=END-OF-MESSAGE\n", "\nprotocol_name=ESMTP\n",
		"\nclient_address=127.0.0.1\n", "\nhelo_name=c.example\n",
		"\nrecipient=alice@acc.example\n",
		"\nrecipient_count=1\n", "\nqueue_id=4ABCDEF123\n", "\nsize=8\n",
		"\netrn_domain=\n", "\nstress=\n", "\nsasl_method=\n",
		"\nsasl_sender=\n", "\nccert_subject=\n",
		"\nencryption_keysize=0\n", "\ntls_sni=\n",
		"\npolicy_context=here\n", "\ncompatibility_level=3.11\n",
		"\nmail_version=" };
	const char *out, *asked;

	out = play(params, script, "EHLO c.example\r\n" TURN
	    "MAIL FROM:<\"a request=x\"@b.example>\r\n" RCPT "DATA\r\n"
	    TURN "x: y\r\n\r\n.\r\n");
	asked = was_asked();
	has("end", out, "250 2.0.0 Ok: queued");
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		has("request", asked, want[i]);
	has("sender", asked, "\nsender=a request=x@b.example\n");
	ATF_CHECK_STREQ("\n\n", asked + strlen(asked) - 2);
}

#define HELLO	"WVERSION\t1\t2\nMECH\tPLAIN\tplaintext\n"		\
	"MECH\tLOGIN\tplaintext\nMECH\tANONYMOUS\tanonymous\n"		\
	"MECH\tEXTERNAL\nDONE\n|L|L"
#define EHLO	"EHLO c.example\r\n" TURN

ATF_TC_WITHOUT_HEAD(login);
ATF_TC_BODY(login, tc)
{
	static const struct {
		const char *label;
		const char *script[3];
		const char *in, *reply, *log;
	} rows[] = {
		{ "ok", { HELLO "|LOK\t1\tuser=ada\n" },
		    EHLO "AUTH PLAIN AGE=\r\n" TURN "AUTH PLAIN AGE=\r\n",
		    "235 2.7.0 Authentication successful\r\n"
		    "503 5.5.1 Error: already authenticated",
		    " auth=1/2 " },
		{ "what is offered", { HELLO }, EHLO,
		    "250-AUTH PLAIN LOGIN\r\n250-AUTH=PLAIN LOGIN\r\n", "" },
		{ "refused", { HELLO "|LFAIL\t1\tuser=eve\treason=no\n" },
		    EHLO "AUTH plain AGE=\r\n",
		    "535 5.7.8 Error: authentication failed: no\r\n",
		    "[127.0.0.1]: SASL PLAIN authentication "
		    "failed: no, sasl_username=eve\n" },
		{ "refused without a reason", { HELLO "|LFAIL\t1\n" },
		    EHLO "AUTH PLAIN AGE=\r\n", "535 5.7.8",
		    "failed: (reason unavailable), sasl_username="
		    "(unavailable)\n" },
		{ "later", { HELLO "|LFAIL\t1\ttemp\n" },
		    EHLO "AUTH PLAIN AGE=\r\n",
		    "454 4.7.0 Temporary authentication failure", "" },
		{ "dialogue", { HELLO "|LCONT\t1\tVXNl\n|LCONT\t1\tUGFz\n|"
		    "LOK\t1\tuser=ada\n" }, EHLO "AUTH LOGIN\r\n" TURN
		    "YQ==\r\n" TURN "Yg==\r\n",
		    "334 VXNl\r\n334 UGFz\r\n235 2.7.0", "" },
		{ "cancelled", { HELLO "|LCONT\t1\t\n" },
		    EHLO "AUTH PLAIN\r\n" TURN "*\r\n",
		    "334 \r\n501 5.7.0 Authentication aborted\r\n",
		    " auth=0/1 " },
		{ "no base64", { HELLO "|LCONT\t1\t\n" },
		    EHLO "AUTH PLAIN\r\n" TURN "a\tb\r\n", "501 5.5.2", "" },
		{ "too long", { HELLO "|LCONT\t1\t\n" },
		    EHLO "AUTH PLAIN\r\n" TURN "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAAAA\r\n", "500 5.5.6", "" },
		{ "initial of nothing", { HELLO "|LFAIL\t1\n" },
		    EHLO "AUTH PLAIN =\r\n", "535 5.7.8", "" },
		{ "initial that is none", { HELLO },
		    EHLO "AUTH PLAIN A\tB\r\n", "501 5.5.4", "" },
		{ "mechanism not offered", { HELLO },
		    EHLO "AUTH SCRAM-SHA-1\r\n", "535 5.7.8 Error: "
		    "authentication failed: Invalid authentication mechanism",
		    "SASL SCRAM-SHA-1 authentication failed: Invalid" },
		{ "mechanism not allowed", { HELLO },
		    EHLO "AUTH ANONYMOUS\r\n", "535 5.7.8", "" },
		{ "mechanism filtered", { HELLO },
		    EHLO "AUTH EXTERNAL\r\n", "535 5.7.8", "" },
		{ "server away", { "N", "N" }, EHLO "AUTH PLAIN AGE=\r\n",
		    "CHUNKING\r\n454 4.7.0 Temporary authentication failure: "
		    "Connection lost to authentication server\r\n",
		    "SASL: Connect to private/auth failed: Connection "
		    "refused" },
		{ "dies", { HELLO "|C" }, EHLO "AUTH PLAIN AGE=\r\n",
		    "454 4.7.0", "Connection lost" },
		{ "nonsense", { HELLO "|LOK\t1\tuser=\n" },
		    EHLO "AUTH PLAIN AGE=\r\n", "454 4.7.0", "" },
		{ "in a transaction", { HELLO }, EHLO
		    "MAIL FROM:<a@b.example>\r\n" TURN "AUTH PLAIN AGE=\r\n",
		    "503 5.5.1 Error: MAIL transaction in progress", "" },
		{ "syntax", { HELLO }, EHLO "AUTH\r\n",
		    "501 5.5.4 Syntax: AUTH mechanism", "" },
		{ "before EHLO", { HELLO }, "AUTH PLAIN AGE=\r\n",
		    "503 5.5.1 Error: send HELO/EHLO first", "" },
		{ "AUTH= of a stranger", { HELLO },
		    EHLO "MAIL FROM:<a@b.example> AUTH=a@b.example\r\n",
		    "503 5.5.4 Error: send AUTH command first", "" },
		{ "AUTH=<>", { HELLO },
		    EHLO "MAIL FROM:<a@b.example> AUTH=<>\r\n",
		    "250 2.1.0 Ok", "" },
	};
	static const char *const params[] = { "smtpd_sasl_auth_enable", "yes",
		"smtpd_sasl_path", "private/auth", "broken_sasl_auth_clients",
		"yes", "smtpd_sasl_response_limit", "40", NULL };
	const char *out;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		out = play(params, rows[i].script, rows[i].in);
		has(rows[i].label, out, rows[i].reply);
		has(rows[i].label, fake_log.p, rows[i].log);
	}
}

/* Who may send as whom. */
ATF_TC_WITHOUT_HEAD(sender_login);
ATF_TC_BODY(sender_login, tc)
{
#define SHARED	"<shared@acc.example>: Sender address rejected: "
	static const struct {
		const char *rule, *user, *sender, *reply;
	} rows[] = {
		{ "reject_sender_login_mismatch", "ada", "shared@acc.example",
		    "250 2.1.5" },
		{ "reject_sender_login_mismatch", "ADA", "shared@acc.example",
		    "250 2.1.5" },
		{ "reject_sender_login_mismatch", "eve", "shared@acc.example",
		    "553 5.7.1 " SHARED "not owned by user eve" },
		{ "reject_sender_login_mismatch", NULL, "shared@acc.example",
		    "553 5.7.1 " SHARED "not logged in" },
		{ "reject_sender_login_mismatch", NULL, "x@y.example",
		    "250 2.1.5" },
		{ "reject_sender_login_mismatch", "ada", "x@y.example",
		    "not owned by user ada" },
		{ "reject_known_sender_login_mismatch", "ada", "x@y.example",
		    "250 2.1.5" },
		{ "reject_known_sender_login_mismatch", "eve",
		    "shared@acc.example", "not owned by user eve" },
		{ "reject_authenticated_sender_login_mismatch", NULL,
		    "shared@acc.example", "250 2.1.5" },
		{ "reject_authenticated_sender_login_mismatch", "eve",
		    "shared@acc.example", "not owned" },
		{ "reject_unauthenticated_sender_login_mismatch", "eve",
		    "shared@acc.example", "250 2.1.5" },
		{ "reject_unauthenticated_sender_login_mismatch", NULL,
		    "shared@acc.example", "not logged in" },
		{ "reject_sender_login_mismatch", NULL, "", "250 2.1.5" },
		{ "check_sasl_access inline:{ eve=REJECT }", "eve", "",
		    "<eve>: SASL login name rejected: Access denied" },
		{ "check_sasl_access inline:{ eve=REJECT }", NULL, "",
		    "250 2.1.5" },
		{ "permit_sasl_authenticated, reject", "eve", "", "250 2.1.5" },
		{ "permit_sasl_authenticated, reject", NULL, "", "554 5.7.1" },
	};
	const char *params[] = { "smtpd_sender_restrictions", NULL,
		"smtpd_sender_login_maps",
		"inline:{ { shared@acc.example = ada, bob } }",
		"smtpd_authorized_xclient_hosts", "127.0.0.1", NULL };
	struct arena *a = arena_new(0);
	const char *out, *in;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		params[1] = rows[i].rule;
		in = arena_printf(a, "XCLIENT NAME=c.example%s%s\r\n" TURN
		    "EHLO c.example\r\n" TURN "MAIL FROM:<%s>\r\n" RCPT,
		    rows[i].user != NULL ? " LOGIN=" : "", rows[i].user != NULL
		    ? rows[i].user : "", rows[i].sender);
		out = play(params, (const char *const[]){ NULL }, in);
		has(rows[i].rule, out, rows[i].reply);
		if (rows[i].user != NULL && strstr(out, "250 2.1.5") != NULL)
			has("client", fake_log.p, arena_printf(a,
			    ", sasl_method=XCLIENT, sasl_username=%s\n",
			    rows[i].user));
	}
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, policy);
	ATF_TP_ADD_TC(tp, policy_reuse);
	ATF_TP_ADD_TC(tp, policy_request);
	ATF_TP_ADD_TC(tp, login);
	ATF_TP_ADD_TC(tp, sender_login);
	return (atf_no_error());
}

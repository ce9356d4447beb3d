/* SPDX-License-Identifier: ISC */
/* anvil in its confinement: channels that come and go, lines for the log. */
#include <sys/socket.h>

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "role_run.h"

static struct role_run run;

static struct msg_anvil_status
tell(struct chan *ch, enum anvil_kind kind, const char *ident)
{
	const struct msg_anvil_event m = { kind, ident };
	struct msg_anvil_status st;

	ATF_REQUIRE(chan_call(ch, V_anvil_event, &m, V_anvil_status, &st,
	    SOON) == 0);
	return (st);
}

/* The loop sees the end of a channel some time after it. */
static void
wait_count(struct chan *ch, const char *ident, uint32_t want)
{
	struct mono deadline = SOON;

	while (tell(ch, ANVIL_LOOKUP, ident).count != want)
		ATF_REQUIRE_MSG(!mono_past(deadline), "count is not %u", want);
}

static void
require_log(const char *pattern)
{
	const char *line = run_log(&run);
	regex_t re;

	ATF_REQUIRE(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) == 0);
	ATF_CHECK_MSG(regexec(&re, line, 0, NULL, 0) == 0, "%s: %s", pattern,
	    line);
	regfree(&re);
}

ROOT_TC(counts, "a connection lasts as long as its channel says or lives")
{
	struct chan *a, *b, *c;

	(void)t;
	run_start(&run, ROLE_ANVIL, OBJTOP, NULL, NULL, 0);
	a = run_dial(&run, ROLE_SMTPD);
	b = run_dial(&run, ROLE_SMTPD);
	c = run_dial(&run, ROLE_SMTPD);
	ATF_CHECK_EQ(1, tell(a, ANVIL_CONNECT, "smtp:192.0.2.1").count);
	ATF_CHECK_EQ(2, tell(b, ANVIL_CONNECT, "smtp:192.0.2.1").count);
	ATF_CHECK_EQ(1, tell(c, ANVIL_CONNECT, "smtps:192.0.2.1").count);
	ATF_CHECK_EQ(2, tell(c, ANVIL_LOOKUP, "smtp:192.0.2.1").count);
	(void)tell(a, ANVIL_DISCONNECT, "smtp:192.0.2.1");
	ATF_CHECK_EQ(1, tell(c, ANVIL_LOOKUP, "smtp:192.0.2.1").count);
	(void)tell(a, ANVIL_DISCONNECT, "smtp:192.0.2.1");
	ATF_CHECK_EQ_MSG(1, tell(c, ANVIL_LOOKUP, "smtp:192.0.2.1").count,
	    "nobody takes another's connection away");
	chan_free(&b);
	wait_count(c, "smtp:192.0.2.1", 0);
	ATF_CHECK_EQ_MSG(2, tell(c, ANVIL_LOOKUP, "smtp:192.0.2.1").rate,
	    "rates stay");
	ATF_CHECK_EQ(1, tell(c, ANVIL_CONNECT, "smtp:192.0.2.9").count);
	ATF_CHECK_EQ_MSG(0, tell(c, ANVIL_LOOKUP, "smtps:192.0.2.1").count,
	    "a channel stands for one connection");
}

#define AT	" at [A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8}$"

ROOT_TC(statistics, "told to drain, it stays for its clients, then reports")
{
	struct chan *a, *b;

	(void)t;
	run_start(&run, ROLE_ANVIL, OBJTOP, "anvil_rate_time_unit = 30s\n",
	    NULL, 0);
	a = run_dial(&run, ROLE_SMTPD);
	b = run_dial(&run, ROLE_SMTPD);
	(void)tell(a, ANVIL_CONNECT, "smtp:127.0.0.1");
	(void)tell(b, ANVIL_CONNECT, "smtp:127.0.0.1");
	(void)tell(b, ANVIL_CONNECT, "smtp:::1");
	for (int i = 0; i < 3; i++)
		(void)tell(a, ANVIL_MAIL, "smtp:127.0.0.1");
	(void)tell(a, ANVIL_RCPT, "smtp:127.0.0.1");
	chan_free(&a);
	wait_count(b, "smtp:127.0.0.1", 0);
	run_tell_drain(&run);
	ATF_CHECK_EQ(1, tell(b, ANVIL_LOOKUP, "smtp:::1").count);
	chan_free(&b);
	ATF_CHECK_EQ(0, run_ended(&run));
	require_log("^statistics: max connection rate 2/30s for "
	    "\\(smtp:127\\.0\\.0\\.1\\)" AT);
}

ROOT_TC(updates, "the log lines, every anvil_status_update_time")
{
	struct chan *a, *b;

	(void)t;
	run_start(&run, ROLE_ANVIL, OBJTOP, "anvil_rate_time_unit = 30s\n"
	    "anvil_status_update_time = 1s\n", NULL, 0);
	a = run_dial(&run, ROLE_SMTPD);
	b = run_dial(&run, ROLE_SMTPD);
	for (int i = 0; i < 3; i++)
		(void)tell(a, ANVIL_MAIL, "smtp:127.0.0.1");
	(void)tell(a, ANVIL_CONNECT, "smtp:127.0.0.1");
	(void)tell(b, ANVIL_CONNECT, "smtp:127.0.0.1");
	(void)tell(a, ANVIL_RCPT, "smtp:::1");
	(void)tell(a, ANVIL_NEWTLS, "smtp:::1");
	(void)tell(a, ANVIL_AUTH, "smtp:::1");
	require_log("^statistics: max connection rate 2/30s for "
	    "\\(smtp:127\\.0\\.0\\.1\\)" AT);
	require_log("^statistics: max connection count 2 for "
	    "\\(smtp:127\\.0\\.0\\.1\\)" AT);
	require_log("^statistics: max message rate 3/30s for "
	    "\\(smtp:127\\.0\\.0\\.1\\)" AT);
	require_log("^statistics: max recipient rate 1/30s for "
	    "\\(smtp:::1\\)" AT);
	require_log("^statistics: max newtls rate 1/30s for "
	    "\\(smtp:::1\\)" AT);
	require_log("^statistics: max auth rate 1/30s for "
	    "\\(smtp:::1\\)" AT);
	require_log("^statistics: max cache size 2" AT);
	/* Nothing happened since: the next line is of what comes now. */
	(void)tell(a, ANVIL_RCPT, "smtp:192.0.2.1");
	require_log("^statistics: max recipient rate 1/30s for "
	    "\\(smtp:192\\.0\\.2\\.1\\)" AT);
}

ROOT_TC(bad_client, "an event that does not exist ends its channel alone")
{
	struct chan *a, *b;
	enum verb verb;

	(void)t;
	run_start(&run, ROLE_ANVIL, OBJTOP, NULL, NULL, 0);
	a = run_dial(&run, ROLE_SMTPD);
	b = run_dial(&run, ROLE_SMTPD);
	(void)tell(a, ANVIL_CONNECT, "x");
	ATF_REQUIRE(send(chan_socket(a), "\xff\xff\xff", 3, 0) == 3);
	ATF_CHECK_EQ(CHAN_GONE, chan_next(a, SOON, &verb));
	require_log("malformed frame");
	wait_count(b, "x", 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, counts);
	ATF_TP_ADD_TC(tp, statistics);
	ATF_TP_ADD_TC(tp, updates);
	ATF_TP_ADD_TC(tp, bad_client);
	return (atf_no_error());
}

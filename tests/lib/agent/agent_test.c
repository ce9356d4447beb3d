/* SPDX-License-Identifier: ISC */
/* What delivery agents share: delays, the log line. */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "conf/conf.h"

ATF_TC_WITHOUT_HEAD(delay);
ATF_TC_BODY(delay, tc)
{
	static const struct {
		int64_t		 us, digits;
		const char	*want;
	} rows[] = {
		{ 0, 2, "0" }, { -5, 2, "0" }, { 4000, 2, "0" },
		{ 5000, 2, "0.01" }, { 12345, 2, "0.01" },
		{ 12345, 6, "0.012" }, { 99, 6, "0.000099" },
		{ 123456, 2, "0.12" }, { 125000, 2, "0.13" },
		{ 100000, 2, "0.1" }, { 996000, 2, "1" },
		{ 1234567, 2, "1.2" }, { 1250000, 2, "1.3" },
		{ 9960000, 2, "10" }, { 12345678, 2, "12" },
		{ 12500000, 2, "13" }, { 1234567890, 2, "1235" },
		{ 86400000000, 2, "86400" }, { 1234567, 0, "1" },
		{ 1234567, 1, "1.2" }, { 123456, 1, "0.1" },
	};
	char text[AGENT_DELAY_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ATF_CHECK_MSG(strcmp(rows[i].want, agent_delay_text(rows[i].us,
		    rows[i].digits, text)) == 0, "%lld: %s, not %s",
		    (long long)rows[i].us, text, rows[i].want);
}

ATF_TC_WITHOUT_HEAD(line);
ATF_TC_BODY(line, tc)
{
	static const struct {
		const char	*label;
		struct agent_rcpt rcpt;
		struct agent_result res;
		int64_t		 setup;
		const char	*want;
	} rows[] = {
		{ "plain", { .addr = "a@b.example", .orig = "" },
		    { .dsn = "2.0.0", .reason = "250 ok", .relay = "h[1]:25" },
		    3000000, "to=<a@b.example>, relay=h[1]:25, delay=4, "
		    "delays=1/1/1/1, dsn=2.0.0, status=sent (250 ok)" },
		{ "alias, reused", { .addr = "a@b.example",
		    .orig = "Alias@b.example" }, { .dsn = "2.0.0",
		    .reason = "ok", .relay = "h", .conn_use = 3 }, 2000000,
		    "to=<a@b.example>, orig_to=<Alias@b.example>, relay=h, "
		    "conn_use=3, delay=4, delays=1/1/0/2, dsn=2.0.0, "
		    "status=sent (ok)" },
		{ "same address", { .addr = "a@b.example",
		    .orig = "A@B.example" }, { .dsn = "4.0.0", .reason = "no",
		    .conn_use = 1 }, 0, "to=<a@b.example>, relay=none, "
		    "delay=4, delays=1/1/0/2, dsn=4.0.0, status=sent (no)" },
		{ "quoted", { .addr = "a b@c.example", .orig = "" },
		    { .dsn = "2.0.0", .reason = "ok" }, 0,
		    "to=<\"a b\"@c.example>, relay=none, delay=4, "
		    "delays=1/1/0/2, dsn=2.0.0, status=sent (ok)" },
	};
	struct arena *a = arena_new(0);
	static struct params params;
	struct conf_error e;
	struct buf out;

	ATF_REQUIRE_EQ(0, conf_params(conf_new(a, "/nonexistent"),
	    CONF_EVERYTHING, &params, &e));
	cf = &params;
	buf_init(&out, 10000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct agent_request r = { .start_us = 2000000,
			.setup_us = rows[i].setup };

		r.m.arrival_us = 0;
		r.m.active_us = 1000000;
		agent_log_text(&out, &r, &rows[i].rcpt, &rows[i].res, "sent",
		    4000000);
		ATF_CHECK_MSG(strcmp(rows[i].want, buf_str(&out)) == 0,
		    "%s: %s", rows[i].label, buf_str(&out));
	}
	buf_fini(&out);
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, delay);
	ATF_TP_ADD_TC(tp, line);
	return (atf_no_error());
}

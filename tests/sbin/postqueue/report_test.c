/* SPDX-License-Identifier: ISC */
/* The listings of postqueue(1), to the byte. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "postqueue.h"

static const struct msg_showq_message first = { .queue_name = "deferred",
	.queue_id = "B18CCA768C3", .arrival = 1795330912, .size = 2048,
	.sender = "a@example.test" };
static const struct msg_showq_message second = { .queue_name = "hold",
	.queue_id = "36542A768D4", .arrival = 1793523669, .size = 264,
	.forced_expire = 1, .sender = "MAILER-DAEMON" };

static const struct msg_showq_rcpt refused = { .orig = "",
	.addr = "b@remote.test", .log_class = "defer",
	.reason = "connect to 127.0.0.1[127.0.0.1]:2526: Connection refused" };
static const struct msg_showq_rcpt same = { .orig = "o@here.test",
	.addr = "c@remote.test", .log_class = "defer",
	.reason = "connect to 127.0.0.1[127.0.0.1]:2526: Connection refused" };
static const struct msg_showq_rcpt none = { .orig = "",
	.addr = "d@remote.test", .log_class = "", .reason = "" };
static const struct msg_showq_rcpt bounced = { .orig = "",
	.addr = "\"x\x1b\"@t", .log_class = "bounce",
	.reason = "no \"x\" \xff\xc3\xbc" };

/* What is printed for those two messages; "n" of them. */
static char *
print(bool json, bool wide, int n)
{
	char *text = NULL;
	size_t size = 0;
	struct report r = { .json = json, .wide = wide };

	ATF_REQUIRE(setenv("TZ", "UTC", 1) == 0);
	tzset();
	ATF_REQUIRE((r.out = open_memstream(&text, &size)) != NULL);
	if (n > 0) {
		report_message(&r, &first);
		report_rcpt(&r, &refused);
		report_rcpt(&r, &same);
		report_rcpt(&r, &none);
	}
	if (n > 1) {
		report_message(&r, &second);
		report_rcpt(&r, &bounced);
	}
	report_end(&r);
	ATF_REQUIRE(fclose(r.out) == 0);
	return (text);
}

ATF_TC_WITHOUT_HEAD(text);
ATF_TC_BODY(text, tc)
{
	static const struct {
		const char	*label;
		bool		 json, wide;
		int		 n;
		const char	*want;
	} cases[] = {
		{ "empty", false, false, 0, "Mail queue is empty\n" },
		{ "one", false, false, 1,
		    "-Queue ID-  --Size-- ----Arrival Time---- "
		    "-Sender/Recipient-------\n"
		    "B18CCA768C3    2048 Sun Nov 22 07:01:52  a@example.test\n"
		    "                    (connect to 127.0.0.1[127.0.0.1]:2526: "
		    "Connection refused)\n"
		    "                                         b@remote.test\n"
		    "                                         c@remote.test\n"
		    "                                                          "
		    "(reason unavailable)\n"
		    "                                         d@remote.test\n"
		    "\n-- 2 Kbytes in 1 Request.\n" },
		{ "two, long ids", false, true, 2,
		    "----Queue ID----- --Size-- ---Arrival Time---- "
		    "--Sender/Recipient------\n"
		    "B18CCA768C3           2048 Sun Nov 22 07:01:52 "
		    "a@example.test\n"
		    "                    (connect to 127.0.0.1[127.0.0.1]:2526: "
		    "Connection refused)\n"
		    "                                               "
		    "b@remote.test\n"
		    "                                               "
		    "c@remote.test\n"
		    "                                                          "
		    "(reason unavailable)\n"
		    "                                               "
		    "d@remote.test\n"
		    "\n"
		    "36542A768D4!#          264 Sun Nov  1 09:01:09 "
		    "MAILER-DAEMON\n"
		    "                                                          "
		    "        (no \"x\" ?\xc3\xbc)\n"
		    "                                               \"x?\"@t\n"
		    "\n-- 2 Kbytes in 2 Requests.\n" },
		{ "json, empty", true, false, 0, "" },
		{ "json", true, false, 2,
		    "{\"queue_name\": \"deferred\", "
		    "\"queue_id\": \"B18CCA768C3\", "
		    "\"arrival_time\": 1795330912, \"message_size\": 2048, "
		    "\"forced_expire\": false, "
		    "\"sender\": \"a@example.test\", \"recipients\": ["
		    "{\"orig_address\": \"\", \"address\": \"b@remote.test\", "
		    "\"delay_reason\": \"connect to 127.0.0.1[127.0.0.1]:2526: "
		    "Connection refused\"}, "
		    "{\"orig_address\": \"o@here.test\", "
		    "\"address\": \"c@remote.test\", \"delay_reason\": "
		    "\"connect to 127.0.0.1[127.0.0.1]:2526: "
		    "Connection refused\"}, "
		    "{\"orig_address\": \"\", \"address\": \"d@remote.test\"}"
		    "]}\n"
		    "{\"queue_name\": \"hold\", \"queue_id\": \"36542A768D4\", "
		    "\"arrival_time\": 1793523669, \"message_size\": 264, "
		    "\"forced_expire\": true, \"sender\": \"MAILER-DAEMON\", "
		    "\"recipients\": [{\"orig_address\": \"\", "
		    "\"address\": \"\\\"x?\\\"@t\", "
		    "\"bounce_reason\": \"no \\\"x\\\" ?\xc3\xbc\"}]}\n" },
	};
	char *got;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		got = print(cases[i].json, cases[i].wide, cases[i].n);
		ATF_CHECK_MSG(strcmp(got, cases[i].want) == 0,
		    "%s:\n%s---\n%s", cases[i].label, got, cases[i].want);
		free(got);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, text);
	return (atf_no_error());
}

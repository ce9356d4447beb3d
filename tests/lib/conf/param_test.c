/* SPDX-License-Identifier: ISC */
/* param_test - from text to typed values, and the table itself. */
#include <atf-c.h>
#include <inttypes.h>
#include <string.h>

#include "conf/params.h"

#define S	INT64_C(1000000000)

/* The stored value as a number, whatever its type. */
static int64_t
stored(const struct param *p, const struct params *base)
{
	const char *at = (const char *)base + p->off;
	int64_t n;
	bool yes;

	if (p->type == PARAM_yesno) {
		memcpy(&yes, at, sizeof(yes));
		return (yes);
	}
	memcpy(&n, at, sizeof(n));	/* struct span is one too */
	return (n);
}

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	static const struct {
		const char *name, *text;
		int64_t want;
	} cases[] = {
		{ "hopcount_limit", "1", 1 },
		{ "hopcount_limit", " 50 ", 50 },
		{ "hopcount_limit", "2147483647", INT32_MAX },
		{ "message_size_limit", "0", 0 },
		{ "message_size_limit", "99999999999", 99999999999 },
		{ "postscreen_dnsbl_allowlist_threshold", "-3", -3 },
		{ "smtpd_client_ipv6_prefix_length", "128", 128 },
		{ "swap_bangpath", "yes", 1 },
		{ "swap_bangpath", "No", 0 },
		{ "smtpd_timeout", "10", 10 * S },
		{ "smtpd_timeout", "10s", 10 * S },
		{ "smtpd_timeout", "2m", 120 * S },
		{ "smtpd_timeout", "1w", 604800 * S },
		{ "maximal_queue_lifetime", "0", 0 },
		{ "maximal_queue_lifetime", "5", 5 * 86400 * S },
		{ "maximal_queue_lifetime", "36h", 36 * 3600 * S },
		{ "delay_warning_time", "4", 4 * 3600 * S },
		{ "smtpd_tls_loglevel", "4", 4 },
	};
	struct params base;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct param *p = param_find(cases[i].name);
		struct conf_error e = { "" };

		ATF_REQUIRE_MSG(p != NULL, "%s", cases[i].name);
		memset(&base, 0, sizeof(base));
		ATF_CHECK_EQ_MSG(0, param_parse(p, cases[i].text, &base, &e),
		    "%s = %s: %s", cases[i].name, cases[i].text, e.text);
		ATF_CHECK_EQ_MSG(cases[i].want, stored(p, &base),
		    "%s = %s: %" PRId64, cases[i].name, cases[i].text,
		    stored(p, &base));
	}
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const struct {
		const char *name, *text, *part;
	} cases[] = {
		{ "hopcount_limit", "0", "a number from 1 to 2147483647" },
		{ "hopcount_limit", "", "a number from 1" },
		{ "hopcount_limit", "many", "a number from 1" },
		{ "hopcount_limit", "10 20", "a number from 1" },
		{ "hopcount_limit", "2147483648", "a number from 1" },
		{ "message_size_limit", "-1", "a number from 0" },
		{ "access_map_reject_code", "250", "from 400 to 599" },
		{ "smtpd_client_ipv4_prefix_length", "33", "from 0 to 32" },
		{ "swap_bangpath", "", "yes or no" },
		{ "swap_bangpath", "maybe", "yes or no" },
		{ "smtpd_timeout", "0", "from 1 to" },
		{ "smtpd_timeout", "10x", "expected a time" },
		{ "smtpd_timeout", "s", "expected a time" },
		{ "smtpd_timeout", "-1s", "expected a time" },
		{ "smtpd_timeout", "1.5s", "expected a time" },
		{ "smtpd_timeout", "2147483647w", "from 1 to" },
		{ "in_flow_delay", "11s", "from 0 to 10" },
		{ "myhostname", "", "expected a value" },
		{ "default_verp_delimiters", "+", "at least 2 characters" },
		{ "default_verp_delimiters", "+=-", "at most 2 characters" },
		{ "milter_default_action", "shrug",
		    "one of: accept reject tempfail quarantine shutdown" },
		{ "milter_default_action", "", "one of: accept" },
		{ "smtpd_tls_security_level", "secure", "one of: none may" },
	};
	struct params base, zero;
	size_t i;

	memset(&zero, 0, sizeof(zero));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct param *p = param_find(cases[i].name);
		struct conf_error e = { "" };

		ATF_REQUIRE_MSG(p != NULL, "%s", cases[i].name);
		memset(&base, 0, sizeof(base));
		ATF_CHECK_EQ_MSG(-1, param_parse(p, cases[i].text, &base, &e),
		    "%s = %s: accepted", cases[i].name, cases[i].text);
		ATF_CHECK_MSG(strstr(e.text, cases[i].part) != NULL,
		    "%s = %s: %s", cases[i].name, cases[i].text, e.text);
	}
}

ATF_TC_WITHOUT_HEAD(words);
ATF_TC_BODY(words, tc)
{
	struct params base;
	struct conf_error e;

	ATF_CHECK_EQ(0, param_parse(param_find("smtpd_tls_security_level"), "",
	    &base, &e));
	ATF_CHECK_STREQ("", base.smtpd_tls_security_level);
	ATF_CHECK_EQ(0, param_parse(param_find("smtpd_tls_security_level"),
	    "may", &base, &e));
	ATF_CHECK_STREQ("may", base.smtpd_tls_security_level);
	ATF_CHECK_EQ(0, param_parse(param_find("2bounce_notice_recipient"),
	    "x", &base, &e));
	ATF_CHECK_STREQ("x", base.double_bounce_notice_recipient);
}

ATF_TC_WITHOUT_HEAD(table);
ATF_TC_BODY(table, tc)
{
	size_t i, k, n;

	for (i = 1; i < param_count; i++)
		ATF_CHECK_MSG(strcmp(param_sorted(i - 1)->name,
		    param_sorted(i)->name) < 0, "%s twice",
		    param_sorted(i)->name);
	for (i = 0; i < param_count; i++) {
		const struct param *p = &param_table[i];

		n = strlen(p->doc);
		ATF_CHECK_EQ(p, param_find(p->name));
		ATF_CHECK_MSG(n > 10 && p->doc[n - 1] == '.', "%s: %s",
		    p->name, p->doc);
		ATF_CHECK_MSG(p->hi == 0 || p->lo <= p->hi, "%s: range",
		    p->name);
		ATF_CHECK_EQ_MSG(p->type == PARAM_word, p->choices != NULL,
		    "%s: choices", p->name);
	}
	ATF_CHECK_EQ(NULL, param_find("no_such_parameter"));
	ATF_CHECK_EQ(NULL, param_find(""));
	for (k = 0; k < param_legacy_count; k++)
		ATF_CHECK_MSG(param_find(param_legacy[k].name) == NULL &&
		    param_find(param_legacy[k].instead) != NULL, "%s",
		    param_legacy[k].name);
}

ATF_TC_WITHOUT_HEAD(suffixes);
ATF_TC_BODY(suffixes, tc)
{
	static const struct {
		const char *name, *suffix;
		size_t prefix;
	} cases[] = {
		{ "x_recipient_limit", "_recipient_limit", 1 },
		{ "x_destination_recipient_limit",
		    "_destination_recipient_limit", 1 },
		{ "x_extra_recipient_limit", "_extra_recipient_limit", 1 },
		{ "my-smtp_transport_rate_delay", "_transport_rate_delay", 7 },
		{ "_recipient_limit", NULL, 0 },
		{ "x_recipient_limits", NULL, 0 },
		{ "", NULL, 0 },
	};
	const struct param *p;
	size_t i, n;

	ATF_CHECK_EQ(16, param_service_count);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = 0;
		p = param_service_find(cases[i].name, &n);
		if (cases[i].suffix == NULL) {
			ATF_CHECK_EQ_MSG(NULL, p, "%s", cases[i].name);
			continue;
		}
		ATF_REQUIRE_MSG(p != NULL, "%s", cases[i].name);
		ATF_CHECK_STREQ(cases[i].suffix, p->name);
		ATF_CHECK_EQ(cases[i].prefix, n);
	}
}

ATF_TC_WITHOUT_HEAD(roles);
ATF_TC_BODY(roles, tc)
{
	ATF_CHECK_EQ(UINT64_C(1) << CONF_smtpd, conf_role_mask("smtpd"));
	ATF_CHECK_EQ(UINT64_C(1) << CONF_trivial_rewrite,
	    conf_role_mask("trivial-rewrite"));
	ATF_CHECK_EQ(conf_role_mask("smtp"), conf_role_mask("lmtp"));
	ATF_CHECK_EQ(0, conf_role_mask("nobody"));
	ATF_CHECK_EQ(0, conf_role_mask(""));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, words);
	ATF_TP_ADD_TC(tp, table);
	ATF_TP_ADD_TC(tp, suffixes);
	ATF_TP_ADD_TC(tp, roles);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/*
 * The table of roles says what the design says, whoever edits a policy.
 */
#include <atf-c.h>
#include <string.h>

#include "policy/policy.h"
#include "proto/verbs.h"

static const struct {
	const char	*label;
	enum role_id	 from, to;
	unsigned	 verb;
	bool		 want;
} asks[] = {
	{ "mail enters by cleanup", ROLE_SMTPD, ROLE_CLEANUP, V_mail_open,
	    true },
	{ "not by qmgr", ROLE_SMTPD, ROLE_QMGR, V_queue_new, false },
	{ "cleanup tells qmgr", ROLE_CLEANUP, ROLE_QMGR, V_queue_new, true },
	{ "but does not flush", ROLE_CLEANUP, ROLE_QMGR, V_queue_flush,
	    false },
	{ "qmgr hands out", ROLE_QMGR, ROLE_SMTP, V_deliver, true },
	{ "smtpd does not", ROLE_SMTPD, ROLE_SMTP, V_deliver, false },
	{ "wrong peer for the verb", ROLE_QMGR, ROLE_BOUNCE, V_deliver,
	    false },
	{ "smtp connects by dial", ROLE_SMTP, ROLE_DIAL, V_dial_tcp, true },
	{ "qmgr does not", ROLE_QMGR, ROLE_DIAL, V_dial_tcp, false },
	{ "a reply is not asked", ROLE_SMTP, ROLE_DIAL, V_dial_done, false },
	{ "no such role", ROLE_COUNT, ROLE_DIAL, V_dial_tcp, false },
	{ "no such verb", ROLE_SMTP, ROLE_DIAL, 100000, false },
};

ATF_TC_WITHOUT_HEAD(who_may_ask);
ATF_TC_BODY(who_may_ask, tc)
{
	size_t i;

	for (i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		ATF_CHECK_EQ_MSG(policy_may_ask(asks[i].from, asks[i].to,
		    asks[i].verb), asks[i].want, "%s", asks[i].label);
	ATF_CHECK(policy_may_reach(ROLE_SMTP, ROLE_DIAL));
	ATF_CHECK(!policy_may_reach(ROLE_ERROR, ROLE_DIAL));
	ATF_CHECK(policy_may_reply(ROLE_ERROR, V_deliver_status));
	ATF_CHECK(!policy_may_reply(ROLE_ERROR, V_mail_status));
	ATF_CHECK(policy_may_send(ROLE_ERROR, V_deliver_done));
	ATF_CHECK(policy_may_send(ROLE_SMTPD, V_mail_open));
	ATF_CHECK(!policy_may_send(ROLE_SMTPD, V_queue_new));
	ATF_CHECK(!policy_may_send(ROLE_COUNT, V_mail_open));
}

ATF_TC_WITHOUT_HEAD(invariants);
ATF_TC_BODY(invariants, tc)
{
	const struct policy *p;
	size_t i, j;

	for (i = 0; i < ROLE_COUNT; i++) {
		p = &policy_table[i];
		ATF_CHECK_EQ(policy_find(p->name), p);
		ATF_CHECK_EQ(policy_id(p), (enum role_id)i);
		ATF_CHECK_MSG(policy_text((enum role_id)i)[0] != '\0',
		    "%s: no text", p->name);
		for (j = 0; j < i; j++)
			ATF_CHECK_MSG(!policy_is_role(p) ||
			    strcmp(p->user, policy_table[j].user) != 0,
			    "%s: the user of %s", p->name,
			    policy_table[j].name);
		if (!policy_is_role(p))
			continue;
		ATF_CHECK_EQ_MSG(p->caps, 0, "%s: capabilities", p->name);
		ATF_CHECK_MSG(p->root != POLICY_ROOT_HOST, "%s", p->name);
		ATF_CHECK_EQ_MSG(p->network, i == ROLE_DIAL ||
		    i == ROLE_RESOLVER, "%s: network", p->name);
		ATF_CHECK_MSG(strncmp(p->user, "_postern_", 9) == 0, "%s",
		    p->name);
	}
	ATF_CHECK(policy_find("nobody") == NULL);
	ATF_CHECK_STREQ(policy_find("trivial-rewrite")->user,
	    "_postern_rewrite");
	ATF_CHECK_STREQ(policy_find("cleanup")->group, "_postern_qin");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, who_may_ask);
	ATF_TP_ADD_TC(tp, invariants);
	return (atf_no_error());
}

/* SPDX-License-Identifier: ISC */
/*
 * Who may ask for a delivery as a user, and for which kind: all roles against
 * all requests of warrant(8). No request has a uid.
 */
#include <atf-c.h>
#include <string.h>

#include "policy/policy.h"
#include "proto/proto.h"

static const struct {
	enum role_id	 role;
	enum verb	 verb;
} granted[] = {
	{ ROLE_LOCAL, V_launch_mail },
	{ ROLE_LOCAL, V_launch_user },
	{ ROLE_LOCAL, V_launch_alias },
	{ ROLE_VIRTUAL, V_launch_mail },
	{ ROLE_VIRTUAL, V_launch_virtual },
	{ ROLE_PIPE, V_launch_mail },
	{ ROLE_PIPE, V_launch_pipe },
	{ ROLE_SPAWN, V_launch_spawn },
};

static const enum verb kinds[] = { V_launch_mail, V_launch_user,
	V_launch_alias, V_launch_virtual, V_launch_pipe, V_launch_spawn };

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static bool
is_granted(enum role_id role, enum verb verb)
{
	for (size_t i = 0; i < N(granted); i++)
		if (granted[i].role == role && granted[i].verb == verb)
			return (true);
	return (false);
}

ATF_TC_WITHOUT_HEAD(kinds_of_delivery);
ATF_TC_BODY(kinds_of_delivery, tc)
{
	(void)tc;
	for (int role = 0; role < ROLE_COUNT; role++)
		for (size_t i = 0; i < N(kinds); i++)
			ATF_CHECK_EQ_MSG(is_granted((enum role_id)role,
			    kinds[i]), policy_may_ask((enum role_id)role,
			    ROLE_WARRANT, kinds[i]), "%s: %s",
			    policy_table[role].name,
			    msg_def_of(kinds[i])->name);
}

/* What is looked up is a name: numbers are an operation, a table, a time. */
ATF_TC_WITHOUT_HEAD(no_uid);
ATF_TC_BODY(no_uid, tc)
{
	static const char *const numbers[] = { "op", "map", "time_limit",
		"reserved", "content_offset", "content_length", "arrival_us" };

	(void)tc;
	for (size_t i = 0; i < N(kinds); i++) {
		const struct msg_def *def = msg_def_of(kinds[i]);

		for (size_t f = 0; f < def->nfields; f++) {
			const struct msg_field *field = &def->fields[f];
			bool known = field->type == MSG_STR ||
			    field->type == MSG_BLOB;

			for (size_t k = 0; k < N(numbers); k++)
				known |= strcmp(numbers[k], field->name) == 0;
			ATF_CHECK_MSG(known, "%s: %s", def->name, field->name);
		}
	}
}

/* Orders to the privileged come from warrant alone; agents have no network. */
ATF_TC_WITHOUT_HEAD(agents);
ATF_TC_BODY(agents, tc)
{
	static const enum role_id all[] = { ROLE_LOCAL, ROLE_VIRTUAL,
		ROLE_PIPE, ROLE_SPAWN, ROLE_WARRANT };

	(void)tc;
	for (size_t i = 0; i < N(all); i++) {
		const struct policy *p = &policy_table[all[i]];

		ATF_CHECK_MSG(!p->network, "%s", p->name);
		ATF_CHECK_MSG(p->root == POLICY_ROOT_EMPTY, "%s", p->name);
		ATF_CHECK_MSG(!policy_may_reach(all[i], ROLE_DIAL), "%s",
		    p->name);
		ATF_CHECK_MSG(!policy_may_reach(all[i], ROLE_LAUNCHER), "%s",
		    p->name);
		ATF_CHECK_MSG(!policy_may_reach(ROLE_USER, all[i]), "%s",
		    p->name);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, kinds_of_delivery);
	ATF_TP_ADD_TC(tp, no_uid);
	ATF_TP_ADD_TC(tp, agents);
	return (atf_no_error());
}

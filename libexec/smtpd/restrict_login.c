/* SPDX-License-Identifier: ISC */
/* restrict_login - restrictions by who has logged in. */
#include "base/log.h"
#include "conf/conf.h"

#include "judge.h"
#include "setup.h"

enum check
check_authenticated(struct judge *j, const struct ritem *it)
{
	(void)it;
	return (j->s->login.user != NULL ? CHECK_OK : CHECK_DUNNO);
}

enum check
check_sasl_access(struct judge *j, const struct ritem *it)
{
	const char *user = j->s->login.user, *value;
	int found;

	if (user == NULL)
		return (CHECK_DUNNO);
	if (it->maps == NULL)
		return (judge_table_failed(j, it, user, CLASS_LOGIN));
	found = maps_find(it->maps, user, MAPS_WHOLE, &value);
	if (found == -1)
		return (judge_table_failed(j, it, user, CLASS_LOGIN));
	if (found == 0)
		return (CHECK_DUNNO);
	return (access_result(j, it->word, value, user, CLASS_LOGIN));
}

static bool
is_among(const char *owners, const char *user)
{
	struct view rest = view_of(owners), word;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0)
		if (view_ieq(word, user))
			return (true);
	return (false);
}

/* Whose is the sender, and is the client one of them? */
enum check
check_sender_login(struct judge *j, const struct ritem *it)
{
	const char *user = j->s->login.user, *sender = judge_sender(j);
	const char *name = judge_name(j, CLASS_SENDER);
	struct maps_found found;
	int known, of = it->r->which;

	if ((of & (user != NULL ? LOGIN_AUTH : LOGIN_UNAUTH)) == 0 ||
	    (sender[0] == '\0' && user == NULL))
		return (CHECK_DUNNO);
	if (sender[0] == '\0')
		sender = cf->smtpd_null_access_lookup_key;
	known = maps_is_empty(setup.sender_login) ? 0 : maps_find_address(
	    setup.sender_login, &setup.rules, sender, &found);
	if (known == -1)
		return (judge_retry(j, name));
	if (user == NULL) {
		if (known == 0)
			return (CHECK_DUNNO);
		return (judge_reject(j, CLASS_SENDER, 553, "5.7.1",
		    "<%s>: Sender address rejected: not logged in", name));
	}
	if (known == 1 ? is_among(found.value, user) :
	    (of & LOGIN_KNOWN) != 0)
		return (CHECK_DUNNO);
	return (judge_reject(j, CLASS_SENDER, 553, "5.7.1",
	    "<%s>: Sender address rejected: not owned by user %s", name,
	    user));
}

/* SPDX-License-Identifier: ISC */
/* account - users and groups of the host, from /etc/passwd and /etc/group. */
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "warrant.h"

struct accounts accounts;

static bool
number(struct view v, uint32_t *out)
{
	uint64_t n;

	if (!num_unsigned(v, UINT32_MAX - 1, &n))
		return (false);
	*out = (uint32_t)n;
	return (true);
}

/* name:x:uid:gid:gecos:home:shell */
static int
parse(struct arena *a, const char *line, struct account *out)
{
	struct view rest = view_of(line), f[7];
	size_t n = 0;

	while (n < 7 && view_field(&rest, ':', &f[n]))
		n++;
	if (n < 6 || !number(f[2], &out->uid) || !number(f[3], &out->gid)) {
		log_warn("malformed line in /etc/passwd: %.40s", line);
		return (-1);
	}
	out->name = view_str(a, f[0]);
	out->home = view_str(a, f[5]);
	out->shell = n > 6 && f[6].n > 0 ? view_str(a, f[6]) : "/bin/sh";
	return (1);
}

int
account_by_name(struct arena *a, const char *name, struct account *out)
{
	const char *line;
	int rc = table_lookup(accounts.users, name, &line);

	return (rc == 1 ? parse(a, line, out) : rc);
}

struct search {
	struct arena	*arena;
	uid_t		 uid;
	struct account	*out;
};

static int
has_uid(void *arg, const char *key, const char *line)
{
	struct search *s = arg;

	(void)key;
	return (parse(s->arena, line, s->out) == 1 && s->out->uid == s->uid);
}

int
account_by_uid(struct arena *a, uid_t uid, struct account *out)
{
	struct search s = { a, uid, out };
	int rc = table_each(accounts.users, has_uid, &s);

	return (rc < 0 ? -1 : rc);
}

/* name:x:gid:members */
int
group_by_name(const char *name, gid_t *gid)
{
	struct view rest, f = { 0 };
	const char *line;
	int rc = table_lookup(accounts.groups, name, &line);

	if (rc != 1)
		return (rc);
	rest = view_of(line);
	for (int i = 0; i < 3; i++)
		if (!view_field(&rest, ':', &f))
			return (-1);
	return (number(f, gid) ? 1 : -1);
}

static bool
is_mail_owner(uid_t uid)
{
	struct arena *a = arena_new(0);
	struct account owner;
	bool is;

	is = account_by_name(a, cf->mail_owner, &owner) == 1 &&
	    owner.uid == uid;
	arena_free(&a);
	return (is);
}

const char *
account_refused(uid_t uid, gid_t gid)
{
	const struct bundle *b = role_bundle();

	if (uid == 0 || gid == 0)
		return ("the superuser");
	for (int i = 0; i < ROLE_COUNT; i++)
		if (policy_is_role(&policy_table[i]) && b->uids[i] == uid)
			return ("a user of the mail system");
	return (is_mail_owner(uid) ? "the user mail_owner" : NULL);
}

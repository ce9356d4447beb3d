/* SPDX-License-Identifier: ISC */
/*
 * ids - the numbers of the role users, from /etc/passwd and /etc/group.
 *
 * fgetpwent(3) reads the file itself: no name service runs as root.
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#include "confine.h"

static bool
find_user(const char *name, struct ids *id)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *pw;

	if (f == NULL)
		fatal("/etc/passwd: %m");
	while ((pw = fgetpwent(f)) != NULL)
		if (strcmp(pw->pw_name, name) == 0)
			break;
	if (pw != NULL) {
		id->uid = pw->pw_uid;
		id->gid = pw->pw_gid;
	}
	(void)fclose(f);
	return (pw != NULL);
}

static bool
find_group(const char *name, gid_t *gid)
{
	FILE *f = fopen("/etc/group", "re");
	struct group *gr;

	if (f == NULL)
		fatal("/etc/group: %m");
	while ((gr = fgetgrent(f)) != NULL)
		if (strcmp(gr->gr_name, name) == 0)
			break;
	if (gr != NULL)
		*gid = gr->gr_gid;
	(void)fclose(f);
	return (gr != NULL);
}

static bool
find_role(const struct policy *p, struct ids *id, const char **missing)
{
	*missing = p->user;
	if (!find_user(p->user, id))
		return (false);
	*missing = p->group;
	if (!find_group(p->group, &id->gid))
		return (false);
	id->ngroups = 0;
	for (size_t i = 0; i < p->ngroups; i++) {
		must(i < sizeof(id->groups) / sizeof(id->groups[0]));
		*missing = p->groups[i];
		if (!find_group(p->groups[i], &id->groups[i]))
			return (false);
		id->ngroups++;
	}
	/* A role that is root would be no role. */
	if (id->uid == 0 || id->gid == 0)
		fatal("user %s must not be uid or gid 0", p->user);
	return (true);
}

int
ids_load(struct ids *ids, const char **missing)
{
	for (size_t i = 0; i < ROLE_COUNT; i++) {
		if (!policy_is_role(&policy_table[i]))
			continue;
		if (!find_role(&policy_table[i], &ids[i], missing))
			return (-1);
	}
	return (0);
}

/* SPDX-License-Identifier: ISC */
/*
 * owner - users and groups from /etc/passwd and /etc/group.
 *
 * The privileged master links this: the files are read as they are, no
 * module of the name service switch is loaded.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"

static FILE *
open_file(const char *path, const char *fallback)
{
	return (fopen(path != NULL ? path : fallback, "re"));
}

int
owner_user(const char *file, const char *name, uid_t *uid, gid_t *gid)
{
	struct passwd *pw;
	FILE *fp;
	int ret = -1;

	if ((fp = open_file(file, "/etc/passwd")) == NULL)
		return (-1);
	errno = 0;
	while ((pw = fgetpwent(fp)) != NULL) {
		if (strcmp(pw->pw_name, name) == 0) {
			*uid = pw->pw_uid;
			*gid = pw->pw_gid;
			ret = 0;
			break;
		}
	}
	(void)fclose(fp);
	if (ret == -1)
		errno = ENOENT;
	return (ret);
}

int
owner_group(const char *file, const char *name, gid_t *gid)
{
	struct group *gr;
	FILE *fp;
	int ret = -1;

	if ((fp = open_file(file, "/etc/group")) == NULL)
		return (-1);
	while ((gr = fgetgrent(fp)) != NULL) {
		if (strcmp(gr->gr_name, name) == 0) {
			*gid = gr->gr_gid;
			ret = 0;
			break;
		}
	}
	(void)fclose(fp);
	if (ret == -1)
		errno = ENOENT;
	return (ret);
}

int
owner_groups(const char *file, const char *name, gid_t *gids, int max)
{
	struct group *gr;
	FILE *fp;
	int i, n = 0;

	if ((fp = open_file(file, "/etc/group")) == NULL)
		return (-1);
	while (n < max && (gr = fgetgrent(fp)) != NULL) {
		for (i = 0; gr->gr_mem[i] != NULL; i++) {
			if (strcmp(gr->gr_mem[i], name) == 0) {
				gids[n++] = gr->gr_gid;
				break;
			}
		}
	}
	(void)fclose(fp);
	return (n);
}

/* SPDX-License-Identifier: ISC */
/* access - the users whom authorized_mailq_users and others name. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "postqueue.h"
#include "table/match.h"

#define EX_NOPERM	77

/* With the rights of the user: what he cannot read does not let him in. */
static int
open_spec(void *arg, const char *spec)
{
	const char *path = strchr(spec, '/');

	(void)arg;
	if (path == NULL || faccessat(AT_FDCWD, path, R_OK, 0) == -1)
		return (-1);
	return (open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

void
access_check(const char *name, const char *list, const char *act)
{
	struct table_source src = { .fd = open_spec };
	const struct passwd *pw;
	const char *user, *err;
	struct match *m;
	struct arena *a;
	int ok;

	if (getuid() == 0)
		return;
	a = arena_new(0);
	pw = getpwuid(getuid());
	user = pw != NULL ? pw->pw_name : "unknown";
	m = match_open(a, name, list, 0, TABLE_NOSUB, &src, &err);
	if (m == NULL)
		fatal("%s: %s", name, err);
	ok = match_string(m, user);
	tables_close(&src);
	if (ok != 1) {
		log_exit_status(EX_NOPERM);
		fatal("User %s(%ld) is not allowed to %s", user,
		    (long)getuid(), act);
	}
	arena_free(&a);
}

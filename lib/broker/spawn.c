/* SPDX-License-Identifier: ISC */
/* spawn - a child of master or warden that becomes a role. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

#include "order.h"

pid_t
spawn_role(enum role_id role, const struct ids *ids, const char *libexec,
    const int *fds, size_t nfds)
{
	const struct policy *p = &policy_table[role];
	char path[PATH_MAX], name[64];
	char *argv[] = { name, NULL };
	pid_t pid;

	must(policy_is_role(p));
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", libexec, p->name) >=
	    sizeof(path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	(void)snprintf(name, sizeof(name), "%s", p->name);
	if ((pid = fork()) == 0)
		confine_child(p, &ids[role], fds, nfds, path, argv);
	return (pid);
}

/* SPDX-License-Identifier: ISC */
/* userlist - a user in a list; apart, since sendmail(1) has no lists. */
#include "match.h"
#include "user.h"

int
user_listed(struct match *m, int fd, uid_t uid)
{
	struct user_entry e;

	if (uid == 0)
		return (1);
	return (match_string(m, user_find(fd, uid, &e) ? e.name : "unknown"));
}

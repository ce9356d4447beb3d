/* SPDX-License-Identifier: ISC */
/*
 * user - users of this host by the number that the kernel gives, and the
 * lists that say what they may (authorized_submit_users and others).
 *
 * In a daemon: no name service, but an open file of the form of passwd(5).
 */
#ifndef POSTERN_TABLE_USER_H
#define POSTERN_TABLE_USER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct match;

#define USER_LINE_MAX	1024	/* longer lines of the file are passed over */
#define USER_TEXT_MAX	USER_LINE_MAX

struct user_entry {
	char	name[USER_TEXT_MAX];
	char	gecos[USER_TEXT_MAX];	/* "" if there is none */
};

/* Who has that number in the file at "fd" (-1: nobody). Only pread(2). */
bool	user_find(int fd, uid_t uid, struct user_entry *out)
	    __attribute__((warn_unused_result));

/*
 * Is the user in the list (match.h)? Root always is; one without a name is
 * "unknown". 1, 0, or -1: a table has failed.
 */
int	user_listed(struct match *m, int fd, uid_t uid)
	    __attribute__((warn_unused_result));

#endif

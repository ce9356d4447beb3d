/* SPDX-License-Identifier: ISC */
/* access - what a user is told whom the mail system does not let do it. */
#include <pwd.h>
#include <unistd.h>

#include "base/log.h"
#include "postqueue.h"

#define EX_NOPERM	77

noreturn void
access_refused(const char *act)
{
	const struct passwd *pw = getpwuid(getuid());

	log_exit_status(EX_NOPERM);
	fatal("User %s(%ld) is not allowed to %s",
	    pw != NULL ? pw->pw_name : "unknown", (long)getuid(), act);
}

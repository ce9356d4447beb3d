/* SPDX-License-Identifier: ISC */
/* outcome - from a command's end to what becomes of the mail. */
#ifndef POSTERN_MDA_OUTCOME_H
#define POSTERN_MDA_OUTCOME_H

#include <stdnoreturn.h>

/*
 * Return if "status", as from waitpid(2), is success; else finish. "said" is
 * its output: a status code of RFC 3463 at its beginning counts for more.
 */
void		outcome_of_status(int status, const char *command,
		    const char *said);
noreturn void	outcome_of_timeout(const char *command, const char *said);

#endif

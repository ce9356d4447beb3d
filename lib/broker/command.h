/* SPDX-License-Identifier: ISC */
/* command - how an operator's command talks to a running instance. */
#ifndef POSTERN_COMMAND_H
#define POSTERN_COMMAND_H

#include "chan.h"

/*
 * Connect to public/NAME of the queue directory; the role there is "server".
 * NULL with errno: ENOENT, ECONNREFUSED: the mail system does not run.
 */
struct chan	*command_dial(const char *queue_directory, const char *service,
		    enum role_id server);

/*
 * The process that holds the lock of pid/master.pid; 0: none, the mail
 * system does not run. -1 with errno.
 */
pid_t		 command_master(const char *queue_directory);

#endif

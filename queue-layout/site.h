/* SPDX-License-Identifier: ISC */
/*
 * site - what a command has to know of the queue it works on, from main.cf.
 *
 * The only place in which the queue's code reads parameters.
 */
#ifndef POSTERN_SITE_H
#define POSTERN_SITE_H

#include <stdbool.h>

#include "base/arena.h"
#include "id.h"
#include "layout.h"
#include "seal.h"

struct q_site {
	const char	*queue_directory;
	const char	*data_directory;
	const char	*syslog_name;
	struct layout_names names;
	struct q_hash	 hash;
	int		 rootfd;	/* queue_directory, open */
};

/*
 * Read main.cf ("dir": the -c option, or NULL) and open the queue directory.
 * fatal() if that cannot be done. Text lives in the arena.
 */
void	q_site_open(struct q_site *s, struct arena *a, const char *dir);

/* The seal key: 1, 0 if we may not read it or there is none. */
int	q_site_key(const struct q_site *s, struct seal_key *key);

/* Whether master(8) runs, by the lock on pid/master.pid. */
bool	q_site_running(const struct q_site *s);

#endif

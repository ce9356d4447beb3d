/* SPDX-License-Identifier: ISC */
/* postern - what the files of postern(8) share. */
#ifndef POSTERN_COMMAND_POSTERN_H
#define POSTERN_COMMAND_POSTERN_H

#include <sys/types.h>

#include <stdbool.h>

#include "base/arena.h"
#include "conf/conf.h"
#include "conf/mastercf.h"

struct instance {
	struct arena	*arena;
	const char	*dir;		/* configuration directory */
	struct conf	*conf;
	struct mastercf	 mastercf;
	struct params	 params;
	int		 verbose;
	bool		 debug;
};

/* A subcommand: the exit status. */
int	do_start(struct instance *i);
int	do_start_fg(struct instance *i);
int	do_stop(struct instance *i);
int	do_abort(struct instance *i);
int	do_reload(struct instance *i);
int	do_flush(struct instance *i);
int	do_check(struct instance *i);
int	do_status(struct instance *i);
int	do_processes(struct instance *i);
int	do_set_permissions(struct instance *i);
int	do_logrotate(struct instance *i);

/* The master process; 0 if the mail system is down. fatal() on trouble. */
pid_t	running(const struct instance *i);
/* Wait until it has ended; false when "seconds" have passed. */
bool	wait_ended(const struct instance *i, int seconds);

/* When the certificates end that the configuration names. */
void	certificates(struct instance *i);

/* Make and mend what is in the file system; the number of differences. */
int	prepare(struct instance *i, bool fix);

#endif

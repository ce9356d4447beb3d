/* SPDX-License-Identifier: ISC */
/* daemon - the parts of postlogd(8); private to this folder. */
#ifndef POSTERN_POSTLOGD_DAEMON_H
#define POSTERN_POSTLOGD_DAEMON_H

#include <sys/types.h>

#include "broker/role.h"

/* intake.c: lines from the log socket and from commands. */
void	postlogd_prepare(void);
void	postlogd_start(struct loop *l);
void	postlogd_client(struct loop *l, struct chan *ch);
void	postlogd_drain(struct loop *l);

/* output.c: where lines go. */
void	output_prepare(void);
void	output_open(void);
/* One line of process "pid"; kept until output_flush(). */
void	output_line(const struct msg_log_line *m, pid_t pid);
void	output_flush(void);

#endif

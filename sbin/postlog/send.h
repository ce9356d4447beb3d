/* SPDX-License-Identifier: ISC */
/* send - where postlog(1) sends a line. */
#ifndef POSTERN_POSTLOG_SEND_H
#define POSTERN_POSTLOG_SEND_H

#include "base/log.h"
#include "conf/conf.h"

/*
 * Choose: postlogd(8) if the mail system runs; else the log file that
 * main.cf names (root only) or syslog. Says so on stderr if it is none.
 */
void	send_open(const struct params *p, const char *tag);
/* A line, printable, that names its level. 0, or -1: nobody took it. */
int	send_line(enum log_level level, const char *line);
void	send_close(void);

#endif

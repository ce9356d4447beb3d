/* SPDX-License-Identifier: ISC */
/* cmdlog - where a command sends a line for the mail log. */
#ifndef POSTERN_CMDLOG_H
#define POSTERN_CMDLOG_H

#include "base/log.h"
#include "conf/conf.h"

/*
 * Choose: postlogd(8) if the mail system runs; else the log file that
 * main.cf names (root only) or syslog. Says so on stderr if it is none.
 */
void	cmdlog_open(const struct params *p, const char *tag);
/* A sink for log_open(): to stderr, and then where cmdlog_open() chose. */
void	cmdlog_sink(enum log_level level, const char *line, size_t n);
/* A line, printable, that names its level. 0, or -1: nobody took it. */
int	cmdlog_line(enum log_level level, const char *line);
void	cmdlog_close(void);

#endif

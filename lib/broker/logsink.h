/* SPDX-License-Identifier: ISC */
/* logsink - lines for the mail log go to postlogd(8) over the log socket. */
#ifndef POSTERN_LOGSINK_H
#define POSTERN_LOGSINK_H

#include "base/log.h"

/* From now on log_*() sends to "fd"; "tag" must outlive the process. */
void	logsink_open(int fd, const char *tag);

/* The sink itself, for one that has more than one. */
void	logsink_line(enum log_level level, const char *line, size_t n);

#endif

/* SPDX-License-Identifier: ISC */
/* fail - from errno to an outcome. */
#ifndef POSTERN_MDA_FAIL_H
#define POSTERN_MDA_FAIL_H

#include <stdnoreturn.h>

/*
 * The status of a write that failed: of a mailbox that is full, of a quota
 * or disk that is, or "dflt".
 */
const char	*fail_dsn(int error, const char *dflt);

/* finish() with that: bounced if the status is 5.x.x, else deferred. */
noreturn void	 fail_with(int error, const char *dflt, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));

#endif

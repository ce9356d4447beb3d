/* SPDX-License-Identifier: ISC */
/* fail - from errno to an outcome. */
#include <errno.h>
#include <stdarg.h>

#include "fail.h"
#include "mda.h"

const char *
fail_dsn(int error, const char *dflt)
{
	switch (error) {
	case EAGAIN:
	case ESTALE:
	case EINTR:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EIO:
		return ("4.2.0");
	case EFBIG:			/* mailbox_size_limit */
		return ("5.2.2");
	case ENOSPC:
		return ("4.3.0");
	case EDQUOT:
		return ("4.2.2");
	default:
		return (dflt);
	}
}

noreturn void
fail_with(int error, const char *dflt, const char *fmt, ...)
{
	const char *dsn = fail_dsn(error, dflt), *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(mda.arena, fmt, ap);
	va_end(ap);
	finish(*dsn == '5' ? OUTCOME_BOUNCED : OUTCOME_DEFERRED, dsn, "%s",
	    text);
}

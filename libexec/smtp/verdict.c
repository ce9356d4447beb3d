/* SPDX-License-Identifier: ISC */
/* Verdicts: what is wrong, in the words of the log and the notification. */
#include <string.h>

#include <bsd/string.h>

#include "base/log.h"
#include "smtp_in.h"

bool
verdict_is_soft(const struct verdict *v)
{
	return (v->dsn[0] == '4');
}

void
verdict_own(struct verdict *v, struct arena *a, const char *dsn,
    const char *fmt, ...)
{
	va_list ap;

	must(dsn[0] == '4' || dsn[0] == '5');
	*v = (struct verdict){ 0 };
	strlcpy(v->dsn, dsn, sizeof(v->dsn));
	va_start(ap, fmt);
	v->reason = arena_vprintf(a, fmt, ap);
	va_end(ap);
}

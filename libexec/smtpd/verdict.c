/* SPDX-License-Identifier: ISC */
/* verdict - the one place where replies are made (verdict.h). */
#include <stdarg.h>

#include "base/log.h"
#include "conf/conf.h"

#include "session.h"

struct verdict
verdict(struct smtpd *s, int code, const char *dsn, const char *fmt, ...)
{
	struct verdict v = { .code = code, .dsn = dsn };
	va_list ap;

	must(code >= 200 && code < 600);
	must(dsn[0] == '\0' || dsn[0] == '0' + code / 100);
	va_start(ap, fmt);
	v.text = arena_vprintf(s->line, fmt, ap);
	va_end(ap);
	v.error = code >= 400;
	return (v);
}

struct verdict
verdict_soft(struct smtpd *s, struct verdict v)
{
	if (cf->soft_bounce && v.code >= 500) {
		v.code -= 100;
		if (v.dsn[0] == '5')
			v.dsn = arena_printf(s->line, "4%s", v.dsn + 1);
	}
	return (v);
}

struct verdict
verdict_no_error(struct verdict v)
{
	v.error = false;
	return (v);
}

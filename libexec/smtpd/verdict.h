/* SPDX-License-Identifier: ISC */
/*
 * verdict - what a command comes to: a reply, and what the log says of it.
 *
 * A value. It is made by verdict() alone, which asserts that code and
 * enhanced code agree; the engine alone writes it to the client.
 */
#ifndef POSTERN_SMTPD_VERDICT_H
#define POSTERN_SMTPD_VERDICT_H

#include <stdbool.h>

struct smtpd;

struct verdict {
	int		 code;		/* 0: nothing is said */
	const char	*dsn;		/* "2.0.0", or "": none */
	const char	*text;		/* LF between the lines */
	bool		 error;		/* counts against the client */
};

/*
 * Text lives in s->line, and so does the dsn if it is no literal. 4xx and 5xx
 * are errors, 421 and 521 also end the session (by the engine).
 */
struct verdict	verdict(struct smtpd *s, int code, const char *dsn,
		    const char *fmt, ...)
		    __attribute__((format(printf, 4, 5)));

/* With soft_bounce, for now instead of for good; the same otherwise. */
struct verdict	verdict_soft(struct smtpd *s, struct verdict v);

/* A refusal that is not held against the client. */
struct verdict	verdict_no_error(struct verdict v);

static inline bool
verdict_good(struct verdict v)
{
	return (v.code < 400);
}

#endif

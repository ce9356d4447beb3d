/* SPDX-License-Identifier: ISC */
/*
 * template - the texts of notices: built in, or from bounce_template_file.
 *
 *	failure_template = <<EOF
 *	Charset: us-ascii
 *	From: MAILER-DAEMON (Mail Delivery System)
 *	Subject: Undelivered Mail Returned to Sender
 *	Postmaster-Subject: Postmaster Copy: Undelivered Mail
 *
 *	text with $parameter
 *	EOF
 *
 * A header that is not there is that of the built-in template. The file is
 * the administrator's; it is bounded, and a mistake in it leaves
 * the built-in text in use.
 */
#ifndef POSTERN_DSN_TEMPLATE_H
#define POSTERN_DSN_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"

#define TEMPLATE_FILE_MAX	(64 * 1024)

enum template_kind {
	TEMPLATE_FAILURE, TEMPLATE_DELAY, TEMPLATE_SUCCESS, TEMPLATE_VERIFY,
	TEMPLATE_KINDS
};

struct template {
	const char	*charset;
	const char	*from;
	const char	*subject;
	const char	*postmaster_subject;	/* NULL: the subject */
	const char	*body;			/* lines, $name not expanded */
};

/* "failure_template" */
const char	*template_name(enum template_kind kind);

/* The sender in the built-in templates, in both forms of header_from_format. */
#define TEMPLATE_FROM		"Mail Delivery System <MAILER-DAEMON>"
#define TEMPLATE_FROM_OBSOLETE	"MAILER-DAEMON (Mail Delivery System)"

extern const struct template template_builtin[TEMPLATE_KINDS];

/*
 * Read a file over "all", whose other members stay. 0, or -1 with what is
 * wrong and in which line; "all" then is what it was. Text lives in the arena.
 */
int	template_parse(struct view file, struct arena *a,
	    struct template all[TEMPLATE_KINDS], char why[160])
	    __attribute__((warn_unused_result));

/* The value of a parameter; NULL: there is none of that name. */
typedef const char *(*template_value_fn)(void *arg, const char *name);

/*
 * Such a function, of the parameters (cf) that bounce(8) has; the argument is
 * an arena. NAME_seconds, _minutes, _hours, _days and _weeks are a time in
 * that unit, rounded up.
 */
const char	*template_param(void *arena, const char *name);

/*
 * Append the body with $name, ${name} and $(name) replaced and $$ as $. A
 * name without a value is left out and warned about. -1: it does not fit.
 */
int	template_expand(const char *body, struct arena *a,
	    template_value_fn value, void *arg, struct buf *out)
	    __attribute__((warn_unused_result));

/* Append a template as it stands in a file, the body as given. */
int	template_print(enum template_kind kind, const struct template *t,
	    const char *body, struct buf *out)
	    __attribute__((warn_unused_result));

#endif

/* SPDX-License-Identifier: ISC */
/* setup - tables of smtp(8), opened once for all of its workers. */
#ifndef POSTERN_SMTP_SETUP_H
#define POSTERN_SMTP_SETUP_H

#include <stdbool.h>

struct maps;

struct setup {				/* NULL: the parameter is empty */
	struct maps	*generic;
	struct maps	*discard;
	struct maps	*tls_policy;
	struct maps	*pix;
};

extern struct setup setup;

/* Behind the door, before the first worker: fatal() if a table is missing. */
void	setup_init(void);

/*
 * Look a whole key up: 1 with *value (until the next lookup), 0 not found or
 * no tables, -1 a table failed, which is logged.
 */
int	setup_find(struct maps *m, const char *key, const char **value)
	    __attribute__((warn_unused_result));

#endif

/* SPDX-License-Identifier: ISC */
/* emit - the C sources that are made of the policies. */
#ifndef POSTERN_POLICY_EMIT_H
#define POSTERN_POLICY_EMIT_H

#include <stdio.h>

#include "filter.h"

/* Each writes one file's content; write errors show at fclose(3). */
void	emit_ids(const struct model *m, FILE *f);
void	emit_table(const struct model *m, FILE *f);
void	emit_filters(const struct model *m, FILE *f);
void	emit_filter(const struct mrole *r, const struct sock_filter *code,
	    size_t n, FILE *f);
void	emit_text(const struct model *m, FILE *f);	/* text.c */

/* "trivial-rewrite" as trivial_rewrite or, if "upper", TRIVIAL_REWRITE. */
void	emit_name(struct view name, bool upper, FILE *f);
/* A C string constant. */
void	emit_string(struct view s, FILE *f);
/* The verb is a reply of the role as a server. */
bool	emit_replies(const struct mrole *r, const struct verb *v);

#endif

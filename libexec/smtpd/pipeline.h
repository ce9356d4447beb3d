/* SPDX-License-Identifier: ISC */
/* pipeline - clients that do not wait where they must (RFC 2920). */
#ifndef POSTERN_SMTPD_PIPELINE_H
#define POSTERN_SMTPD_PIPELINE_H

#include <stdbool.h>

#include "verb.h"

struct smtpd;

/*
 * Is there input behind this command that may not be there? Noted and logged
 * once. True if the client was sent away for it.
 */
bool	pipeline_check(struct smtpd *s, enum verb_id id);

#endif

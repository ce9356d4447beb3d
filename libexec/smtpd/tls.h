/* SPDX-License-Identifier: ISC */
/*
 * tls - STARTTLS (RFC 3207) and wrapper mode, by way of tlsproxy(8).
 *
 * The connection goes there for good, and what comes back is a stream of
 * plaintext and a description, s->tls. What was known before is forgotten.
 */
#ifndef POSTERN_SMTPD_TLS_H
#define POSTERN_SMTPD_TLS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"
#include "verb.h"
#include "verdict.h"

struct smtpd;

/* Whether and how, by parameters; part of setup_open(). */
void		tls_setup(void);

/* Is STARTTLS to be announced? */
bool		tls_offered(const struct smtpd *s);

/* 530 for what may not be said in the clear; code 0 if it may. */
struct verdict	tls_missing(struct smtpd *s, enum verb_id id);

/* Before the greeting: true if the session can go on. */
bool		tls_wrapper(struct smtpd *s);

/*
 * A client that had to have a certificate and has none hears it as the answer
 * to its first command. True: it was said, the session is over.
 */
bool		tls_turned_away(struct smtpd *s);

/* For Received:, as smtpd_tls_received_header wants it. */
void		tls_received(const struct smtpd *s, struct buf *out);

#endif

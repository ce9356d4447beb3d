/* SPDX-License-Identifier: ISC */
/* received - our trace header (RFC 5321 4.4). */
#ifndef POSTERN_SMTPD_RECEIVED_H
#define POSTERN_SMTPD_RECEIVED_H

#include "base/buf.h"

struct smtpd;

/* Append the Received: header of the current transaction. */
void	received_put(struct smtpd *s, struct buf *out);

/* "ID: client=name[addr]", once the message has an id. */
void	log_client(struct smtpd *s);

#endif

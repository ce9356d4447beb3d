/* SPDX-License-Identifier: ISC */
/*
 * dialect - SMTP or LMTP (RFC 2033): one client for both.
 *
 * LMTP says LHLO, answers the end of data for each recipient, and is spoken
 * to the hosts that are named, never to mail exchangers. The code reads
 * parameters by their names for SMTP; lmtp(8) puts its own in their place.
 */
#ifndef POSTERN_SMTP_DIALECT_H
#define POSTERN_SMTP_DIALECT_H

#include <stdbool.h>

extern bool dialect_lmtp;

/*
 * Speak LMTP: cf becomes a copy in which each smtp_NAME has the value of
 * lmtp_NAME, where there is one (EHLO and HELO are LHLO). Again after a
 * worker was given the parameters under stress; nothing if it is done.
 */
void	dialect_use_lmtp(void);

#endif

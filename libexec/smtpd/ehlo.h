/* SPDX-License-Identifier: ISC */
/* ehlo - what is announced to whom. */
#ifndef POSTERN_SMTPD_EHLO_H
#define POSTERN_SMTPD_EHLO_H

#include <stdint.h>

struct smtpd;

#define EHLO_PIPELINING		0x0001
#define EHLO_SIZE		0x0002
#define EHLO_VRFY		0x0004
#define EHLO_ETRN		0x0008
#define EHLO_STARTTLS		0x0010
#define EHLO_AUTH		0x0020
#define EHLO_XCLIENT		0x0040
#define EHLO_XFORWARD		0x0080
#define EHLO_ENHANCEDSTATUSCODES 0x0100
#define EHLO_8BITMIME		0x0200
#define EHLO_DSN		0x0400
#define EHLO_SMTPUTF8		0x0800
#define EHLO_CHUNKING		0x1000
#define EHLO_XVERP		0x2000
#define EHLO_REQUIRETLS		0x4000
#define EHLO_SILENT		0x8000	/* silent-discard: not logged */

/* Keywords of smtpd_discard_ehlo_keywords as bits; unknown ones: a warning. */
uint32_t ehlo_keywords(const char *list);

/* s->hidden: the keywords that this client is not told. */
void	 ehlo_hide(struct smtpd *s);

#endif

/* SPDX-License-Identifier: ISC */
/* ctype - Content-Type and Content-Transfer-Encoding (RFC 2045). */
#ifndef POSTERN_MESSAGE_CTYPE_H
#define POSTERN_MESSAGE_CTYPE_H

#include <stdbool.h>

#include "base/view.h"

struct buf;

enum ctype {
	CTYPE_LEAF,			/* text, image, ...: nothing inside */
	CTYPE_MULTIPART,
	CTYPE_DIGEST,			/* its parts are messages */
	CTYPE_RFC822,			/* message/rfc822, message/global */
	CTYPE_MESSAGE			/* other message/ types */
};

enum encoding {
	ENC_NONE, ENC_7BIT, ENC_8BIT, ENC_BINARY, ENC_CODED, ENC_OTHER
};

/*
 * Read the body of a Content-Type header. The parameter "boundary" is put
 * into the buffer (which is reset; its maximum is the limit, what is over is
 * cut off), without quotes.
 */
enum ctype	ctype_parse(struct view body, struct buf *boundary);

/* Read the body of a Content-Transfer-Encoding header. */
enum encoding	encoding_parse(struct view body);

#endif

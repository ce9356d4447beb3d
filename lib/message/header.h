/* SPDX-License-Identifier: ISC */
/* header - the names of headers, and what is a header at all. */
#ifndef POSTERN_MESSAGE_HEADER_H
#define POSTERN_MESSAGE_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

enum header_id {
	HDR_OTHER,
#define HEADER(id, name, flags)	HDR_##id,
#include "header.def"
#undef HEADER
	HDR_COUNT
};

#define H_SENDER	0x1
#define H_RCPT		0x2
#define H_RESENT	0x4
#define H_MIME		0x8

/* One logical header, folded or not: its lines with LF between them. */
struct header {
	struct view	 text;		/* all of it, no LF at the end */
	struct view	 name;
	struct view	 body;		/* what is behind the colon */
	enum header_id	 id;
	unsigned	 flags;		/* H_* */
	bool		 cut;		/* at header_size_limit */
};

/*
 * Whether the line begins with "name:", a name being printable ASCII; blanks
 * may stand before the colon. Fills in all but text and cut.
 */
bool		 header_parse(struct view text, struct header *h);

/* "Message-Id"; NULL for HDR_OTHER. */
const char	*header_name(enum header_id id);

/*
 * A list such as message_drop_headers, as a set of known headers; names that
 * are not known are given to "other" (may be NULL).
 */
uint64_t	 header_set(struct view list,
		    void (*other)(void *arg, struct view name), void *arg);

#endif

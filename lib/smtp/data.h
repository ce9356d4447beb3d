/* SPDX-License-Identifier: ISC */
/*
 * data - message content from an SMTP client: DATA and BDAT.
 *
 * Content comes out in large pieces with LF line ends. DATA: dots are
 * unstuffed, and only CR LF "." CR LF ends it unless the caller allows bare
 * newlines to (smtpd_forbid_bare_newline = no).
 */
#ifndef POSTERN_SMTP_DATA_H
#define POSTERN_SMTP_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "stream.h"

struct smtp_data {
	/* The caller sets these. */
	bool		 lf_ends;	/* LF "." LF may end DATA */

	/* The reader's result. */
	bool		 end;		/* end of data was seen (DATA) or the
					   chunk is used up (BDAT) */
	bool		 bare_lf;	/* a line ended with LF alone */
	bool		 bare_dot;	/* such an LF stood where the end of
					   data would have been one */
	uint64_t	 received;	/* bytes of content off the wire */
	uint64_t	 size;		/* of the content with CR LF line ends */

	/* Private. */
	uint64_t	 left;		/* BDAT: bytes of this chunk */
	bool		 mid_line;	/* the last byte was no line end */
	bool		 prev_bare;	/* the last line ended with LF alone */
	bool		 cr;		/* BDAT: a CR is held back */
};

/* Before the first byte after the 354. */
void		smtp_data_start(struct smtp_data *d, bool lf_ends);

#define SMTP_DATA_MIN	8		/* the least that can be wanted */

/*
 * Append content to "out" until it holds about "want" bytes (never more, and
 * its maximum must be at least want), or the end of data is reached, or (with
 * something appended) no input is left. d->end tells. A lone dot that is
 * no end of data because of a bare LF is dropped, and noted in bare_dot.
 */
enum smtp_io	smtp_data_read(struct smtp_stream *st, struct smtp_data *d,
		    struct buf *out, size_t want)
		    __attribute__((warn_unused_result));

/*
 * BDAT: the state goes on from one chunk to the next of a message (start it
 * with smtp_data_start()); "n" is the size of the next chunk.
 */
void		smtp_bdat_chunk(struct smtp_data *d, uint64_t n);
/*
 * Like smtp_data_read(), without dots. The CR at the end of a chunk is held
 * back until the next one; smtp_bdat_last() gives what is held at the end.
 */
enum smtp_io	smtp_bdat_read(struct smtp_stream *st, struct smtp_data *d,
		    struct buf *out, size_t want)
		    __attribute__((warn_unused_result));
void		smtp_bdat_last(struct smtp_data *d, struct buf *out);
/* Throw the rest of the chunk away. */
enum smtp_io	smtp_bdat_skip(struct smtp_stream *st, struct smtp_data *d)
		    __attribute__((warn_unused_result));

#endif

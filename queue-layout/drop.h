/* SPDX-License-Identifier: ISC */
/*
 * drop - files in maildrop/: mail that waits for pickup(8).
 *
 * Written by any user of the host through postdrop(1), so all of it is
 * hostile. The reader needs a fixed amount of memory and decides by the form
 * alone; what the fields mean is for pickup(8).
 */
#ifndef POSTERN_DROP_H
#define POSTERN_DROP_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

enum drop_type {
#define DROP(name, letter, times, doc)	DROP_##name,
#include "drop.def"
#undef DROP
	DROP_COUNT
};

#define DROP_MAGIC	"POSTERND"
#define DROP_VERSION	1
#define DROP_HEAD	12		/* bytes before the records */
#define DROP_RECORD	5		/* before a body */
#define DROP_BODY_MAX	(56 * 1024)	/* of a body */
#define DROP_MODE	0744		/* complete: pickup may read it */

struct drop {
	int		 fd;
	size_t		 at, n;		/* what is in "b" and not yet taken */
	bool		 begun;
	bool		 ended;		/* the last record was there */
	enum drop_type	 next;		/* the first that may come */
	const char	*why;		/* after -1: why it is refused */
	uint8_t		 b[DROP_RECORD + DROP_BODY_MAX];
};

struct drop_record {
	enum drop_type	 type;
	struct view	 body;
	struct view	 raw;		/* with what is before the body */
};

/* Start reading at the descriptor's place: a file or a pipe. */
void	drop_open(struct drop *d, int fd);

/*
 * The next record; its views are good until the next call. 1, or 0 when all
 * have been read and nothing follows; -1: the file is refused (d->why), or
 * cannot be read (d->why is NULL; errno).
 */
int	drop_next(struct drop *d, struct drop_record *r)
	    __attribute__((warn_unused_result));

/* The head of a file, and what stands before a body. */
void	drop_put_head(uint8_t out[DROP_HEAD]);
void	drop_put_record(uint8_t out[DROP_RECORD], enum drop_type type,
	    uint32_t length);

#endif

/* SPDX-License-Identifier: ISC */
/* walk_in - over the records of a queue file, for the reader alone. */
#ifndef POSTERN_WALK_IN_H
#define POSTERN_WALK_IN_H

#include "queue_in.h"

#define QF_READ_FIRST	16384		/* most files fit */

struct qf_source {
	int		 fd;
	uint64_t	 size;
	uint64_t	 at;		/* of the window in the file */
	size_t		 n;		/* bytes in it */
	size_t		 ahead;		/* how much to read next */
	struct qf_why	*why;
};

/* Where a walk over the records of one segment is. */
struct qf_walk {
	struct qf_source *src;
	uint64_t	 at;
	uint64_t	 end;
	unsigned int	 segment;	/* QF_ENV or QF_EXT */
	unsigned int	 next_row;	/* rows before this one are past */
	uint32_t	 rcpts;		/* seen so far */
	bool		 had_rcpt;
	bool		 ended;
};

struct qf_rec {
	uint64_t	 offset;
	size_t		 size;		/* with its head */
	const uint8_t	*bytes;		/* in the window */
	unsigned int	 type;
	const struct qf_row *row;	/* NULL: recipient or end */
	struct view	 body;
};

/* Say why a file is refused: QF_DAMAGED; or cannot be read (errno): QF_ERROR. */
enum qf_status qf_damaged(struct qf_why *why, uint64_t offset,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
enum qf_status qf_trouble(struct qf_why *why, uint64_t offset,
	    const char *what);

/* "n" bytes at a place of the file; *p is good until the next call. */
enum qf_status qf_source_get(struct qf_source *s, uint64_t at, size_t n,
	    const uint8_t **p);

/*
 * The next record, its structure, order and value checked; the caller has
 * checked that w->at < w->end. What *r points to is good until the next call.
 */
enum qf_status qf_walk_next(struct qf_walk *w, struct qf_rec *r);

/* A recipient's body; copied into the arena unless that is NULL. */
enum qf_status qf_rec_rcpt(const struct qf_rec *r, struct arena *a,
	    struct qf_rcpt *out, struct qf_why *why);

#endif

/* SPDX-License-Identifier: ISC */
/* content - stations on the content's way to the wire. */
#ifndef POSTERN_SMTP_CONTENT_H
#define POSTERN_SMTP_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"

/* Where bytes go; they are the caller's again when it returns. */
typedef void (*wire_fn)(void *arg, const char *p, size_t n);

/* LF to CR LF, dots doubled, lines of more than "limit" bytes split. */
struct wire {
	size_t	 limit;			/* 0: none */
	bool	 broken;		/* a line was longer */
	size_t	 col;
	bool	 bol;
	wire_fn	 fn;
	void	*arg;
	size_t	 n;
	char	 out[64 * 1024];
};

void	wire_init(struct wire *w, size_t limit, wire_fn fn, void *arg);
/* Content with LF line ends, in pieces of any size. */
void	wire_put(struct wire *w, const char *p, size_t n);
/* No more: end the last line, hand out what is left. */
void	wire_end(struct wire *w);

/*
 * What changes content: smtp_generic_maps in the primary header, and for a
 * server without 8BITMIME parts that are declared as 8bit become
 * quoted-printable (RFC 6152, 3). Lines that need no change pass as they are.
 */
#define EDIT_NESTING	50		/* multiparts in multiparts */
#define EDIT_BOUNDARY	200		/* bytes of a boundary */
#define EDIT_LINE_MAX	(256 * 1024)	/* longer ones pass unchanged */

struct edit_boundary {
	size_t	 n;
	char	 text[EDIT_BOUNDARY];
};

struct edit {
	/* What is wanted. */
	bool		 generic;
	bool		 to_7bit;

	bool		 failed;	/* a table did: do not send this */

	/* Private. */
	wire_fn		 fn;
	void		*arg;
	struct buf	 line;		/* the part of a line so far */
	struct buf	 head;		/* the header so far */
	bool		 raw;		/* mid-line of one that is too long */
	bool		 in_header;
	bool		 primary;	/* the header of the message itself */
	bool		 eight;		/* this part says it is 8bit */
	bool		 multipart, message;
	bool		 quote;		/* this body becomes quoted-printable */
	struct edit_boundary next;	/* that this header declares */
	struct edit_boundary stack[EDIT_NESTING];
	size_t		 depth;
};

void	edit_init(struct edit *e, bool generic, bool to_7bit, wire_fn fn,
	    void *arg);
void	edit_put(struct edit *e, const char *p, size_t n);
/* No more: hand out what is left. */
void	edit_end(struct edit *e);
/* Give memory back. */
void	edit_fini(struct edit *e);

/* A line (no line end) as quoted-printable with LF, behind what is in "out". */
void	qp_line(struct view line, struct buf *out);

#endif

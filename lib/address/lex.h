/* SPDX-License-Identifier: ISC */
/* lex - the tokens of RFC 5322 addresses, for path.c and header.c. */
#ifndef POSTERN_ADDRESS_LEX_H
#define POSTERN_ADDRESS_LEX_H

#include "base/view.h"

struct buf;

enum token_type {
	T_END, T_ATOM, T_QUOTED, T_LITERAL, T_COMMENT, T_SPECIAL,
	T_BAD,			/* a quote, comment or literal without end */
};

struct token {
	enum token_type	 type;
	struct view	 text;
	size_t		 at;		/* where it begins */
	size_t		 end;		/* and what is behind it */
};

struct lex {
	struct view	 in;
	size_t		 pos;
};

/* The next token; T_END again and again at the end. */
struct token	lex_next(struct lex *l);

bool		token_is(const struct token *t, char special);

/*
 * Put together the addr-spec that "span" holds: words, dots and at most a
 * route before it, without comments and white space. False if it is none:
 * words that only white space separates, no local part, a quoted domain.
 */
bool		lex_addr_spec(struct view span, struct buf *external);

#endif

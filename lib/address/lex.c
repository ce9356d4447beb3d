/* SPDX-License-Identifier: ISC */
/*
 * lex - the tokens of RFC 5322 addresses.
 *
 * Every byte belongs to a token or is white space; nested comments are
 * counted, not recursed into.
 */
#include <string.h>

#include "base/buf.h"
#include "address.h"
#include "lex.h"

#define SPACES		" \t\r\n"
#define SPECIALS	"()<>[]:;@\\,.\""

static bool
in(const char *set, char c)
{
	return (c != '\0' && strchr(set, c) != NULL);
}

bool
token_is(const struct token *t, char special)
{
	return (t->type == T_SPECIAL && t->text.p[0] == special);
}

/* Behind the closing byte of what opens at "pos", or 0 without one. */
static size_t
closing(struct view v, size_t pos, char open, char close)
{
	size_t i, depth = 0;

	for (i = pos; i < v.n; i++) {
		if (v.p[i] == '\\')
			i++;
		else if (v.p[i] == close && (depth == 1 || open == close) &&
		    i > pos)
			return (i + 1);
		else if (v.p[i] == close && i > pos)
			depth--;
		else if (v.p[i] == open)
			depth += open == '(' || i == pos;
	}
	return (0);
}

static struct token
enclosed(struct lex *l, char close, enum token_type type)
{
	struct token t = { .type = type, .at = l->pos };

	t.end = closing(l->in, l->pos, l->in.p[l->pos], close);
	if (t.end == 0) {
		t.type = T_BAD;
		t.end = l->in.n;
	}
	return (t);
}

static size_t
atom_end(struct view v, size_t i)
{
	while (i < v.n) {
		if (v.p[i] == '\\' && i + 1 < v.n)
			i += 2;
		else if (in(SPACES SPECIALS, v.p[i]))
			break;
		else
			i++;
	}
	return (i);
}

struct token
lex_next(struct lex *l)
{
	struct view v = l->in;
	struct token t = { .type = T_END };

	while (l->pos < v.n && in(SPACES, v.p[l->pos]))
		l->pos++;
	t.at = t.end = l->pos;
	if (l->pos == v.n)
		return (t);
	switch (v.p[l->pos]) {
	case '"':
		t = enclosed(l, '"', T_QUOTED);
		break;
	case '(':
		t = enclosed(l, ')', T_COMMENT);
		break;
	case '[':
		t = enclosed(l, ']', T_LITERAL);
		break;
	default:
		t.end = atom_end(v, t.at);
		t.type = T_ATOM;
		if (t.end == t.at) {
			t.type = T_SPECIAL;
			t.end = t.at + 1;
		}
		break;
	}
	t.text = view_sub(v, t.at, t.end - t.at);
	l->pos = t.end;
	return (t);
}

/* Skip "@a,@b:" at the front of an addr-spec. */
static void
skip_route(struct lex *l)
{
	struct lex look = *l;
	struct token t = lex_next(&look);

	if (!token_is(&t, '@'))
		return;
	while ((t = lex_next(&look)).type != T_END && t.type != T_BAD)
		if (token_is(&t, ':')) {
			*l = look;
			return;
		}
}

/* What the last token was: a word can not follow a word. */
struct shape {
	bool	word;		/* the last token was a word */
	bool	local;		/* there is something before the '@' */
	size_t	at;		/* how many '@' */
	bool	quoted;		/* quotes or backslashes behind the last '@' */
	bool	literal;	/* an address literal there */
	bool	inner;		/* an '@' in quotes */
	bool	ends_at;	/* the last token was an '@' */
};

/* Nothing in the brackets that could be read as something else outside. */
static bool
plain_literal(struct view text)
{
	size_t i;

	for (i = 1; i + 1 < text.n; i++)
		if (text.p[i] != ':' && text.p[i] != '.' &&
		    in(SPACES SPECIALS, text.p[i]))
			return (false);
	return (true);
}

static bool
accept(struct shape *s, const struct token *t)
{
	s->ends_at = token_is(t, '@');
	if (s->ends_at) {
		if (s->literal || (s->at > 0 && !s->word))
			return (false);
		s->at++;
		s->quoted = false;
		s->word = false;
		return (s->local);
	}
	if (token_is(t, '.')) {
		s->local = true;
		s->word = false;
		return (!s->literal);
	}
	if (t->type == T_ATOM || t->type == T_QUOTED) {
		if (s->word || s->literal)
			return (false);
		s->word = s->local = true;
		s->inner = s->inner || view_chr(t->text, '@') != -1;
		s->quoted = s->quoted || t->type == T_QUOTED ||
		    view_chr(t->text, '\\') != -1;
		return (true);
	}
	/* A literal is the whole of a domain. */
	if (t->type == T_LITERAL && s->at > 0 && !s->word && !s->literal) {
		s->literal = true;
		return (plain_literal(t->text));
	}
	return (false);
}

/* A folded quoted string unfolds; a NUL is in no address. */
static int
put_unfolded(struct view text, struct buf *out)
{
	size_t i;

	for (i = 0; i < text.n; i++) {
		if (text.p[i] == '\r' || text.p[i] == '\n')
			continue;
		if (text.p[i] == '\0' || buf_putc(out, text.p[i]) == -1)
			return (-1);
	}
	return (0);
}

bool
lex_addr_spec(struct view span, struct buf *external)
{
	struct lex l = { span, 0 };
	struct shape s = { 0 };
	struct token t;

	skip_route(&l);
	while ((t = lex_next(&l)).type != T_END) {
		if (t.type == T_COMMENT)
			continue;
		if (!accept(&s, &t) || put_unfolded(t.text, external) == -1)
			return (false);
	}
	if (s.ends_at) {
		if (s.at > 1)
			return (false);
		buf_cut(external, external->n - 1);	/* user@ is user */
		s.at = 0;
	}
	/* Without its quotes, "a@b" would be another address: a at b. */
	if (s.at == 0 && s.inner)
		return (false);
	return (s.local && external->n > 0 && !(s.at > 0 && s.quoted));
}

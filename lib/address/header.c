/* SPDX-License-Identifier: ISC */
/*
 * header - the addresses of a header, found and replaced in their place.
 *
 * One pass over the tokens. What a stranger wrote so badly that it can not be
 * told what it is stays as it is: no byte is lost but those of an address
 * that is replaced, and what is over the token limit.
 */
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "address.h"
#include "lex.h"

#define FOLD_AT	72

struct walk {
	struct view	 list;
	addr_spec_fn	 fn;
	void		*arg;
	struct buf	*out;
	size_t		 copied;	/* of list, to out */
	bool		 changed;	/* an address was replaced */

	/* The mailbox that is being read. */
	size_t		 begin, end;	/* its words; none if begin == end */
	bool		 angle;		/* inside of <> */
	bool		 closed;	/* <> has been; "begin" is inside it */
	bool		 bad;
};

static int
put(struct walk *w, struct view v)
{
	return (w->out == NULL || buf_put(w->out, v.p, v.n) == 0 ?
	    ADDR_LIST_OK : ADDR_LIST_FULL);
}

static int
copy_to(struct walk *w, size_t end)
{
	struct view v = view_sub(w->list, w->copied, end - w->copied);

	w->copied = end;
	return (put(w, v));
}

/* Ask what becomes of the address in [begin, end). */
static int
ask(struct walk *w, struct view span, struct buf *raw, struct buf *new)
{
	struct buf plain, quoted;
	struct addr_spec spec;
	int rc = 0;

	buf_init(&plain, span.n);
	buf_init(&quoted, 2 * span.n + 2);
	if (addr_unquote(buf_view(raw), &plain) == 0 &&
	    addr_split(buf_view(&plain)).local.n > 0 &&
	    addr_quote(buf_view(&plain), &quoted) == 0) {
		spec.internal = buf_str(&plain);
		spec.external = buf_str(&quoted);
		rc = w->fn(w->arg, &spec, new);
	}
	buf_fini(&plain);
	buf_fini(&quoted);
	return (rc);
}

/* The mailbox has ended: if it is one, its address may be replaced. */
static int
finish(struct walk *w)
{
	struct view span = view_sub(w->list, w->begin, w->end - w->begin);
	struct buf raw, new;
	int rc = ADDR_LIST_OK, got = 0;

	if (!w->bad && !w->angle && span.n > 0) {
		buf_init(&raw, span.n);
		buf_init(&new, w->out == NULL ? 0 : w->out->max);
		if (lex_addr_spec(span, &raw))
			got = ask(w, span, &raw, &new);
		if (got == 1 && w->out != NULL) {
			rc = copy_to(w, w->begin);
			if (rc == ADDR_LIST_OK)
				rc = put(w, buf_view(&new));
			w->copied = w->end;
			w->changed = true;
		} else if (got != 0 && got != 1)
			rc = ADDR_LIST_STOPPED;
		buf_fini(&raw);
		buf_fini(&new);
	}
	w->begin = w->end = 0;
	w->angle = w->closed = w->bad = false;
	return (rc);
}

static void
word(struct walk *w, const struct token *t)
{
	if (w->closed) {
		w->bad = true;		/* words behind <address> */
		return;
	}
	if (w->begin == w->end)
		w->begin = t->at;
	w->end = t->end;
}

/* Look at one token; finishes the mailbox where one ends. */
static int
take(struct walk *w, const struct token *t)
{
	if (t->type == T_COMMENT)
		return (ADDR_LIST_OK);
	if (t->type == T_BAD)
		w->bad = true;
	else if (w->angle && token_is(t, '>')) {
		w->angle = false;
		w->closed = true;
	} else if (w->angle && token_is(t, '<'))
		w->bad = true;
	else if (w->angle && (token_is(t, ',') || token_is(t, ':')))
		word(w, t);		/* a route */
	else if (token_is(t, ',') || token_is(t, ';'))
		return (finish(w));
	else if (token_is(t, ':')) {
		w->begin = w->end = 0;	/* the name of a group */
		w->closed = w->bad = false;
	} else if (token_is(t, '<')) {
		w->bad = w->bad || w->closed;
		w->begin = w->end = 0;
		w->angle = true;
	} else if (token_is(t, '>'))
		w->bad = true;
	else
		word(w, t);
	return (ADDR_LIST_OK);
}

/*
 * A list that has changed may have grown: a line that is long enough goes on
 * in another one, where blanks are all that is in [from, to), behind a comma.
 */
static int
fold(struct walk *w, size_t from, size_t to)
{
	size_t column = 0;
	int rc;

	if (!w->changed || memchr(w->list.p + from, '\n', to - from) != NULL)
		return (ADDR_LIST_OK);
	if ((rc = copy_to(w, from)) != ADDR_LIST_OK)
		return (rc);
	while (column < w->out->n && column < FOLD_AT &&
	    w->out->p[w->out->n - column - 1] != '\n')
		column++;
	if (column < FOLD_AT)
		return (ADDR_LIST_OK);
	w->copied = to;
	return (put(w, VIEW("\n\t")));
}

int
addr_list_each(struct view list, size_t tokens, addr_spec_fn fn, void *arg,
    struct buf *out)
{
	struct walk w = { .list = list, .fn = fn, .arg = arg, .out = out };
	struct lex l = { list, 0 };
	struct token t;
	size_t count = 0, whole = 0, comma = 0;
	int rc;

	while ((t = lex_next(&l)).type != T_END) {
		if (count++ == tokens) {
			if (whole > w.copied &&
			    (rc = copy_to(&w, whole)) != ADDR_LIST_OK)
				return (rc);
			return (ADDR_LIST_CUT);
		}
		if ((comma > 0 && (rc = fold(&w, comma, t.at)) !=
		    ADDR_LIST_OK) || (rc = take(&w, &t)) != ADDR_LIST_OK)
			return (rc);
		comma = !w.angle && token_is(&t, ',') ? t.end : 0;
		/* The list could end before this token without being torn. */
		if (!w.angle && (token_is(&t, ',') || token_is(&t, ';')))
			whole = t.at;
	}
	if ((rc = finish(&w)) != ADDR_LIST_OK)
		return (rc);
	return (copy_to(&w, list.n));
}

/* SPDX-License-Identifier: ISC */
/*
 * token - the lines and words of a policy file. See token.h.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "token.h"

int
token_fail(struct token_error *e, const char *file, unsigned line,
    const char *fmt, ...)
{
	va_list ap;

	if (e->text[0] != '\0')
		return (-1);
	snprintf(e->file, sizeof(e->file), "%s", file);
	e->line = line;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return (-1);
}

void
token_open(struct token_file *f, const char *name, struct view text)
{
	f->name = name;
	f->rest = text;
	f->line = 0;
	f->above = (struct view){ text.p, 0 };
}

/* Take the next raw line, without its line break; false at the end. */
static bool
raw_line(struct token_file *f, struct view *line)
{
	const char *nl;
	size_t n;

	if (f->rest.n == 0)
		return (false);
	nl = memchr(f->rest.p, '\n', f->rest.n);
	n = nl == NULL ? f->rest.n : (size_t)(nl - f->rest.p);
	*line = (struct view){ f->rest.p, n };
	n += nl != NULL;
	f->rest.p += n;
	f->rest.n -= n;
	f->line++;
	return (true);
}

static bool
blank(char c)
{
	return (c == ' ' || c == '\t');
}

/* Split off one word or comment; 1, 0 at the end of the line, -1 error. */
static int
next_word(struct token_file *f, struct view *v, struct view *word,
    struct token_error *e)
{
	const char *end;
	size_t n;

	for (; v->n > 0 && blank(v->p[0]); v->p++, v->n--)
		continue;
	if (v->n == 0)
		return (0);
	if (v->p[0] == '#') {
		*word = *v;
		v->n = 0;
		return (1);
	}
	if (v->p[0] == '"') {
		end = memchr(v->p + 1, '"', v->n - 1);
		if (end == NULL)
			return (token_fail(e, f->name, f->line,
			    "a quote is not closed"));
		*word = (struct view){ v->p + 1, (size_t)(end - v->p) - 1 };
		n = (size_t)(end - v->p) + 1;
	} else {
		for (n = 0; n < v->n && !blank(v->p[n]) && v->p[n] != ','; n++)
			continue;
		n += n == 0;
		*word = (struct view){ v->p, n };
	}
	v->p += n;
	v->n -= n;
	return (1);
}

static int
split(struct token_file *f, struct view raw, struct token_line *l,
    struct token_error *e)
{
	struct view word;
	int rc;

	while ((rc = next_word(f, &raw, &word, e)) == 1) {
		if (word.n > 0 && word.p[0] == '#') {
			l->tail = word;
			return (0);
		}
		if (l->nwords == TOKEN_WORDS_MAX)
			return (token_fail(e, f->name, f->line,
			    "more than %d words on a line", TOKEN_WORDS_MAX));
		l->word[l->nwords++] = word;
	}
	return (rc);
}

int
token_next(struct token_file *f, struct token_line *l, struct token_error *e)
{
	struct view raw;

	if (f->line == 0 && f->rest.n > TOKEN_FILE_MAX)
		return (token_fail(e, f->name, 0, "more than %d bytes",
		    TOKEN_FILE_MAX));
	while (raw_line(f, &raw)) {
		if (raw.n > TOKEN_LINE_MAX)
			return (token_fail(e, f->name, f->line,
			    "a line of more than %d bytes", TOKEN_LINE_MAX));
		if (memchr(raw.p, '\0', raw.n) != NULL)
			return (token_fail(e, f->name, f->line, "a NUL byte"));
		memset(l, 0, sizeof(*l));
		if (split(f, raw, l, e) == -1)
			return (-1);
		if (l->nwords > 0) {
			l->no = f->line;
			l->above = f->above;
			f->above.n = 0;
			return (1);
		}
		if (l->tail.n == 0)		/* a blank line ends a block */
			f->above.n = 0;
		else if (f->above.n == 0)
			f->above = raw;
		else
			f->above.n = (size_t)(raw.p + raw.n - f->above.p);
	}
	return (0);
}

static bool
says_something(struct view v)
{
	size_t i;

	for (i = 0; i < v.n; i++)
		if (isalnum((unsigned char)v.p[i]))
			return (true);
	return (false);
}

bool
token_commented(const struct token_line *l)
{
	return (says_something(l->above) || says_something(l->tail));
}

static size_t
put_comment(struct view v, char *buf, size_t size, size_t n)
{
	bool lead = true, gap = n > 0;
	size_t i;

	for (i = 0; i < v.n; i++) {
		char c = v.p[i];

		if (c == '\n' || (lead && (c == '#' || blank(c)))) {
			lead = true;
			gap = gap || n > 0;
			continue;
		}
		lead = false;
		if (blank(c)) {
			gap = true;
			continue;
		}
		if (gap && n > 0 && n + 1 < size)
			buf[n++] = ' ';
		gap = false;
		if (n + 1 < size)
			buf[n++] = c;
	}
	return (n);
}

void
token_comment(const struct token_line *l, char *buf, size_t size)
{
	size_t n;

	n = put_comment(l->above, buf, size, 0);
	n = put_comment(l->tail, buf, size, n);
	buf[n] = '\0';
}

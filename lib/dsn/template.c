/* SPDX-License-Identifier: ISC */
/* template - read the file, expand the text. */
#include <stdio.h>
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "template.h"

#define VALUE_MAX	1000		/* bytes of a header's value */

static const char *const names[TEMPLATE_KINDS] = {
	[TEMPLATE_FAILURE] = "failure_template",
	[TEMPLATE_DELAY] = "delay_template",
	[TEMPLATE_SUCCESS] = "success_template",
	[TEMPLATE_VERIFY] = "verify_template",
};

const char *
template_name(enum template_kind kind)
{
	return (names[kind]);
}

struct reader {
	struct view	 rest;		/* of the file */
	struct arena	*arena;
	unsigned int	 line;
	char		*why;
};

static int
fail(struct reader *r, const char *text)
{
	(void)snprintf(r->why, 160, "line %u: %s", r->line, text);
	return (-1);
}

static bool
next_line(struct reader *r, struct view *line)
{
	if (!view_field(&r->rest, '\n', line))
		return (false);
	r->line++;
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return (true);
}

/* "name = <<MARK" */
static int
parse_start(struct reader *r, struct view line, enum template_kind *kind,
    struct view *mark)
{
	struct view name;
	int i;

	if (view_chr(line, '=') == -1 || !view_field(&line, '=', &name))
		return (fail(r, "expected \"name = <<MARK\""));
	name = view_trim(name);
	for (i = 0; i < TEMPLATE_KINDS && !view_eq(name, names[i]); i++)
		;
	if (i == TEMPLATE_KINDS)
		return (fail(r, "unknown template name"));
	line = view_trim(line);
	if (!view_starts(line, "<<"))
		return (fail(r, "expected \"<<\" and a mark"));
	*mark = view_trim(view_sub(line, 2, line.n));
	if (mark->n == 0)
		return (fail(r, "there is no mark behind \"<<\""));
	*kind = (enum template_kind)i;
	return (0);
}

static int
parse_header(struct reader *r, struct view line, struct template *t)
{
	const struct {
		const char	*name;
		const char	**value;
	} rows[] = {
		{ "Charset", &t->charset },
		{ "From", &t->from },
		{ "Subject", &t->subject },
		{ "Postmaster-Subject", &t->postmaster_subject },
	};
	struct view name;
	size_t i;

	if (view_chr(line, ':') == -1 || !view_field(&line, ':', &name))
		return (fail(r, "expected a header or an empty line"));
	line = view_trim(line);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!view_ieq(view_trim(name), rows[i].name))
			continue;
		if (!is_ascii(line))
			return (fail(r, "header that is not us-ascii"));
		if (line.n == 0 || line.n > VALUE_MAX)
			return (fail(r, "header without a value that fits"));
		if ((*rows[i].value = view_str(r->arena, line)) == NULL)
			return (fail(r, "NUL byte"));
		return (0);
	}
	return (fail(r, "unknown header"));
}

/* Everything up to the line that is the mark. */
static int
parse_body(struct reader *r, struct view mark, const char **body)
{
	const char *start = r->rest.p;
	struct view line, all;

	while (next_line(r, &line)) {
		if (line.n != mark.n || memcmp(line.p, mark.p, mark.n) != 0)
			continue;
		all = (struct view){ start, (size_t)(line.p - start) };
		if (all.n == 0)
			return (fail(r, "template without text"));
		if ((*body = view_str(r->arena, all)) == NULL)
			return (fail(r, "NUL byte"));
		return (0);
	}
	return (fail(r, "the end mark is missing"));
}

static bool
is_token(const char *s)
{
	return (s[0] != '\0' && s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:")] == '\0');
}

static int
parse_one(struct reader *r, struct view mark, struct template *t)
{
	struct view line;

	/* A header that is not given is as it was. */
	for (;;) {
		if (!next_line(r, &line))
			return (fail(r, "the end mark is missing"));
		if (view_trim(line).n == 0)
			break;
		if (parse_header(r, line, t) == -1)
			return (-1);
	}
	if (parse_body(r, mark, &t->body) == -1)
		return (-1);
	if (!is_token(t->charset))
		return (fail(r, "bad character in Charset:"));
	if (strcasecmp(t->charset, "us-ascii") == 0 &&
	    !is_ascii(view_of(t->body)))
		return (fail(r, "text is not us-ascii as Charset: says"));
	return (0);
}

int
template_parse(struct view file, struct arena *a,
    struct template all[TEMPLATE_KINDS], char why[160])
{
	struct reader r = { file, a, 0, why };
	struct template out[TEMPLATE_KINDS], one;
	enum template_kind kind = TEMPLATE_FAILURE;
	struct view line, mark;

	if (file.n > TEMPLATE_FILE_MAX)
		return (fail(&r, "the file is too large"));
	memcpy(out, all, sizeof(out));
	while (next_line(&r, &line)) {
		if (view_trim(line).n == 0 || line.p[0] == '#')
			continue;
		if (parse_start(&r, line, &kind, &mark) == -1)
			return (-1);
		one = all[kind];
		if (parse_one(&r, mark, &one) == -1)
			return (-1);
		out[kind] = one;
	}
	memcpy(all, out, sizeof(out));
	return (0);
}

static size_t
name_length(struct view v)
{
	size_t n = 0;

	while (n < v.n && ((v.p[n] >= 'a' && v.p[n] <= 'z') ||
	    (v.p[n] >= 'A' && v.p[n] <= 'Z') ||
	    (v.p[n] >= '0' && v.p[n] <= '9') || v.p[n] == '_'))
		n++;
	return (n);
}

/* The name at "v", which stands behind a '$'; how many bytes are used up. */
static size_t
take_name(struct view v, struct view *name)
{
	const char close = v.n == 0 ? '\0' : v.p[0] == '{' ? '}' :
	    v.p[0] == '(' ? ')' : '\0';
	const size_t skip = close != '\0';
	const struct view text = view_sub(v, skip, v.n);
	const size_t n = name_length(text);

	*name = view_sub(text, 0, n);
	if (n == 0 || (skip != 0 && (n == text.n || text.p[n] != close)))
		return (0);
	return (n + 2 * skip);
}

int
template_expand(const char *body, struct arena *a, template_value_fn value,
    void *arg, struct buf *out)
{
	struct view rest = view_of(body), name;
	const char *text;
	size_t used;

	while (rest.n > 0) {
		ptrdiff_t at = view_chr(rest, '$');
		size_t n = at == -1 ? rest.n : (size_t)at;

		if (buf_put(out, rest.p, n) == -1)
			return (-1);
		rest = view_sub(rest, n, rest.n);
		if (rest.n == 0)
			break;
		rest = view_sub(rest, 1, rest.n);
		used = take_name(rest, &name);
		if (used == 0) {
			/* "$$", or a '$' that means nothing. */
			if (buf_putc(out, '$') == -1)
				return (-1);
			if (rest.n > 0 && rest.p[0] == '$')
				rest = view_sub(rest, 1, rest.n);
			continue;
		}
		rest = view_sub(rest, used, rest.n);
		text = value(arg, view_str(a, name));
		if (text == NULL)
			log_warn("bounce template: unknown parameter $%.*s",
			    (int)(name.n < 100 ? name.n : 100), name.p);
		else if (buf_puts(out, text) == -1)
			return (-1);
	}
	return (0);
}

int
template_print(enum template_kind kind, const struct template *t,
    const char *body, struct buf *out)
{
	const size_t start = out->n;

	if (buf_printf(out, "%s = <<EOF\nCharset: %s\nFrom: %s\nSubject: %s\n",
	    names[kind], t->charset, t->from, t->subject) == 0 &&
	    (t->postmaster_subject == NULL || buf_printf(out,
	    "Postmaster-Subject: %s\n", t->postmaster_subject) == 0) &&
	    buf_printf(out, "\n%sEOF\n", body) == 0)
		return (0);
	buf_cut(out, start);
	return (-1);
}

/* SPDX-License-Identifier: ISC */
/*
 * maincf - reading configuration files by logical lines.
 *
 * Trusts that the file is the administrator's; distrusts its size and form.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "conf_in.h"
#include "maincf.h"

#define SHOWN	30	/* bytes of a bad line in a message */

int
conf_read(struct arena *a, const char *file, struct view *out,
    struct conf_error *e)
{
	struct stat st;
	char *p;
	ssize_t n;
	int fd;

	if ((fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) ==
	    -1 || fstat(fd, &st) == -1) {
		(void)conf_fail(e, "open %s: %s", file, strerror(errno));
		fd_close(&fd);
		return (-1);
	}
	if (!S_ISREG(st.st_mode) || st.st_size > CONF_FILE_MAX) {
		fd_close(&fd);
		return (conf_fail(e, "%s: expected a file of at most %d bytes",
		    file, CONF_FILE_MAX));
	}
	p = arena_get(a, (size_t)st.st_size + 1);
	n = fd_pread_all(fd, p, (size_t)st.st_size, 0);
	fd_close(&fd);
	if (n == -1)
		return (conf_fail(e, "read %s: %s", file, strerror(errno)));
	*out = (struct view){ p, (size_t)n };
	return (0);
}

void
conf_lines_init(struct conf_lines *l, const char *file, struct view text)
{
	l->file = file;
	l->rest = text;
	l->line = 1;
}

static bool
blank(char c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f');
}

/* Empty, or a comment: no part of any logical line. */
static bool
ignored(struct view v)
{
	v = view_trim(v);
	return (v.n == 0 || v.p[0] == '#');
}

/* Join what follows, up to the next line that begins a logical line. */
static int
join(struct conf_lines *l, struct buf *b, int first, struct conf_error *e)
{
	struct view ahead = l->rest, v;
	int line = l->line;

	while (view_field(&ahead, '\n', &v)) {
		line++;
		if (!ignored(v)) {
			if (!blank(v.p[0]))
				return (0);
			if (buf_put(b, v.p, v.n) == -1)
				return (conf_fail(e, "%s, line %d: expected "
				    "a line of at most %d bytes", l->file,
				    first, CONF_LINE_MAX));
			l->rest = ahead;
			l->line = line;
		}
	}
	l->rest = ahead;
	l->line = line;
	return (0);
}

int
conf_lines_next(struct conf_lines *l, struct arena *a, struct view *out,
    int *line, struct conf_error *e)
{
	struct buf b;
	struct view v;
	int n, rc;

	for (;;) {
		if (!view_field(&l->rest, '\n', &v))
			return (0);
		n = l->line++;
		if (ignored(v))
			continue;
		if (!blank(v.p[0]))
			break;
		log_warn("%s, line %d: logical line must not start with "
		    "whitespace: \"%.*s\"", l->file, n,
		    (int)(v.n < SHOWN ? v.n : SHOWN), v.p);
	}
	buf_init(&b, CONF_LINE_MAX);
	if (buf_put(&b, v.p, v.n) == -1)
		rc = conf_fail(e, "%s, line %d: expected a line of at most "
		    "%d bytes", l->file, n, CONF_LINE_MAX);
	else
		rc = join(l, &b, n, e);
	if (rc == 0 && view_chr(buf_view(&b), '\0') != -1)
		rc = conf_fail(e, "%s, line %d: expected text, found a NUL "
		    "byte", l->file, n);
	if (rc == 0) {
		v = view_trim(buf_view(&b));
		*out = (struct view){ arena_strn(a, v.p, v.n), v.n };
		*line = n;
		rc = 1;
	}
	buf_fini(&b);
	return (rc);
}

const char *
conf_pair(struct arena *a, struct view text, const char **name,
    const char **value)
{
	ptrdiff_t at = view_chr(text, '=');
	struct view left = view_trim(text), v;

	if (at == 0 || (at > 0 && view_trim(view_sub(text, 0, at)).n == 0))
		return ("missing attribute name");
	if (at == -1)
		return ("missing '=' after attribute name");
	left = view_trim(view_sub(text, 0, (size_t)at));
	v = left;
	(void)view_word(&v, " \t\r\v\f");
	if (v.n != 0)
		return ("missing '=' after attribute name");
	if (left.n > CONF_NAME_MAX)
		return ("attribute name is too long");
	if ((*name = view_str(a, left)) == NULL || (*value = view_str(a,
	    view_trim(view_sub(text, (size_t)at + 1, text.n)))) == NULL)
		return ("unexpected NUL byte");
	return (NULL);
}

int
maincf_parse(struct conf *c, struct view text, struct conf_error *e)
{
	struct conf_lines l;
	struct view v;
	const char *name, *value, *wrong;
	int line, rc;
	size_t names = 0;

	conf_lines_init(&l, c->file, text);
	while ((rc = conf_lines_next(&l, c->arena, &v, &line, e)) == 1) {
		wrong = conf_pair(c->arena, v, &name, &value);
		if (wrong != NULL)
			return (conf_fail(e, "%s, line %d: %s: \"%s\"",
			    c->file, line, wrong, v.p));
		if (++names > CONF_NAMES_MAX)
			return (conf_fail(e, "%s, line %d: expected at most "
			    "%d parameters", c->file, line, CONF_NAMES_MAX));
		conf_put(c, name, value, line);
	}
	return (rc);
}

/* SPDX-License-Identifier: ISC */
/*
 * message - the headers and body lines of a message, as keys.
 *
 * For trying header_checks and body_checks tables (-h, -b). The message is
 * taken as it is; parts of a MIME message are body.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "mapcmd.h"

struct reader {
	struct mapcmd_run *run;
	void		(*fn)(void *arg, const char *text);
	void		*arg;
	struct buf	 header;	/* that is being read */
	bool		 body;
};

/* "Name:", of printable characters, blanks allowed before the colon. */
static bool
begins_header(const char *line)
{
	size_t n = 0;

	while (line[n] > ' ' && line[n] < 0x7f && line[n] != ':')
		n++;
	return (n > 0 && line[n + strspn(line + n, " \t")] == ':');
}

static void
end_header(struct reader *m)
{
	if (m->header.n > 0 && m->run->header)
		m->fn(m->arg, buf_str(&m->header));
	buf_reset(&m->header);
}

/* What does not fit is looked at up to there, as a mail system would. */
static void
more_header(struct reader *m, const char *line)
{
	if (m->header.n > 0 && buf_putc(&m->header, '\n') == -1)
		return;
	if (buf_puts(&m->header, line) == -1)
		log_warn("a header is longer than %d bytes", TABLE_KEY_MAX);
}

static void
take_line(struct reader *m, const char *line)
{
	if (!m->body && (line[0] == ' ' || line[0] == '\t') &&
	    m->header.n > 0) {
		more_header(m, line);
		return;
	}
	end_header(m);
	if (!m->body && begins_header(line)) {
		more_header(m, line);
		return;
	}
	if (!m->body) {
		m->body = true;
		if (line[0] == '\0')
			return;		/* between headers and body */
	}
	if (m->run->body && line[0] != '\0')
		m->fn(m->arg, line);
}

void
mapcmd_message(struct mapcmd_run *r, void (*fn)(void *arg, const char *text),
    void *arg)
{
	struct reader m = { .run = r, .fn = fn, .arg = arg };
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	buf_init(&m.header, TABLE_KEY_MAX);
	while ((n = getline(&line, &room, stdin)) != -1) {
		if (n > 0 && line[n - 1] == '\n')
			line[--n] = '\0';
		if (n > 0 && line[n - 1] == '\r')
			line[--n] = '\0';
		take_line(&m, line);
	}
	if (ferror(stdin))
		fatal("read standard input: %m");
	end_header(&m);
	buf_fini(&m.header);
	free(line);
}

/* SPDX-License-Identifier: ISC */
/*
 * message - the headers and body lines of a message, as keys.
 *
 * For trying header_checks and body_checks tables (-h, -b). The message is
 * taken as it is; parts of a MIME message are body.
 */
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "mapcmd.h"
#include "table/text.h"

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
	struct text text;
	int rc, fd = mapcmd_stdin();

	buf_init(&m.header, TABLE_KEY_MAX);
	text_open(&text, fd, "stdin");
	while ((rc = text_line(&text)) == 1) {
		if (text.line.n > 0 && text.line.p[text.line.n - 1] == '\r')
			buf_cut(&text.line, text.line.n - 1);
		if (view_chr(buf_view(&text.line), '\0') == -1)
			take_line(&m, buf_str(&text.line));
		else
			log_warn("NUL byte in a line -- ignoring this line");
	}
	if (rc == -1)
		fatal("cannot read standard input");
	end_header(&m);
	text_close(&text);
	fd_close(&fd);
	buf_fini(&m.header);
}

/* SPDX-License-Identifier: ISC */
/*
 * copy - the message: our header lines, then the content, whose digest is
 * checked on the way.
 *
 * The content is a stranger's; it is looked at for line ends, for "From " and
 * dots behind them, and for Delivered-To: in its header.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "address/address.h"
#include "base/fd.h"
#include "mda.h"

#define PIECE		(64 * 1024)
#define PEEK		5		/* "From " */
#define HEADER_MAX	(256 * 1024)	/* of it is looked at */

struct copy {
	unsigned	 flags;
	const char	*eol;
	bool		 plain;		/* content goes out as it is */
	bool		 bol;
	copy_fn		 fn;
	void		*arg;
	size_t		 n;
	int		 error;
	char		 out[PIECE];
};

static void
flush(struct copy *c)
{
	if (c->error == 0 && c->n > 0 && c->fn(c->arg, c->out, c->n) < 0)
		c->error = errno != 0 ? errno : EIO;
	c->n = 0;
}

static void
put(struct copy *c, const char *p, size_t n)
{
	while (n > 0) {
		size_t room = sizeof(c->out) - c->n;
		size_t k = n < room ? n : room;

		memcpy(c->out + c->n, p, k);
		c->n += k;
		p += k;
		n -= k;
		if (c->n == sizeof(c->out))
			flush(c);
	}
}

static void
puts_(struct copy *c, const char *s)
{
	put(c, s, strlen(s));
}

static void
put_address(struct copy *c, const char *name, const char *addr, bool fold)
{
	struct buf b;
	char *p;

	buf_init(&b, 4096);
	if (*addr != '\0' && addr_quote(view_of(addr), &b) < 0)
		buf_reset(&b);
	p = fold ? view_lower(mda.arena, buf_view(&b)) :
	    arena_strn(mda.arena, b.p, b.n);
	buf_fini(&b);
	puts_(c, name);
	puts_(c, p);
}

static void
put_header(struct copy *c, const char *name, const char *addr, bool fold)
{
	put_address(c, name, addr, fold);
	puts_(c, strchr(name, '<') != NULL ? ">" : "");
	puts_(c, c->eol);
}

static void
put_headers(struct copy *c)
{
	const struct msg_launch_mail *m = &mda.m;
	char date[64];
	struct tm tm;
	time_t now = time(NULL);

	if (c->flags & COPY_FROM) {
		put_address(c, "From ", *m->sender != '\0' ? m->sender :
		    "MAILER-DAEMON", false);
		(void)localtime_r(&now, &tm);
		(void)strftime(date, sizeof(date), "  %a %b %e %H:%M:%S %Y",
		    &tm);
		puts_(c, date);
		puts_(c, c->eol);
	}
	if (c->flags & COPY_RETURN)
		put_header(c, "Return-Path: <", m->sender, false);
	if ((c->flags & COPY_ORIG) && *m->orig_recipient != '\0')
		put_header(c, "X-Original-To: ", m->orig_recipient, false);
	if ((c->flags & COPY_DELIVERED) && *m->delivered_to != '\0')
		put_header(c, "Delivered-To: ", m->delivered_to, true);
}

/*
 * Lines; what is left at the end (a beginning of a line that is too short to
 * be judged) is returned.
 */
static size_t
put_lines(struct copy *c, const char *p, size_t n, bool last)
{
	while (n > 0) {
		const char *nl = memchr(p, '\n', n);
		size_t k = nl != NULL ? (size_t)(nl - p) : n;

		if (c->bol && nl == NULL && n < PEEK && !last)
			return (n);
		if (c->bol && (c->flags & COPY_QUOTE) && k >= PEEK &&
		    memcmp(p, "From ", PEEK) == 0)
			put(c, ">", 1);
		if (c->bol && (c->flags & COPY_DOT) && k > 0 && *p == '.')
			put(c, ".", 1);
		put(c, p, k);
		if ((c->bol = nl != NULL))
			puts_(c, c->eol);
		k += nl != NULL;
		p += k;
		n -= k;
	}
	return (0);
}

static void
put_plain(struct copy *c, const char *p, size_t n)
{
	put(c, p, n);
	c->bol = p[n - 1] == '\n';
}

static int
put_content(struct copy *c, struct qf_content *q)
{
	static char in[PIECE];
	size_t left = 0;
	ssize_t n;

	while (c->error == 0 &&
	    (n = qf_content_read(q, in + left, sizeof(in) - left)) != 0) {
		if (n < 0)
			return (-1);
		if (c->plain) {
			put_plain(c, in, (size_t)n);
			continue;
		}
		n += (ssize_t)left;
		left = put_lines(c, in, (size_t)n, false);
		memmove(in, in + n - left, left);
	}
	(void)put_lines(c, in, left, true);
	return (0);
}

int
copy_message(int fd, unsigned flags, const char *eol, copy_fn fn, void *arg)
{
	static struct copy c;		/* too large for the stack */
	struct qf_content q;
	struct qf_digest digest;
	int rc;

	if (mda.m.digest.n != sizeof(digest)) {
		errno = EBADMSG;
		return (-1);
	}
	memcpy(&digest, mda.m.digest.p, sizeof(digest));
	c = (struct copy){ .flags = flags, .eol = eol, .bol = true, .fn = fn,
		.arg = arg, .plain = strcmp(eol, "\n") == 0 &&
		    (flags & (COPY_QUOTE | COPY_DOT)) == 0 };
	qf_content_open(&q, fd, mda.m.content_offset, mda.m.content_length,
	    &digest);
	put_headers(&c);
	rc = put_content(&c, &q);
	if (rc == 0 && c.error == 0)
		rc = qf_content_check(&q);
	qf_content_close(&q);
	if (rc < 0) {
		errno = EBADMSG;
		return (-1);
	}
	if (!c.bol)
		puts_(&c, eol);
	if (flags & COPY_BLANK)
		puts_(&c, eol);
	flush(&c);
	errno = c.error;
	return (c.error != 0 ? -1 : 0);
}

static bool
line_is(struct view line, const char *addr)
{
	static const char name[] = "Delivered-To:";
	struct buf b;
	bool is;

	if (!view_istarts(line, name))
		return (false);
	line = view_trim(view_sub(line, sizeof(name) - 1, line.n));
	buf_init(&b, 4096);
	is = addr_quote(view_of(addr), &b) == 0 && b.n == line.n &&
	    strncasecmp(b.p, line.p, line.n) == 0;
	buf_fini(&b);
	return (is);
}

void
copy_refuse_loop(int fd)
{
	const char *addr = mda.m.delivered_to;
	size_t n = mda.m.content_length < HEADER_MAX ?
	    (size_t)mda.m.content_length : HEADER_MAX;
	char *p = arena_get(mda.arena, n + 1);
	ssize_t got = fd_pread_all(fd, p, n, (off_t)mda.m.content_offset);
	struct view rest = { p, got > 0 ? (size_t)got : 0 }, line;

	while (*addr != '\0' && view_field(&rest, '\n', &line) && line.n > 0)
		if (line_is(line, addr))
			finish(OUTCOME_BOUNCED, "5.4.6",
			    "mail forwarding loop for %s", addr);
}

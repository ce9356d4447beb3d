/* SPDX-License-Identifier: ISC */
/*
 * smtp - sendmail -bs: SMTP on standard input and output.
 *
 * The user speaks to his own process, so nothing is checked but the form;
 * what he may do, pickup(8) decides as for any of his messages.
 */
#include <bsd/string.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address/address.h"
#include "base/log.h"
#include "proto/proto.h"

#include "sendmail.h"

#define LINE_MAX_	4096
#define ERRORS_MAX	100

struct session {
	const struct site *site;
	struct options	 o;
	const char	*fullname;
	struct arena	*arena;		/* of the message */
	bool		 mail, hello;
	struct message	 m;
	unsigned	 errors;
	size_t		 at, n;		/* of the input, not yet taken */
	char		 in[8192];
};

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)fputs("\r\n", stdout);
}

static void
refuse(struct session *s, const char *reply)
{
	s->errors++;
	say("%s", reply);
}

/* A line, without its end, into "b"; false at the end of the input. */
static bool
get_line(struct session *s, struct buf *b)
{
	buf_reset(b);
	for (;;) {
		if (s->at == s->n) {
			ssize_t n;

			(void)fflush(stdout);
			n = read(STDIN_FILENO, s->in, sizeof(s->in));
			if (n == -1 && errno == EINTR)
				continue;
			if (n <= 0)
				return (false);
			s->at = 0;
			s->n = (size_t)n;
		}
		if (s->in[s->at] == '\n') {
			s->at++;
			if (b->n > 0 && b->p[b->n - 1] == '\r')
				buf_cut(b, b->n - 1);
			return (true);
		}
		/* What is over the limit is dropped; the rest is an error. */
		if (b->n < b->max && buf_putc(b, s->in[s->at]) == -1)
			fatal("a line is too long");
		s->at++;
	}
}

static void
drop(struct session *s)
{
	s->mail = false;
	buf_fini(&s->m.content);
	arena_reset(s->arena);
	memset(&s->m, 0, sizeof(s->m));
	buf_init(&s->m.content, s->site->size_limit != 0 ?
	    (size_t)s->site->size_limit : SIZE_MAX / 4);
	rcpts_init(&s->m.rcpts, s->arena);
	s->m.fullname = s->fullname;
	s->o.encoding = "";
}

/* The path behind "FROM:" or "TO:", options behind it; NULL if it is none. */
static const char *
path(struct session *s, struct view *arg, const char *word, unsigned flags)
{
	struct addr_path p;
	const char *why;

	if (!view_istarts(*arg, word))
		return (NULL);
	*arg = view_trim(view_sub(*arg, strlen(word), arg->n));
	if (!addr_path_parse(s->arena, arg, flags | ADDR_PATH_8BIT, &p, &why))
		return (NULL);
	return (strlen(p.internal) > MAIL_ADDR_MAX ? NULL : p.internal);
}

static void
do_hello(struct session *s, struct view arg, bool esmtp)
{
	if (arg.n == 0) {
		refuse(s, esmtp ? "501 Syntax: EHLO hostname" :
		    "501 Syntax: HELO hostname");
		return;
	}
	s->hello = true;
	drop(s);
	if (!esmtp) {
		say("250 %s", s->site->hostname);
		return;
	}
	say("250-%s", s->site->hostname);
	say("250-PIPELINING");
	say("250-SIZE %llu", (unsigned long long)s->site->size_limit);
	say("250-ENHANCEDSTATUSCODES");
	say("250 8BITMIME");
}

static void
do_mail(struct session *s, struct view arg)
{
	struct view word;

	if (s->mail) {
		refuse(s, "503 5.5.1 Error: nested MAIL command");
		return;
	}
	s->m.sender = path(s, &arg, "FROM:", ADDR_PATH_NULL);
	if (s->m.sender == NULL) {
		refuse(s, "501 5.5.4 Syntax: MAIL FROM:<address>");
		return;
	}
	while ((word = view_word(&arg, " \t")).n > 0) {
		if (view_ieq(word, "BODY=8BITMIME"))
			s->o.encoding = "8bit";
		else if (view_ieq(word, "BODY=7BIT"))
			s->o.encoding = "7bit";
		else if (!view_istarts(word, "SIZE=")) {
			refuse(s, "555 5.5.4 Unsupported option");
			return;
		}
	}
	s->mail = true;
	say("250 2.1.0 Ok");
}

static void
do_rcpt(struct session *s, struct view arg)
{
	const char *addr;
	struct rcpt *r;

	if (!s->mail) {
		refuse(s, "503 5.5.1 Error: need MAIL command");
		return;
	}
	addr = path(s, &arg, "TO:", 0);
	if (addr == NULL || *addr == '\0' || view_trim(arg).n > 0) {
		refuse(s, "501 5.1.3 Bad recipient address syntax");
		return;
	}
	r = arena_get(s->arena, sizeof(*r));
	r->addr = addr;
	*s->m.rcpts.last = r;
	s->m.rcpts.last = &r->next;
	s->m.rcpts.n++;
	say("250 2.1.5 Ok");
}

static void
finish(struct session *s, bool fits)
{
	char why[WHY_MAX], id[64];
	int status;

	if (!fits) {
		say("552 5.3.4 Error: message file too big");
		return;
	}
	status = submit(s->site, &s->o, &s->m, why, id);
	/* Its text may begin with an enhanced status code of its own. */
	if (status == 0)
		say("250 2.0.0 Ok: queued%s%s", *id != '\0' ? " as " : "", id);
	else
		say("%s %s", status == EX_TEMPFAIL || status == EX_OSERR ?
		    "451" : "550", why);
}

/* False: the input ended in the middle of the message. */
static bool
do_data(struct session *s)
{
	struct buf line;
	bool fits = true, whole = false;

	if (s->m.rcpts.n == 0) {
		refuse(s, s->mail ? "554 5.5.1 Error: no valid recipients" :
		    "503 5.5.1 Error: need RCPT command");
		return (true);
	}
	say("354 End data with <CR><LF>.<CR><LF>");
	buf_init(&line, s->m.content.max);
	while (get_line(s, &line)) {
		struct view v = buf_view(&line);

		if (view_eq(v, ".")) {
			whole = true;
			break;
		}
		if (v.n > 0 && v.p[0] == '.')
			v = view_sub(v, 1, v.n);
		fits = fits && buf_put(&s->m.content, v.p, v.n) == 0 &&
		    buf_putc(&s->m.content, '\n') == 0;
	}
	buf_fini(&line);
	if (whole) {
		content_fix(&s->m.content, true, LINES_NEVER);
		finish(s, fits);
		drop(s);
	}
	return (whole);
}

/* False: the session is over. */
static bool
command(struct session *s, struct view line)
{
	struct view rest = line, verb = view_word(&rest, " \t");
	struct view arg = view_trim(rest);

	if (view_ieq(verb, "QUIT")) {
		say("221 2.0.0 Bye");
		return (false);
	}
	if (view_ieq(verb, "DATA"))
		return (do_data(s));
	if (view_ieq(verb, "EHLO") || view_ieq(verb, "HELO"))
		do_hello(s, arg, view_ieq(verb, "EHLO"));
	else if (view_ieq(verb, "MAIL"))
		do_mail(s, arg);
	else if (view_ieq(verb, "RCPT"))
		do_rcpt(s, arg);
	else if (view_ieq(verb, "RSET")) {
		drop(s);
		say("250 2.0.0 Ok");
	} else if (view_ieq(verb, "NOOP"))
		say("250 2.0.0 Ok");
	else if (view_ieq(verb, "VRFY") && arg.n > 0)
		say("252 2.0.0 %.*s", (int)arg.n, arg.p);
	else
		refuse(s, "502 5.5.2 Error: command not recognized");
	return (true);
}

int
smtp_serve(const struct site *site, const struct options *o,
    const char *login, const char *fullname)
{
	static struct session s;
	struct buf line;

	s.site = site;
	s.o = *o;
	s.fullname = fullname;
	s.arena = arena_new(0);
	drop(&s);
	buf_init(&line, LINE_MAX_);
	say("220 %s ESMTP %s", site->hostname, site->mail_name);
	while (get_line(&s, &line)) {
		if (line.n == line.max)
			refuse(&s, "500 5.5.2 Error: line too long");
		else if (!command(&s, buf_view(&line)))
			break;
		if (s.errors > ERRORS_MAX) {
			say("421 4.7.0 %s Error: too many errors",
			    site->hostname);
			break;
		}
	}
	buf_fini(&line);
	if (fflush(stdout) == EOF)
		log_warn("%s: write: %m", login);
	arena_free(&s.arena);
	return (0);
}

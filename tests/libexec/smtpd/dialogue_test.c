/* SPDX-License-Identifier: ISC */
/*
 * dialogue_test - the dialogues in *.smtp, each with the client's bytes in
 * one piece a turn, and in small ones.
 *
 * P: name = value	a parameter
 * W:			only in one piece a turn (it is about pipelining)
 * A: address name	the client
 * C: line		the client sends, and waits
 * C= text		the same without CR LF; \r \n \\ \xNN are bytes
 * C+ text		the same, and more of it follows
 * C* n text		text, n times, and more of it follows
 * S: line		the server says; all of it must be said, in order
 * L: text		a line of the log contains this, in order
 * E: text		a line of the envelope that cleanup got, in order
 * D: text		a line of the content
 * ---			the next session begins
 */
#include <atf-c.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"

#include "fake.h"

#define PARAMS_MAX	40
#define INPUT_MAX	(1 << 22)

struct play {
	const char	*file;
	int		 line;		/* where the session begins */
	const char	*params[2 * PARAMS_MAX + 1];
	size_t		 nparams;
	struct fake_client client;
	bool		 whole;
	struct buf	 in, said;
	struct buf	 log, envelope, content; /* wanted, a line each */
	struct arena	*a;
};

static const char *
copy(struct play *p, struct view v)
{
	return (arena_strn(p->a, v.p, v.n));
}

static void
put_escaped(struct buf *out, const char *s)
{
	static const char digits[] = "0123456789abcdef";
	const char *hi, *lo;
	char byte;

	for (; *s != '\0'; s++) {
		byte = *s;
		if (*s == '\\' && s[1] != '\0') {
			s++;
			byte = *s == 'r' ? '\r' : *s == 'n' ? '\n' : *s;
			if (*s == 'x') {
				hi = strchr(digits, s[1]);
				lo = strchr(digits, s[2]);
				ATF_REQUIRE(hi != NULL && lo != NULL);
				byte = (char)((hi - digits) * 16 +
				    (lo - digits));
				s += 2;
			}
		}
		buf_xput(out, &byte, 1);
	}
}

static void
param(struct play *p, const char *text)
{
	struct view v = view_of(text), name;

	ATF_REQUIRE(view_field(&v, '=', &name));
	ATF_REQUIRE(p->nparams < PARAMS_MAX);
	p->params[2 * p->nparams] = copy(p, view_trim(name));
	p->params[2 * p->nparams + 1] = copy(p, view_trim(v));
	p->params[2 * ++p->nparams] = NULL;
}

static void
take(struct play *p, const char *text)
{
	struct view v = view_of(text), word;
	int64_t n;
	const char *rest = text[0] != '\0' && text[1] != '\0' &&
	    text[2] == ' ' ? text + 3 : text + strlen(text);

	if (text[0] == 'P') {
		param(p, rest);
	} else if (text[0] == 'A') {
		v = view_of(rest);
		word = view_word(&v, " ");
		p->client.addr = copy(p, word);
		p->client.name = copy(p, view_word(&v, " "));
	} else if (strncmp(text, "C:", 2) == 0) {
		buf_xprintf(&p->in, "%s\r\n%c", rest, FAKE_TURN);
	} else if (strncmp(text, "C=", 2) == 0) {
		put_escaped(&p->in, rest);
		buf_xput(&p->in, TURN, 1);
	} else if (strncmp(text, "C+", 2) == 0) {
		put_escaped(&p->in, rest);
	} else if (strncmp(text, "C*", 2) == 0) {
		v = view_of(rest);
		word = view_word(&v, " ");
		ATF_REQUIRE(num_parse(word, 1, INT32_MAX, &n));
		for (; n > 0; n--)
			put_escaped(&p->in, copy(p, view_sub(v, 1, v.n)));
	} else if (text[0] == 'W') {
		p->whole = true;
	} else if (text[0] == 'S') {
		buf_xprintf(&p->said, "%s\r\n", rest);
	} else if (text[0] == 'L') {
		buf_xprintf(&p->log, "%s\n", rest);
	} else if (text[0] == 'E') {
		buf_xprintf(&p->envelope, "%s\n", rest);
	} else if (text[0] == 'D') {
		buf_xprintf(&p->content, "%s\n", rest);
	} else if (text[0] != '#' && text[0] != '\0')
		atf_tc_fail("%s: %s", p->file, text);
}

/* Each wanted line is part of a line of "got", in order. */
static void
check_lines(struct play *p, const char *what, struct buf *want,
    const struct buf *got)
{
	struct view w = buf_view(want), line;
	const char *at = got->p != NULL ? got->p : "", *hit;
	char text[4096];

	while (view_field(&w, '\n', &line)) {
		(void)snprintf(text, sizeof(text), "%.*s", (int)line.n,
		    line.p);
		hit = strstr(at, text);
		ATF_CHECK_MSG(hit != NULL, "%s:%d: no %s \"%s\" in\n%s",
		    p->file, p->line, what, text, at);
		if (hit == NULL)
			return;
		at = hit + strlen(text);
	}
}

static void
play_with(struct play *p, size_t piece)
{
	const char *said;

	fake_setup(p->params);
	p->client.piece = piece;
	said = fake_play(&p->client, p->in.p, p->in.n);
	if (strcmp(said, p->said.p) != 0)
		atf_tc_fail_nonfatal("%s:%d, pieces of %zu: said\n%s\nwant\n%s",
		    p->file, p->line, piece, said, p->said.p);
	/* What is seen of pipelining depends on what came in one piece. */
	if (piece == 0)
		check_lines(p, "log", &p->log, &fake_log);
	check_lines(p, "envelope", &p->envelope, &fake_mail.envelope);
	check_lines(p, "content", &p->content, &fake_mail.content);
	fake_teardown();
}

static void
finish(struct play *p)
{
	static const size_t pieces[] = { 0, 1, 2, 7 };
	size_t i;

	if (p->in.n > 0 || p->said.n > 0) {
		for (i = 0; i < (p->whole ? 1 : 4); i++)
			play_with(p, pieces[i]);
	}
	buf_reset(&p->in);
	buf_reset(&p->said);
	buf_reset(&p->log);
	buf_reset(&p->envelope);
	buf_reset(&p->content);
	p->client = (struct fake_client){ .name = "unknown" };
	p->whole = false;
	p->nparams = 0;
	p->params[0] = NULL;
}

static void
play_file(const char *dir, const char *name)
{
	struct play p = { .file = name, .client = { .name = "unknown" } };
	char path[1024], line[8192];
	int n = 0;
	FILE *f;

	p.a = arena_new(0);
	buf_init(&p.in, INPUT_MAX);
	buf_init(&p.said, INPUT_MAX);
	buf_init(&p.log, INPUT_MAX);
	buf_init(&p.envelope, INPUT_MAX);
	buf_init(&p.content, INPUT_MAX);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	ATF_REQUIRE((f = fopen(path, "r")) != NULL);
	p.line = 1;
	while (fgets(line, sizeof(line), f) != NULL) {
		n++;
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "---") == 0) {
			finish(&p);
			p.line = n + 1;
		} else
			take(&p, line);
	}
	finish(&p);
	(void)fclose(f);
	buf_fini(&p.in);
	buf_fini(&p.said);
	buf_fini(&p.log);
	buf_fini(&p.envelope);
	buf_fini(&p.content);
	arena_free(&p.a);
}

#define DIALOGUE(name)							\
	ATF_TC_WITHOUT_HEAD(name);					\
	ATF_TC_BODY(name, tc)						\
	{								\
		play_file(DIALOGUES, #name ".smtp");			\
	}

#include "dialogues.inc"

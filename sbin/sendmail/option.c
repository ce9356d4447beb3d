/* SPDX-License-Identifier: ISC */
/*
 * option - the command line of sendmail(1).
 *
 * Programs of thirty years use it, so an option is accepted wherever it had a
 * meaning once; some have their value in the same word, some in the next.
 */
#include <bsd/string.h>
#include <string.h>
#include <strings.h>

#include "proto/proto.h"

#include "sendmail.h"

struct parse {
	struct options	*o;
	int		 argc;
	char		**argv;
	int		 next;		/* the next word */
	const char	*why;
};

static int
fail(struct parse *p, const char *why)
{
	p->why = why;
	return (-1);
}

/* The value of -b. */
static int
opt_b(struct parse *p, const char *v)
{
	static const struct {
		char		letter;
		enum mode	mode;
	} modes[] = {
		{ 'd', MODE_DAEMON }, { 'l', MODE_DAEMON },
		{ 'h', MODE_IGNORE }, { 'H', MODE_IGNORE },
		{ 'i', MODE_NEWALIASES }, { 'm', MODE_SUBMIT },
		{ 'p', MODE_MAILQ }, { 's', MODE_SMTP },
		{ 'v', MODE_VERIFY },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (v[0] != modes[i].letter || v[1] != '\0')
			continue;
		p->o->mode = modes[i].mode;
		return (0);
	}
	return (fail(p, "unsupported: -b with that mode"));
}

static int
opt_B(struct parse *p, const char *v)
{
	if (strcasecmp(v, "8BITMIME") == 0)
		p->o->encoding = "8bit";
	else if (strcasecmp(v, "7BIT") == 0)
		p->o->encoding = "7bit";
	else
		return (fail(p, "-B option needs 8BITMIME or 7BIT"));
	return (0);
}

static int
opt_N(struct parse *p, const char *v)
{
	static const struct {
		const char	*word;
		uint32_t	 bit;
	} words[] = {
		{ "never", DSN_NOTIFY_NEVER },
		{ "success", DSN_NOTIFY_SUCCESS },
		{ "failure", DSN_NOTIFY_FAILURE },
		{ "delay", DSN_NOTIFY_DELAY },
	};
	struct view rest = view_of(v), word;
	uint32_t bits = 0;
	size_t i;

	while ((word = view_word(&rest, ", \t")).n > 0) {
		for (i = 0; i < 4 && !view_ieq(word, words[i].word); i++)
			continue;
		if (i == 4)
			return (fail(p, "bad -N option value -- specify never, "
			    "or a list of success, failure, delay"));
		bits |= words[i].bit;
	}
	if (bits == 0 || ((bits & DSN_NOTIFY_NEVER) &&
	    bits != DSN_NOTIFY_NEVER))
		return (fail(p, "bad -N option value -- never stands alone"));
	p->o->notify = bits;
	return (0);
}

static int
opt_R(struct parse *p, const char *v)
{
	if (strcasecmp(v, "full") == 0)
		p->o->ret = 1;
	else if (strcasecmp(v, "hdrs") == 0)
		p->o->ret = 2;
	else
		return (fail(p, "bad -R option value -- specify full or hdrs"));
	return (0);
}

static int
set_sendopt(struct parse *p, uint32_t bit, const char *v)
{
	if (strcasecmp(v, "yes") == 0)
		p->o->sendopts |= bit;
	else if (strcasecmp(v, "no") == 0)
		p->o->sendopts &= ~bit;
	else
		return (fail(p, "bad -O option value -- specify yes or no"));
	return (0);
}

/* Long options of Sendmail: two are ours, all others mean nothing here. */
static int
opt_O(struct parse *p, const char *v)
{
	if (strncasecmp(v, "requiretls=", 11) == 0)
		return (set_sendopt(p, SENDOPT_REQUIRETLS, v + 11));
	if (strncasecmp(v, "smtputf8=", 9) == 0)
		return (set_sendopt(p, SENDOPT_SMTPUTF8, v + 9));
	return (0);
}

static int
opt_o(struct parse *p, const char *v)
{
	if (v[0] == 'i' && v[1] == '\0')
		p->o->keep_dots = true;
	else if (v[0] == '8' && v[1] == '\0')
		p->o->encoding = "8bit";
	else if (v[0] == '7' && v[1] == '\0')
		p->o->encoding = "7bit";
	else if (v[0] == 'A' && v[1] != '\0')
		p->o->what = v + 1;
	else if (v[0] == 'A' && p->next < p->argc)
		p->o->what = p->argv[p->next++];
	return (0);
}

/* -q alone is not here: its value is in the same word, or there is none. */
static int
opt_q(struct parse *p, const char *v)
{
	if (v[0] == '\0') {
		p->o->mode = MODE_FLUSH;
		return (0);
	}
	if (v[0] >= '0' && v[0] <= '9') {
		if (p->o->mode == MODE_SUBMIT)
			p->o->mode = MODE_IGNORE;
		return (0);
	}
	if (v[0] != 'I' && v[0] != 'R')
		return (fail(p, "-q with that value is not supported"));
	if (v[1] == '\0')
		return (fail(p, "-qI needs a queue id, -qR a site"));
	p->o->mode = v[0] == 'I' ? MODE_FLUSH_ID : MODE_FLUSH_SITE;
	p->o->what = v + 1;
	return (0);
}

static int
opt_V(struct parse *p, const char *v)
{
	if (*v == '\0' || strlen(v) > 100)
		return (fail(p, "-V option needs an envelope id"));
	for (const char *c = v; *c != '\0'; c++)
		if (*c < 33 || *c > 126)
			return (fail(p, "-V option value: not printable"));
	p->o->envid = v;
	return (0);
}

/* -XV asks for addresses that tell recipients apart; else a log file. */
static int
opt_X(struct parse *p, const char *v)
{
	/* Others write a log there: nothing that is to be had. */
	if (v[0] != 'V' || (v[1] != '\0' && strlen(v) != 3))
		return (0);
	p->o->verp = true;
	(void)strlcpy(p->o->verp_pair, v + 1, sizeof(p->o->verp_pair));
	return (0);
}

static int
flag(struct parse *p, char c)
{
	switch (c) {
	case 'G':
		p->o->gateway = true;
		return (0);
	case 'I':
		p->o->mode = MODE_NEWALIASES;
		return (0);
	case 'i':
		p->o->keep_dots = true;
		return (0);
	case 't':
		p->o->from_header = true;
		return (0);
	case 'v':
		p->o->report = true;
		return (0);
	case 'U': case 'a': case 'c': case 'm': case 'n': case 's': case 'x':
		return (0);
	default:
		return (fail(p, "usage: sendmail [options] recipient ..."));
	}
}

static int
valued(struct parse *p, char c, const char *v)
{
	switch (c) {
	case 'B':
		return (opt_B(p, v));
	case 'C':
		p->o->config = v;
		return (0);
	case 'F':
		p->o->fullname = v;
		return (0);
	case 'N':
		return (opt_N(p, v));
	case 'O':
		return (opt_O(p, v));
	case 'R':
		return (opt_R(p, v));
	case 'V':
		return (opt_V(p, v));
	case 'X':
		return (opt_X(p, v));
	case 'b':
		return (opt_b(p, v));
	case 'f': case 'r':
		p->o->sender = v;
		return (0);
	case 'o':
		return (opt_o(p, v));
	case 'q':
		return (opt_q(p, v));
	default:		/* A L d e h p: of no meaning here */
		return (0);
	}
}

/* A word of options: flags in a row, the last may have a value. */
static int
word(struct parse *p, const char *w)
{
	static const char with_value[] = "ABCFLNORVXbdefhopr";

	for (; *w != '\0'; w++) {
		const char *v = w + 1;

		if (*w == 'q')
			return (valued(p, 'q', v));
		if (strchr(with_value, *w) == NULL) {
			if (flag(p, *w) == -1)
				return (-1);
			continue;
		}
		if (*v == '\0' && *w == 'd')
			return (0);
		if (*v == '\0') {
			if (p->next >= p->argc)
				return (fail(p, "an option lacks its value"));
			v = p->argv[p->next++];
		}
		return (valued(p, *w, v));
	}
	return (0);
}

static enum mode
mode_of_name(const char *name)
{
	const char *base = strrchr(name, '/');

	base = base != NULL ? base + 1 : name;
	if (strcmp(base, "mailq") == 0)
		return (MODE_MAILQ);
	if (strcmp(base, "newaliases") == 0)
		return (MODE_NEWALIASES);
	return (strcmp(base, "smtpd") == 0 ? MODE_SMTP : MODE_SUBMIT);
}

int
options_parse(struct options *o, int argc, char **argv, const char **why)
{
	struct parse p = { .o = o, .argc = argc, .argv = argv, .next = 1 };

	memset(o, 0, sizeof(*o));
	o->encoding = o->envid = "";
	o->mode = mode_of_name(argc > 0 ? argv[0] : "sendmail");
	while (p.next < argc && argv[p.next][0] == '-' &&
	    argv[p.next][1] != '\0') {
		const char *w = argv[p.next++] + 1;

		if (strcmp(w, "-") == 0)
			break;
		if (word(&p, w) == -1) {
			*why = p.why;
			return (-1);
		}
	}
	return (p.next);
}

/* SPDX-License-Identifier: ISC */
/*
 * pipe - a command of master.cf, its words with what they name of a message.
 *
 * What a stranger wrote becomes a word, or part of one; there is no shell.
 */
#include <ctype.h>
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "base/num.h"
#include "mda.h"

#define ARGS_MAX	4000

struct pipe {
	unsigned	 flags;		/* COPY_* */
	bool		 fold_domain;	/* h */
	bool		 fold_local;	/* u */
	bool		 quote;		/* q */
	bool		 final;		/* X */
	const char	*dir;
	const char	*eol;
	const char	*null_sender;
	int64_t		 size;		/* 0: any */
	struct view	 words;		/* of argv=, NUL behind each */
	const char	*first;
	/* While words are expanded: */
	const char	*addr, *orig;
	bool		 of_rcpt;
};

static const char *
next(struct view *v)
{
	struct view f;

	return (view_field(v, '\0', &f) ? f.p : NULL);
}

static noreturn void
misconfigured(const char *what)
{
	finish(OUTCOME_DEFERRED, "4.3.5",
	    "mail system configuration error: service %s: %s", mda.t.service,
	    what);
}

static const char *
unescape(const char *s)
{
	static const char names[] = "abfnrtv", codes[] = "\a\b\f\n\r\t\v";
	char *out = arena_get(mda.arena, strlen(s) + 1), *p = out;
	const char *at;

	while (*s != '\0') {
		if (*s != '\\' || s[1] == '\0') {
			*p++ = *s++;
			continue;
		}
		s++;
		if ((at = strchr(names, *s)) != NULL) {
			*p++ = codes[at - names];
			s++;
		} else if (*s >= '0' && *s <= '7') {
			int c = 0;

			for (int i = 0; i < 3 && *s >= '0' && *s <= '7'; i++)
				c = c * 8 + *s++ - '0';
			*p++ = (char)c;
		} else
			*p++ = *s++;
	}
	return (out);
}

static void
set_flags(struct pipe *p, const char *s)
{
	for (; *s != '\0'; s++) {
		switch (*s) {
		case 'B': p->flags |= COPY_BLANK; break;
		case 'D': p->flags |= COPY_DELIVERED; break;
		case 'F': p->flags |= COPY_FROM; break;
		case 'O': p->flags |= COPY_ORIG; break;
		case 'R': p->flags |= COPY_RETURN; break;
		case 'X': p->final = true; break;
		case '.': p->flags |= COPY_DOT; break;
		case '>': p->flags |= COPY_QUOTE; break;
		case 'h': p->fold_domain = true; break;
		case 'q': p->quote = true; break;
		case 'u': p->fold_local = true; break;
		default: misconfigured("unknown flag in flags=");
		}
	}
}

static bool
is(const char **word, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(*word, name, n) != 0)
		return (false);
	*word += n;
	return (true);
}

static void
read_words(struct pipe *p)
{
	struct view rest = mda.t.argv;
	const char *word;

	while ((word = next(&rest)) != NULL) {
		if (is(&word, "argv=")) {
			p->first = word;
			p->words = rest;
			return;
		}
		if (is(&word, "flags="))
			set_flags(p, word);
		else if (is(&word, "directory="))
			p->dir = word;
		else if (is(&word, "eol="))
			p->eol = unescape(word);
		else if (is(&word, "null_sender="))
			p->null_sender = word;
		else if (is(&word, "size=")) {
			if (!num_parse(view_of(word), 0, INT64_MAX, &p->size))
				misconfigured("bad size=");
		} else if (!is(&word, "user=") && !is(&word, "chroot="))
			misconfigured("unknown attribute");
	}
	misconfigured("no argv=");
}

static void
fold(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)tolower((unsigned char)p[i]);
}

/* The address as q, h and u want it. */
static char *
address(const struct pipe *p, const char *addr, bool quote)
{
	char *copy = arena_str(mda.arena, addr), *at = strrchr(copy, '@');
	size_t local = at != NULL ? (size_t)(at - copy) : strlen(copy);
	struct buf b;

	if (p->fold_local)
		fold(copy, local);
	if (p->fold_domain)
		fold(copy + local, strlen(copy) - local);
	if (!quote || !p->quote)
		return (copy);
	buf_init(&b, 4096);
	if (addr_quote(view_of(copy), &b) == 0)
		copy = arena_strn(mda.arena, b.p, b.n);
	buf_fini(&b);
	return (copy);
}

static const char *
of_recipient(struct pipe *p, const char *name)
{
	struct addr_parts parts =
	    addr_split(view_of(address(p, p->addr, false)));
	size_t ext = addr_extension(parts.local, cf->recipient_delimiter,
	    cf->owner_request_special);
	struct view v;

	if (strcmp(name, "recipient") == 0)
		return (address(p, p->addr, true));
	if (strcmp(name, "original_recipient") == 0)
		return (address(p, p->orig, true));
	if (strcmp(name, "mailbox") == 0)
		v = parts.local;
	else if (strcmp(name, "user") == 0)
		v = view_sub(parts.local, 0, ext);
	else if (strcmp(name, "extension") == 0)
		v = view_sub(parts.local, ext + 1, parts.local.n);
	else if (strcmp(name, "domain") == 0)
		v = parts.domain.p != NULL ? parts.domain :
		    view_of(cf->myorigin);
	else
		return (NULL);
	return (view_str(mda.arena, v));
}

static const char *
lookup(void *arg, const char *name)
{
	const struct msg_launch_mail *m = &mda.m;
	struct pipe *p = arg;
	const struct {
		const char *name, *value;
	} facts[] = {
		{ "client_address", m->client_address },
		{ "client_helo", m->client_helo },
		{ "client_hostname", m->client_name },
		{ "client_port", m->client_port },
		{ "client_protocol", m->client_protocol },
		{ "envid", m->envid },
		{ "queue_id", m->queue_id },
		{ "sasl_method", m->sasl_method },
		{ "sasl_sender", m->sasl_sender },
		{ "sasl_username", m->sasl_username },
	};
	const char *value;

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (strcmp(facts[i].name, name) == 0)
			return (facts[i].value);
	if (strcmp(name, "sender") == 0)
		return (*m->sender == '\0' ? p->null_sender :
		    address(p, m->sender, true));
	if (strcmp(name, "nexthop") == 0)
		return (p->fold_domain ? view_lower(mda.arena,
		    view_of(mda.t.nexthop)) : mda.t.nexthop);
	if (strcmp(name, "size") == 0)
		return (arena_printf(mda.arena, "%llu",
		    (unsigned long long)m->content_length));
	if ((value = of_recipient(p, name)) != NULL)
		p->of_rcpt = true;
	return (value);
}

static const char *
expand_word(struct pipe *p, const char *word)
{
	struct buf b;
	const char *text;

	buf_init(&b, 64 * 1024);
	if (expand(word, NULL, lookup, p, &b) != 0)
		misconfigured("bad or unknown name in argv=");
	text = arena_str(mda.arena, buf_str(&b));
	buf_fini(&b);
	return (text);
}

/* A word that names a recipient is there once for each. */
static void
put_word(struct pipe *p, const char *word, char **argv, size_t *n)
{
	struct view rest = mda.t.rcpts;
	const char *text;

	do {
		p->of_rcpt = false;
		p->addr = next(&rest);
		p->orig = next(&rest);
		if (p->addr == NULL || p->orig == NULL)
			fatal("recipients are missing");
		text = expand_word(p, word);
		/* user+ext: no argument where there is no ext. */
		if (*text == '\0' && p->of_rcpt && strstr(word, "user") == NULL)
			continue;
		if (*n == ARGS_MAX)
			misconfigured("too many words in argv=");
		argv[(*n)++] = arena_str(mda.arena, text);
	} while (p->of_rcpt && rest.n > 0);
}

static char **
make_argv(struct pipe *p)
{
	char **argv = arena_array(mda.arena, ARGS_MAX + 1, sizeof(*argv));
	const char *word = p->first;
	struct view rest = p->words;
	size_t n = 0;

	for (; word != NULL; word = next(&rest))
		put_word(p, word, argv, &n);
	if (n == 0 || *argv[0] == '\0')
		misconfigured("no command in argv=");
	return (argv);
}

/* Delivered-To: and X-Original-To: tell of one recipient. */
static void
check_rcpts(const struct pipe *p)
{
	struct view rest = mda.t.rcpts;
	size_t n = 0;

	while (next(&rest) != NULL && next(&rest) != NULL)
		n++;
	if (n > 1 && (p->flags & (COPY_DELIVERED | COPY_ORIG)))
		misconfigured("flags D and O need a "
		    "destination_recipient_limit of 1");
}

noreturn void
pipe_deliver(int message)
{
	struct pipe p = { .eol = "\n", .null_sender = "MAILER-DAEMON" };
	struct command c;
	const char *said;

	read_words(&p);
	check_rcpts(&p);
	if (p.size > 0 && mda.m.content_length > (uint64_t)p.size)
		finish(OUTCOME_BOUNCED, "5.2.3", "message size %llu exceeds "
		    "size limit %lld of service %s",
		    (unsigned long long)mda.m.content_length,
		    (long long)p.size, mda.t.service);
	if (p.flags & COPY_DELIVERED)
		copy_refuse_loop(message);
	c = (struct command){ .argv = make_argv(&p), .dir = p.dir,
		.env = env_make(), .flags = p.flags, .eol = p.eol,
		.time_limit = mda.t.time_limit };
	c.text = c.argv[0];
	said = command_run(&c, message);
	finish_with(&(const struct msg_mda_done){ .outcome = OUTCOME_SENT,
		.found = p.final, .dsn = "2.0.0", .reason = arena_printf(
		mda.arena, *said != '\0' ? "delivered via %s service (%s)" :
		"delivered via %s service", mda.t.service, said) });
}

/* SPDX-License-Identifier: ISC */
/*
 * postlog - log a line, for scripts.
 *
 * The text may be anybody's: it is made printable, and cut where a line of
 * the log ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

#include "broker/cmdlog.h"

#define TEXT_MAX	(LOG_LINE_MAX - 16)
#define TAG_MAX		100

static const struct {
	const char	*word;
	enum log_level	 level;
} levels[] = {
	{ "info", LOG_L_INFO }, { "warn", LOG_L_WARN },
	{ "warning", LOG_L_WARN }, { "error", LOG_L_ERROR },
	{ "fatal", LOG_L_FATAL }, { "panic", LOG_L_PANIC },
};

struct options {
	const char	*dir, *tag;
	enum log_level	 level;
};

static _Noreturn void
usage(void)
{
	(void)fprintf(stderr, "usage: postlog [-iv] [-c config_dir] "
	    "[-p priority] [-t tag] [text ...]\n");
	exit(1);
}

static enum log_level
level_of(const char *word)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(levels[i].word, word) == 0)
			return (levels[i].level);
	fatal("-p %s: expected info, warn, error, fatal or panic", word);
}

static void
parse(int argc, char **argv, struct options *o)
{
	int c, verbose = 0;

	while ((c = getopt(argc, argv, "c:ip:t:v")) != -1) {
		switch (c) {
		case 'c':
			o->dir = optarg;
			break;
		case 'i':
			break;		/* the process id is always there */
		case 'p':
			o->level = level_of(optarg);
			break;
		case 't':
			o->tag = optarg;
			break;
		case 'v':
			log_verbose(++verbose);
			break;
		default:
			usage();
		}
	}
	if (o->tag != NULL && (*o->tag == '\0' || strlen(o->tag) > TAG_MAX))
		fatal("-t: expected 1 to %d characters", TAG_MAX);
}

/* To stderr in any case, under its tag; then to the log. */
static int
put(const struct options *o, const char *p, size_t n)
{
	static const char *const words[] = { "", "warning: ", "error: ",
		"fatal: ", "panic: " };
	char line[LOG_LINE_MAX + 1];
	size_t at;

	at = (size_t)snprintf(line, sizeof(line), "%s", words[o->level]);
	if (n > TEXT_MAX)
		n = TEXT_MAX;
	memcpy(line + at, p, n);
	line[at + n] = '\0';
	printable(line + at, n);
	(void)fprintf(stderr, "%s: %s\n",
	    o->tag != NULL ? o->tag : "postlog", line);
	return (cmdlog_line(o->level, line));
}

/* Standard input, a record a line; what is over the limit is skipped. */
static int
put_lines(const struct options *o)
{
	char text[TEXT_MAX];
	size_t n = 0;
	int c, rc = 0;

	while ((c = getchar()) != EOF) {
		if (c == '\n') {
			if (put(o, text, n) < 0)
				rc = -1;
			n = 0;
		} else if (n < sizeof(text))
			text[n++] = (char)c;
	}
	if (ferror(stdin))
		fatal("read standard input: %m");
	if (n > 0 && put(o, text, n) < 0)
		rc = -1;
	return (rc);
}

static int
put_words(const struct options *o, char **words)
{
	struct buf b;
	int rc;

	buf_init(&b, TEXT_MAX);
	for (int i = 0; words[i] != NULL; i++) {
		size_t n = strlen(words[i]), room = b.max - b.n;

		if (i > 0 && buf_putc(&b, ' ') == 0)
			room--;
		buf_xput(&b, words[i], n < room ? n : room);
	}
	rc = put(o, b.p, b.n);
	buf_fini(&b);
	return (rc);
}

int
main(int argc, char **argv)
{
	static struct params params;
	struct options o = { .level = LOG_L_INFO };
	struct arena *a = arena_new(0);
	struct conf_error e;
	struct conf *c;
	char *tag;
	int rc;

	log_open("postlog", log_stderr);
	log_exit_status(1);
	parse(argc, argv, &o);
	if ((c = conf_load(a, conf_dir_default(o.dir), &e)) == NULL ||
	    conf_params(c, CONF_EVERYTHING, &params, &e) < 0)
		fatal("%s", e.text);
	tag = o.tag != NULL ? arena_str(a, o.tag) :
	    arena_printf(a, "%s/postlog", params.syslog_name);
	printable(tag, strlen(tag));
	cmdlog_open(&params, tag);
	rc = argv[optind] != NULL ? put_words(&o, argv + optind) :
	    put_lines(&o);
	cmdlog_close();
	arena_free(&a);
	return (rc < 0);
}

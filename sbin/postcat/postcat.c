/* SPDX-License-Identifier: ISC */
/*
 * postcat - show queue files.
 *
 * The file may be anything: it goes through the reader that the daemons use,
 * and what is shown of the envelope is made printable. The content is copied
 * as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/log.h"
#include "queue-layout/queue.h"
#include "queue-layout/site.h"

#define SHOW_ENVELOPE	0x1
#define SHOW_HEADER	0x2
#define SHOW_BODY	0x4

static struct {
	unsigned int	 show;
	bool		 types;		/* -d: record types in decimal */
	bool		 names;		/* -f: prefix the file's name */
	bool		 offsets;	/* -o */
	const struct seal_key *key;	/* NULL: only the structure is checked */
} opt;

static noreturn void
usage(void)
{
	fatal("usage: postcat [-b (body text)] [-c config_dir] "
	    "[-d (decimal record type)] [-e (envelope records)] "
	    "[-f (file name prefix)] [-h (header text)] "
	    "[-o (offsets)] [-q (access queue)] [-v] [file(s)...]");
}

struct file {
	struct arena	*arena;
	const char	*path;
	struct qf	 qf;
	bool		 extracted;	/* second pass over the records */
};

static void
prefix(const struct file *f, uint64_t offset, unsigned int type)
{
	if (opt.names)
		printf("%s: ", f->path);
	if (opt.offsets)
		printf("%9llu ", (unsigned long long)offset);
	if (opt.types)
		printf(" %3u ", type);
}

static void
say(const struct file *f, const struct qf_record *r, const char *label,
    const char *value)
{
	char *text = arena_str(f->arena, value);

	printable(text, strlen(text));
	prefix(f, r->offset, r->type);
	printf("%s: %s\n", label, text);
}

static void
say_rcpt(const struct file *f, const struct qf_record *r)
{
	const struct qf_rcpt *rcpt = r->rcpt;

	if (rcpt->dsn_orcpt[0] != '\0')
		say(f, r, "named_attribute", arena_printf(f->arena,
		    "dsn_orig_rcpt=%s", rcpt->dsn_orcpt));
	if (rcpt->notify != 0)
		say(f, r, "named_attribute", arena_printf(f->arena,
		    "notify_flags=%u", rcpt->notify));
	if (rcpt->orig[0] != '\0')
		say(f, r, "original_recipient", rcpt->orig);
	say(f, r, rcpt->done ? "done_recipient" : "recipient", rcpt->addr);
}

static void
say_time(const struct file *f, const struct qf_record *r, time_t when)
{
	char text[64];
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL ||
	    strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm) == 0)
		(void)snprintf(text, sizeof(text), "%lld", (long long)when);
	say(f, r, "message_arrival_time", text);
}

static void
record(void *arg, const struct qf_record *r)
{
	const struct file *f = arg;

	if (r->extracted != f->extracted)
		return;
	if (r->rcpt != NULL)
		say_rcpt(f, r);
	else if (strcmp(r->name, "arrival_us") == 0)
		say_time(f, r, (time_t)(f->qf.env.arrival_us / 1000000));
	else if (r->label == NULL)
		say(f, r, "named_attribute", arena_printf(f->arena, "%s=%s",
		    r->name, r->value));
	else
		say(f, r, r->label, r->value);
}

static void
marker(const struct file *f, const char *what)
{
	if (opt.show & SHOW_ENVELOPE)
		printf("*** %s %s ***\n", what, f->path);
}

static int
records(struct file *f, bool extracted)
{
	struct qf_why why;

	if ((opt.show & SHOW_ENVELOPE) == 0)
		return (0);
	f->extracted = extracted;
	if (qf_each(&f->qf, f->arena, record, f, &why) == 0)
		return (0);
	log_warn("%s: %s", f->path, why.text);
	return (-1);
}

/* Which part of the message the next byte belongs to. */
struct part {
	bool	in_body;		/* the empty line has been seen */
	bool	line_start;
};

/* Length of the line (or piece of one) at "p" and whether it is shown. */
static size_t
next_line(struct part *part, const char *p, size_t n, bool *shown)
{
	const char *lf = memchr(p, '\n', n);
	size_t length = lf == NULL ? n : (size_t)(lf - p) + 1;
	bool empty = part->line_start && p[0] == '\n';

	if (!part->in_body && empty) {
		/* The line between belongs to the body, or to both. */
		part->in_body = true;
		*shown = (opt.show & SHOW_BODY) != 0;
	} else
		*shown = (opt.show & (part->in_body ? SHOW_BODY :
		    SHOW_HEADER)) != 0;
	return (length);
}

static int
content(struct file *f)
{
	struct part part = { false, true };
	struct qf_content c;
	static char buf[65536];
	uint64_t at = f->qf.content_offset;
	size_t used, length;
	ssize_t n;
	bool shown = false;
	int ret = 0;

	qf_content_open(&c, f->qf.fd, f->qf.content_offset,
	    f->qf.content_length, &f->qf.digest);
	while ((n = qf_content_read(&c, buf, sizeof(buf))) > 0) {
		for (used = 0; used < (size_t)n; used += length) {
			length = next_line(&part, buf + used,
			    (size_t)n - used, &shown);
			if (shown && part.line_start)
				prefix(f, at + used, 'N');
			if (shown)
				(void)fwrite(buf + used, 1, length, stdout);
			part.line_start = buf[used + length - 1] == '\n';
		}
		at += (uint64_t)n;
	}
	if (shown && !part.line_start)
		printf("\n");
	if (n == -1) {
		log_warn("%s: read content: %s", f->path, strerror(errno));
		ret = -1;
	} else if (opt.key != NULL && qf_content_check(&c) == -1) {
		log_warn("%s: content does not match its digest", f->path);
		ret = -1;
	}
	qf_content_close(&c);
	return (ret);
}

static int
show(struct file *f)
{
	const struct qf *qf = &f->qf;
	const struct qf_record size = { .offset = 0, .type = 'C' };
	int ret;

	marker(f, "ENVELOPE RECORDS");
	if (opt.show & SHOW_ENVELOPE)
		say(f, &size, "message_size", arena_printf(f->arena,
		    "%15llu %15llu %15u %15llu %15llu %15llu",
		    (unsigned long long)qf->content_length,
		    (unsigned long long)qf->content_offset, qf->rcpts,
		    (unsigned long long)qf->env.flags,
		    (unsigned long long)qf->content_length,
		    (unsigned long long)qf->env.sendopts));
	ret = records(f, false);
	if (opt.show & SHOW_ENVELOPE && qf->marks.warn_time != 0)
		say(f, &size, "warning_message_time", arena_printf(f->arena,
		    "%lld", (long long)qf->marks.warn_time));
	marker(f, "MESSAGE CONTENTS");
	if (opt.show & (SHOW_HEADER | SHOW_BODY) && content(f) == -1)
		ret = -1;
	marker(f, "HEADER EXTRACTED");
	if (records(f, true) == -1)
		ret = -1;
	marker(f, "MESSAGE FILE END");
	return (ret);
}

static int
cat(int fd, const char *path)
{
	const struct qf_rules rules = { NULL, 0, opt.key, NULL };
	struct file f = { arena_new(0), path, { .fd = fd }, false };
	struct qf_why why;
	int ret = -1;

	switch (qf_open(&f.qf, f.arena, fd, &rules, &why)) {
	case QF_OK:
		ret = show(&f);
		break;
	case QF_UNFINISHED:
	case QF_DAMAGED:
	case QF_ERROR:
		log_warn("%s: input is not a valid queue file: %s", path,
		    why.text);
		break;
	}
	arena_free(&f.arena);
	return (ret);
}

static int
cat_file(const char *path)
{
	int fd, ret;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		fatal("open %s: %s", path, strerror(errno));
	ret = cat(fd, path);
	fd_close(&fd);
	return (ret);
}

/* The message of that id, in whichever directory it is. */
static int
cat_id(const struct q_site *site, const char *id)
{
	static const enum q_dir dirs[] = { Q_maildrop, Q_incoming, Q_active,
		Q_deferred, Q_hold, Q_corrupt };
	char path[QPATH_SIZE];
	size_t i, pass;
	int fd, ret;

	if (q_path(&site->hash, Q_active, id, path) == -1)
		fatal("bad mail queue ID: %s", id);
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
			fd = q_open(site->rootfd, &site->hash, dirs[i], id,
			    O_RDONLY);
			if (fd == -1 && errno == ENOENT)
				continue;
			if (fd == -1)
				fatal("open queue file %s/%s: %s",
				    layout_rows[dirs[i]].name, id,
				    strerror(errno));
			if (q_path(&site->hash, dirs[i], id, path) == -1)
				panic("queue id changed");
			ret = cat(fd, path);
			fd_close(&fd);
			return (ret);
		}
	}
	fatal("open queue file %s: %s", id, strerror(ENOENT));
}

static void
options(int argc, char **argv, const char **conf, bool *queue)
{
	int ch;

	while ((ch = getopt(argc, argv, "bc:defhoqv")) != -1) {
		switch (ch) {
		case 'b':
			opt.show |= SHOW_BODY;
			break;
		case 'c':
			*conf = optarg;
			break;
		case 'd':
			opt.types = true;
			break;
		case 'e':
			opt.show |= SHOW_ENVELOPE;
			break;
		case 'f':
			opt.names = true;
			break;
		case 'h':
			opt.show |= SHOW_HEADER;
			break;
		case 'o':
			opt.offsets = true;
			break;
		case 'q':
			*queue = true;
			break;
		case 'v':
			log_verbose(1);
			break;
		default:
			usage();
		}
	}
	if (opt.show == 0)
		opt.show = SHOW_ENVELOPE | SHOW_HEADER | SHOW_BODY;
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	const char *conf = NULL;
	static struct seal_key key;
	struct q_site site;
	bool queue = false;
	int ret = 0;

	log_exit_status(1);
	log_open("postcat", log_stderr);
	options(argc, argv, &conf, &queue);
	argv += optind;
	if (queue && *argv == NULL)
		usage();
	if (queue) {
		q_site_open(&site, a, conf);
		if (q_site_key(&site, &key) == 1)
			opt.key = &key;
	}
	if (*argv == NULL && cat(STDIN_FILENO, "stdin") == -1)
		ret = 1;
	for (; *argv != NULL; argv++)
		if ((queue ? cat_id(&site, *argv) : cat_file(*argv)) == -1)
			ret = 1;
	if (fflush(stdout) == EOF || ferror(stdout))
		fatal("write: %s", strerror(errno));
	seal_key_wipe(&key);
	arena_free(&a);
	return (ret);
}

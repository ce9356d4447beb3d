/* SPDX-License-Identifier: ISC */
/*
 * queuefile - for tests of commands: make a queue, and messages in it.
 *
 *	queuefile layout QUEUE		all directories, with their owners
 *	queuefile key DATA		the seal key
 *	queuefile put QUEUE DATA DIR RCPT...	a message with the content of
 *					stdin, as cleanup makes it; prints the id
 *	queuefile log QUEUE DIR ID RCPT	an entry in a log
 *	queuefile mark QUEUE DIR ID N	mark a recipient
 */
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/num.h"
#include "queue-layout/dsnlog.h"
#include "queue-layout/queue.h"

static struct q_hash hash;

static int
open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	if (fd == -1)
		err(1, "%s", path);
	return (fd);
}

static void
report(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

static enum q_dir
dir_of(const char *name)
{
	int dir = layout_find(view_of(name));

	if (dir == -1)
		errx(1, "%s: no such queue", name);
	return ((enum q_dir)dir);
}

static int
put(char **argv)
{
	const struct qf_envelope env = { .arrival_us = 1764000000000000,
		.sender = "sender@example.test", .fullname = "Sen\033der",
		.log_client_address = "192.0.2.1", .encoding = "7bit" };
	const struct qf_envelope ext = { .message_id = "<1@example.test>" };
	struct arena *a = arena_new(0);
	int root = open_dir(argv[0]), data = open_dir(argv[1]), dir;
	struct seal_key key;
	struct qw *w;
	char buf[4096];
	size_t n;

	if ((dir = openat(root, argv[2], O_RDONLY)) == -1 ||
	    seal_key_open(data, "seal.key", &key) == -1 ||
	    (w = qw_open(a, dir, &key, false)) == NULL ||
	    qw_facts(w, &env) == -1)
		err(1, "put");
	for (argv += 3; *argv != NULL; argv++)
		if (qw_rcpt(w, &(struct qf_rcpt){ .addr = *argv,
		    .orig = "orig@example.test" }) == -1)
			err(1, "recipient");
	while ((n = fread(buf, 1, sizeof(buf), stdin)) > 0)
		if (qw_content(w, buf, n) == -1)
			err(1, "content");
	if (qw_extracted(w) == -1 || qw_facts(w, &ext) == -1 ||
	    qw_finish(w) == -1)
		err(1, "finish");
	printf("%s\n", qw_id(w));
	if (fchown(qw_fd(w), 60007, 60020) == -1)
		err(1, "chown");
	qw_close(&w);
	arena_free(&a);
	return (0);
}

static int
mark_done(char **argv)
{
	const struct qf_rules rules = { NULL, 0, NULL, NULL };
	struct arena *a = arena_new(0);
	struct qf_why why;
	struct qf qf;
	int64_t n;
	int fd;

	fd = q_open(open_dir(argv[0]), &hash, dir_of(argv[1]), argv[2], O_RDWR);
	if (fd == -1 || qf_open(&qf, a, fd, &rules, &why) != QF_OK ||
	    !num_parse(view_of(argv[3]), 0, 1000, &n) ||
	    qf_mark_done(&qf, (uint32_t)n) == -1)
		err(1, "done");
	arena_free(&a);
	return (0);
}

int
main(int argc, char **argv)
{
	static const struct layout_names names;

	if (argc == 3 && strcmp(argv[1], "layout") == 0)
		return (layout_check(argv[2], &names, true, report, NULL) != 0);
	if (argc == 3 && strcmp(argv[1], "key") == 0)
		return (seal_key_make(open_dir(argv[2]), "seal.key") == -1);
	if (argc >= 6 && strcmp(argv[1], "put") == 0)
		return (put(argv + 2));
	if (argc == 6 && strcmp(argv[1], "mark") == 0)
		return (mark_done(argv + 2));
	if (argc == 6 && strcmp(argv[1], "log") == 0)
		return (dsnlog_append(open_dir(argv[2]), &hash,
		    dir_of(argv[3]), argv[4], &(struct dsnlog_entry){
		    .recipient = argv[5], .reason = "why" }, false) == -1);
	errx(1, "usage");
}

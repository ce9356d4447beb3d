/* SPDX-License-Identifier: ISC */
/*
 * micro - what the parts of a message's way cost, each alone: nanoseconds of
 * one operation. Works in the current directory.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/mono.h"
#include "confine/filter.h"
#include "proto/proto.h"
#include "queue-layout/queue.h"
#include "smtp/line.h"
#include "table/table.h"

#define RUN	span_ms(300)

static const char line[] =
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnop\r\n";
static const struct seal_key key = { { 1, 2, 3, 4 } };
static int directory, finished;
static char id[QID_SIZE];
static struct table *table;

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "micro: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* "each" operations a call, as often as the time allows. */
static void
measure(const char *what, void (*fn)(void), int each)
{
	struct mono start, end;
	int64_t n = 0;

	fn();
	start = mono_now();
	end = mono_add(start, RUN);
	do {
		fn();
		n += each;
	} while (!mono_past(end));
	printf("    %-44s%12.0f ns\n", what,
	    (double)(mono_now().ns - start.ns) / (double)n);
}

static ssize_t
give_lines(void *arg, void *p, size_t n)
{
	size_t *left = arg, i = 0;

	for (; i + sizeof(line) - 1 <= n && *left > 0; --*left) {
		memcpy((char *)p + i, line, sizeof(line) - 1);
		i += sizeof(line) - 1;
	}
	return ((ssize_t)i);
}

static ssize_t
take_nothing(void *arg, const void *p, size_t n)
{
	(void)arg, (void)p;
	return ((ssize_t)n);
}

static void
read_lines(void)
{
	size_t left = 1000;
	struct smtp_stream *st = smtp_stream_new(-1);
	struct smtp_line l;

	smtp_stream_hook(st, give_lines, take_nothing, &left);
	for (int i = 0; i < 1000; i++)
		if (smtp_line_read(st, 2048, &l) != SMTP_OK)
			die("line reader");
	smtp_stream_free(&st);
}

static void
encode(void)
{
	static const struct msg_mail_rcpt rcpt = { .addr = "rcpt@sink.example",
		.orig = "rcpt@sink.example", .dsn_orcpt = "" };
	struct msg_mail_rcpt got;
	struct view in, fields;
	const char *why;
	struct buf b;
	enum verb v;

	buf_init(&b, 4096);
	for (int i = 0; i < 1000; i++) {
		buf_reset(&b);
		if (msg_put(&b, V_mail_rcpt, &rcpt) < 0)
			die("encoder");
		in = (struct view){ b.p, b.n };
		if (!msg_next(&in, &v, &fields) ||
		    !msg_get(v, fields, &got, &why))
			die("decoder");
	}
	buf_fini(&b);
}

static int
one_message(void)
{
	static const struct qf_envelope env = { .arrival_us = 1,
		.sender = "a@bench.example", .client_name = "client.example",
		.rewrite_context = "remote", .encoding = "7bit" };
	static const struct qf_envelope extracted = { .encoding = "7bit" };
	struct arena *a = arena_new(0);
	struct qw *w = qw_open(a, directory, &key, false);
	int fd;

	if (w == NULL || qw_facts(w, &env) < 0 ||
	    qw_rcpt(w, &(struct qf_rcpt){ .addr = "r@sink.example" }) < 0)
		die("queue file");
	for (int i = 0; i < 58; i++)
		if (qw_content(w, line, sizeof(line) - 1) < 0)
			die("queue file");
	if (qw_extracted(w) < 0 || qw_facts(w, &extracted) < 0 ||
	    qw_finish(w) < 0)
		die("queue file");
	snprintf(id, sizeof(id), "%s", qw_id(w));
	fd = dup(qw_fd(w));
	qw_close(&w);
	arena_free(&a);
	return (fd);
}

static void
write_message(void)
{
	close(one_message());
	if (unlinkat(directory, id, 0) < 0)
		die("remove");
}

static void
validate(void)
{
	const struct qf_rules rules = { NULL, 0, &key, id };
	struct arena *a = arena_new(0);
	struct qf_why why;
	struct qf qf;

	if (qf_open(&qf, a, finished, &rules, &why) != QF_OK)
		die(why.text);
	arena_free(&a);
}

static void
look_up(void)
{
	const char *value;

	for (int i = 0; i < 1000; i++)
		if (table_lookup(table, "key77", &value) != 1)
			die("table");
}

static void
child_of(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		fn();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		die("child");
}

static void
nothing(void)
{
}

static void
load_filter(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die("no new privileges");
	filter_load(policy_filters[ROLE_SMTPD]);
}

static void
fork_alone(void)
{
	child_of(nothing);
}

static void
fork_and_filter(void)
{
	child_of(load_filter);
}

static void
open_table(void)
{
	static struct table_source source;
	struct arena *a = arena_new(0);
	const char *err = "";
	struct buf b;

	buf_init(&b, 65536);
	buf_xputs(&b, "inline:{ ");
	for (int i = 0; i < 100; i++)
		buf_xprintf(&b, "{ key%d = value } ", i);
	buf_xputs(&b, "}");
	if ((table = table_open(a, b.p, 0, &source, &err)) == NULL)
		die(err);
}

int
main(void)
{
	log_open("micro", NULL);
	if (mkdir("incoming", 0700) < 0 ||
	    (directory = open("incoming", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) < 0)
		die("incoming");
	open_table();
	finished = one_message();
	printf("parts\n");
	measure("a line of SMTP read", read_lines, 1000);
	measure("a request encoded and decoded", encode, 1000);
	measure("a look-up in a table of 100", look_up, 1000);
	measure("a queue file of 4 KB validated", validate, 1);
	measure("a queue file of 4 KB written and synced", write_message, 1);
	measure("a process made and ended", fork_alone, 1);
	measure("the same, with smtpd's filter loaded", fork_and_filter, 1);
	return (0);
}

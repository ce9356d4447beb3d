/* SPDX-License-Identifier: ISC */
/*
 * cleanup - a message's content through all that cleanup(8) does with it.
 *
 * The queue file is a real one, in a temporary directory; it must be one that
 * the reader accepts, or there must be none.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "conf/conf.h"

#include "cleanup.h"

static const struct {
	const char *name, *value;
} settings[] = {
	{ "compatibility_level", "3.6" }, { "myhostname", "mx.acc.example" },
	{ "mynetworks", "127.0.0.0/8" },
	{ "message_size_limit", "100000" }, { "header_size_limit", "400" },
	{ "line_length_limit", "512" }, { "mime_nesting_limit", "5" },
	{ "masquerade_domains", "example" },
	{ "canonical_maps", "inline:{{a=b} {@x.example=@y.example}}" },
	{ "message_strip_characters", "\\001" },
	{ "header_checks", "pcre:{{/^X-R: (.*)/ REPLACE X-S: $$1}"
	    " {/^X-P:/ PREPEND X-Q: 1} {/no$$/ REJECT no} {/^I/ IGNORE}}" },
	{ "body_checks", "pcre:{{/^remove/ IGNORE} {/^p/ PREPEND q}"
	    " {/^r(.*)/ REPLACE $$1}}" },
};

/* In memory: a sync for each run would take all the time. */
static char dir[] = "/dev/shm/cleanup_fuzz.XXXXXX";
static int last_fd = -1;

static void
end(void)
{
	(void)rmdir(dir);
}

/* In place of the skeleton's, which is not here. */
struct chan *
role_dial(const char *service)
{
	(void)service;
	errno = EAGAIN;
	return (NULL);
}

int
role_table_fd(const char *spec)
{
	(void)spec;
	return (-1);
}

int
role_file_fd(const char *name)
{
	(void)name;
	return (-1);
}

static int
no_fd(void *arg, const char *spec)
{
	(void)arg;
	(void)spec;
	return (-1);
}

static void
quiet(enum log_level level, const char *line, size_t n)
{
	if (level >= LOG_L_FATAL)
		log_stderr(level, line, n);
}

static void
set_up(void)
{
	static struct table_source src = { .fd = no_fd };
	static struct params params;
	struct arena *a = arena_new(0);
	struct conf *c = conf_new(a, "/nonexistent");
	struct conf_error e;
	const char *err = "";

	seal_init();
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		conf_set(c, settings[i].name, settings[i].value);
	if (conf_params(c, conf_role_mask("cleanup"), &params, &e) < 0)
		fatal("%s", e.text);
	cf = &params;
	cleanup_self = arena_get(a, sizeof(*cleanup_self));
	if (mkdtemp(dir) == NULL ||
	    (cleanup_self->incoming = open(dir, O_PATH | O_DIRECTORY)) < 0)
		fatal("%s: %m", dir);
	cleanup_self->hold = cleanup_self->incoming;
	(void)atexit(end);
	if (!cleanup_setup(cleanup_self, a, &src, &err))
		fatal("%s", err);
}

/* What is in the directory is a whole file, with the recipient. */
static void
check(struct arena *a, const char *id)
{
	const struct qf_rules rules = { .key = &cleanup_self->key,
		.id = id };
	struct qf_why why;
	struct qf qf;

	last_fd = openat(cleanup_self->incoming, id, O_RDONLY);
	must(last_fd >= 0);
	must(qf_open(&qf, a, last_fd, &rules, &why) == QF_OK);
	must(qf.rcpts == 1 && qf.content_length <= 100000);
	fd_close(&last_fd);
	must(unlinkat(cleanup_self->incoming, id, 0) == 0);
}

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct arena *a;
	const struct msg_mail_rcpt rcpt = { .addr = "r@x.example",
		.orig = "", .dsn_orcpt = "" };
	struct view v = { (const char *)bytes, n };
	struct msg_mail_open open = { .flags = MAIL_FLAG_FILTER |
		MAIL_FLAG_MAP_OK, .arrival_us = 1, .sender = "",
		.rewrite_context = "local", .envid = "" };
	struct message *m;
	size_t piece;

	if (n < 3)
		return (0);
	if (a == NULL) {
		log_open("fuzz", quiet);
		a = arena_new(0);
		set_up();
	}
	if (bytes[0] & 1)
		open.rewrite_context = "remote";
	piece = bytes[1] + 1U;
	v = view_sub(v, 2, n);
	arena_reset(a);
	m = arena_get(a, sizeof(*m));
	message_open(m, cleanup_self, a, &open);
	must(m->errs == 0);
	envelope_rcpt(m, &rcpt);
	for (; v.n > 0 && m->errs == 0; v = view_sub(v, piece, v.n))
		content_put(m, view_sub(v, 0, piece));
	message_finish(m);
	if (m->errs == 0)
		check(a, m->id);
	message_drop(m);
	return (0);
}

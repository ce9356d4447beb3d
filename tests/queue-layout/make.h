/* SPDX-License-Identifier: ISC */
/*
 * make - for tests: a queue directory of one's own and a message in it.
 */
#ifndef POSTERN_TESTS_QUEUE_MAKE_H
#define POSTERN_TESTS_QUEUE_MAKE_H

#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "queue-layout/queue.h"

static const struct seal_key make_key = { { 1, 2, 3, 4, 5, 6, 7, 8 } };
static char make_id[QID_SIZE];

/* All directories of the layout, in "queue" below the current one. */
static int __attribute__((unused))
make_queue(void)
{
	int fd, i;

	(void)mkdir("queue", 0755);
	ATF_REQUIRE((fd = open("queue", O_RDONLY | O_DIRECTORY)) != -1);
	for (i = 0; i < Q_COUNT; i++)
		ATF_REQUIRE(mkdirat(fd, layout_rows[i].name, 0700) == 0);
	return (fd);
}

static int __attribute__((unused))
make_dir(int rootfd, const char *name)
{
	int fd = openat(rootfd, name, O_RDONLY | O_DIRECTORY);

	ATF_REQUIRE(fd != -1);
	return (fd);
}

static const struct qf_envelope make_env __attribute__((unused)) = {
	.arrival_us = 1764000000123456, .sendopts = 1, .ret = 2,
	.fullname = "A. Person", .sender = "a@example.test",
	.envid = "env-1", .rewrite_context = "remote",
	.client_name = "client.example.test", .client_address = "192.0.2.1",
	.client_port = "4711", .helo_name = "client", .protocol_name = "ESMTP",
	.encoding = "7bit",
};

/*
 * Write a message of "length" bytes of content for "n" recipients, one more
 * of them extracted; its id is in make_id. The descriptor is returned.
 */
static int __attribute__((unused))
make_message(int dirfd, size_t length, uint32_t n)
{
	const struct qf_envelope extracted = { .message_id = "<1@example.test>",
		.encoding = "8bit" };
	struct arena *a = arena_new(0);
	char line[64], addr[64];
	struct qw *w;
	uint32_t i;
	int fd;

	ATF_REQUIRE((w = qw_open(a, dirfd, &make_key, false)) != NULL);
	ATF_REQUIRE_EQ(0, qw_facts(w, &make_env));
	for (i = 0; i < n; i++) {
		(void)snprintf(addr, sizeof(addr), "rcpt%u@example.test", i);
		ATF_REQUIRE_EQ(0, qw_rcpt(w, &(struct qf_rcpt){ .addr = addr,
		    .orig = "orig@example.test", .notify = i % 16,
		    .dsn_orcpt = "rfc822;orig@example.test" }));
	}
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (; length > sizeof(line); length -= sizeof(line))
		ATF_REQUIRE_EQ(0, qw_content(w, line, sizeof(line)));
	ATF_REQUIRE_EQ(0, qw_content(w, line, length));
	ATF_REQUIRE_EQ(0, qw_extracted(w));
	ATF_REQUIRE_EQ(0, qw_facts(w, &extracted));
	ATF_REQUIRE_EQ(0, qw_rcpt(w, &(struct qf_rcpt){
	    .addr = "bcc@example.test" }));
	ATF_REQUIRE_EQ_MSG(0, qw_finish(w), "finish: %s", strerror(errno));
	(void)snprintf(make_id, sizeof(make_id), "%s", qw_id(w));
	ATF_REQUIRE((fd = dup(qw_fd(w))) != -1);
	qw_close(&w);
	arena_free(&a);
	return (fd);
}

/* Validate as qmgr would. */
static enum qf_status __attribute__((unused))
make_check(int fd, struct qf_why *why)
{
	const uid_t owners[1] = { geteuid() };
	const struct qf_rules rules = { owners, 1, &make_key, make_id };
	struct arena *a = arena_new(0);
	enum qf_status status;
	struct qf qf;

	status = qf_open(&qf, a, fd, &rules, why);
	arena_free(&a);
	return (status);
}

#endif

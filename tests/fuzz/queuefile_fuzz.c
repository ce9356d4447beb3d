/* SPDX-License-Identifier: ISC */
/*
 * The queue file reader. Each input is tried as it is and once more with
 * digest and seal made right, so that what is behind them is reached too.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "queue-layout/queue_in.h"

#define INPUT_MAX	(256 * 1024)

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct seal_key key = { { 1, 2, 3, 4, 5, 6, 7, 8 } };

static void
count(void *arg, const struct qf_record *r)
{
	uint32_t *n = arg;

	must(r->name != NULL && (r->rcpt != NULL || r->value != NULL));
	*n += r->rcpt != NULL;
}

/* What qf_open() has accepted must be readable, and in its bounds. */
static void
use(const struct qf *qf, struct arena *a)
{
	struct qf_cursor c = { 0 };
	struct qf_content content;
	struct qf_rcpt r[3];
	struct qf_why why;
	uint32_t seen = 0, told = 0;
	char buf[4096];
	ssize_t n, i;

	must(qf->env.arrival_us != 0 && qf->env.sender != NULL);
	must(strpbrk(qf->env.sender, "\r\n") == NULL);
	must(qf->content_offset + qf->content_length <= qf->size);
	while ((n = qf_rcpts(qf, a, &c, false, r, 3, &why)) > 0)
		for (i = 0; i < n; i++) {
			must(r[i].index == seen++);
			must(strlen(r[i].addr) <= QF_ADDR_MAX);
		}
	must(n == 0 && seen == qf->rcpts);
	must(qf_each(qf, a, count, &told, &why) == 0 && told == seen);
	qf_content_open(&content, qf->fd, qf->content_offset,
	    qf->content_length, &qf->digest);
	while ((n = qf_content_read(&content, buf, sizeof(buf))) > 0)
		;
	must(n == 0);
	must(qf_content_check(&content) == 0 || errno == EBADMSG);
	qf_content_close(&content);
}

static void
try(int fd, const uint8_t *p, size_t n, bool sealed)
{
	const struct qf_rules rules = { NULL, 0, sealed ? &key : NULL, NULL };
	struct arena *a = arena_new(0);
	struct qf_why why;
	struct qf qf;

	must(ftruncate(fd, 0) == 0 && pwrite(fd, p, n, 0) == (ssize_t)n);
	if (qf_open(&qf, a, fd, &rules, &why) == QF_OK)
		use(&qf, a);
	else
		must(why.text[0] != '\0');
	arena_free(&a);
}

/* Lengths that fit, digest and seal for what the records now are. */
static bool
make_right(uint8_t *p, size_t n)
{
	struct qf_head h;
	struct seal_sum sum;
	uint64_t ext, seal;

	if (n < QF_HEAD_BYTES)
		return (false);
	qf_head_get(&h, p);
	if (h.env_length > n || h.content_length > n || h.ext_length > n)
		return (false);
	ext = QF_HEAD_BYTES + h.env_length + h.content_length;
	seal = ext + h.ext_length;
	if (seal + SEAL_SIZE > n)
		return (false);
	seal_records_begin(&sum);
	seal_sum_add(&sum, p + QF_HEAD_BYTES, h.env_length);
	seal_sum_add(&sum, p + ext, h.ext_length);
	seal_records_end(&sum, h.record_digest);
	qf_head_put(&h, p);
	seal_header(&key, p, QF_HEAD_BYTES, p + seal);
	return (true);
}

static char name[32];

static void
clean(void)
{
	(void)unlink(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t copy[INPUT_MAX];
	static int fd = -1;

	if (fd == -1) {
		/* It keeps its name: a file without one is refused. */
		(void)snprintf(name, sizeof(name), "queuefile.%ld",
		    (long)getpid());
		fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
		must(fd != -1 && atexit(clean) == 0);
		must(fchmod(fd, QF_MODE_FINISHED) == 0);
	}
	if (n > sizeof(copy))
		return (0);
	try(fd, data, n, false);
	memcpy(copy, data, n);
	if (make_right(copy, n))
		try(fd, copy, n, true);
	return (0);
}

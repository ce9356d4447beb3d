/* SPDX-License-Identifier: ISC */
/*
 * Files of maildrop/: the reader of records, and their fields. What is taken
 * is what its encoder makes.
 */
#include <sys/mman.h>

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "proto/proto.h"
#include "queue-layout/drop.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fields(const struct drop_record *r)
{
	static const enum verb verbs[DROP_COUNT] = {
#define DROP(name, letter, times, doc)	V_##name,
#include "queue-layout/drop.def"
#undef DROP
	};
	union {
		struct msg_submit_open	open;
		struct msg_submit_rcpt	rcpt;
		struct msg_submit_data	data;
	} u;
	const char *why;
	struct buf b;

	if (!msg_get(verbs[r->type], r->body, &u, &why))
		return;
	buf_init(&b, DROP_BODY_MAX + MSG_HEADER);
	must(msg_put(&b, verbs[r->type], &u) == 0);
	must(b.n - MSG_HEADER == r->body.n);
	must(memcmp(b.p + MSG_HEADER, r->body.p, r->body.n) == 0);
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static int fd = -1;
	static struct drop d;
	struct drop_record r;
	size_t total = DROP_HEAD;
	int got;

	if (fd == -1)
		must((fd = memfd_create("fuzz", MFD_CLOEXEC)) != -1);
	must(ftruncate(fd, 0) == 0 && pwrite(fd, data, n, 0) == (ssize_t)n &&
	    lseek(fd, 0, SEEK_SET) == 0);
	drop_open(&d, fd);
	while ((got = drop_next(&d, &r)) == 1) {
		must(r.raw.n == r.body.n + DROP_RECORD);
		must(memcmp(r.raw.p, data + total, r.raw.n) == 0);
		total += r.raw.n;
		fields(&r);
	}
	must(got == 0 ? total == n : d.why != NULL);
	return (0);
}

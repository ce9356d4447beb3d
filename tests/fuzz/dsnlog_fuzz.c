/* SPDX-License-Identifier: ISC */
/*
 * The reader of per-message logs; what it returns is appended to another log
 * and must come back the same.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "queue-layout/dsnlog.h"
#include "queue-layout/queue.h"

#define ID	"B18CCA768C3"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char name[32];
static int root = -1;

static void
clean(void)
{
	(void)unlinkat(root, "in", 0);
	(void)unlinkat(root, "bounce/" ID, 0);
	(void)unlinkat(root, "bounce", AT_REMOVEDIR);
	(void)rmdir(name);
}

static void
same(const char *a, const char *b)
{
	must(strlen(a) <= DSNLOG_VALUE_MAX && strcmp(a, b) == 0);
}

static void
round_trip(const struct dsnlog_entry *e)
{
	struct dsnlog_entry back;
	struct dsnlog *l;
	int fd;

	must(dsnlog_append(root, NULL, Q_bounce, ID, e, false) == 0);
	must((fd = q_open(root, NULL, Q_bounce, ID, O_RDONLY)) != -1);
	l = dsnlog_open(fd);
	must(dsnlog_next(l, &back) == 1);
	same(e->recipient, back.recipient);
	same(e->original_recipient, back.original_recipient);
	same(e->dsn_orig_rcpt, back.dsn_orig_rcpt);
	same(e->status, back.status);
	same(e->action, back.action);
	same(e->diag_type, back.diag_type);
	same(e->diag_text, back.diag_text);
	same(e->mta_type, back.mta_type);
	same(e->mta_mname, back.mta_mname);
	same(e->reason, back.reason);
	must(e->offset == back.offset);
	must(e->notify_flags == back.notify_flags);
	must(dsnlog_next(l, &back) == 0);
	dsnlog_close(&l);
	fd_close(&fd);
	must(dsnlog_remove(root, NULL, Q_bounce, ID) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static int fd = -1;
	struct dsnlog_entry e;
	struct dsnlog *l;

	if (root == -1) {
		(void)snprintf(name, sizeof(name), "dsnlog.%ld",
		    (long)getpid());
		must(mkdir(name, 0700) == 0 && atexit(clean) == 0);
		must((root = open(name, O_RDONLY | O_DIRECTORY)) != -1);
		must(mkdirat(root, "bounce", 0700) == 0);
		must((fd = openat(root, "in", O_RDWR | O_CREAT, 0600)) != -1);
	}
	must(ftruncate(fd, 0) == 0 && pwrite(fd, data, n, 0) == (ssize_t)n);
	l = dsnlog_open(fd);
	while (dsnlog_next(l, &e) == 1)
		round_trip(&e);
	dsnlog_close(&l);
	return (0);
}
